"""What a running session is doing, put together from hooks, the client's registry and its transcript.

Each source tells what it knows when it can; the newest word counts, and any one of them may be missing. Each step
gives the new state and the signals that the rules of notices hear.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.events import HookEvent
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.live.signals import GoesOn, Signal, SubAgentDone, TurnBegan, TurnDone, TurnFailed, Waits
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.place import last_part
from tray_app.core.sessions.session import Asks, PendingCall, Session, SessionState

_MOST_ASKED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """One session that runs, or has just ended (`ended_ms`). Times are wall-clock milliseconds.

    `word_ms`: when the newest word about its state was spoken. `hooked`: its hooks tell when turns end.
    """

    session_id: str
    agent: str = ""
    state: SessionState = SessionState.IDLE
    since_ms: int = 0
    word_ms: int = 0
    waiting_for: str = ""
    cwd: str = ""
    title: str = ""
    last_text: str = ""
    process: LiveProcess | None = None
    pid: int | None = None
    hooked: bool = False
    background: int = 0
    prompted_ms: int = 0
    last_ms: int = 0
    failed_ms: int = 0  # until when failures of turns were heard of
    ended_ms: int | None = None
    end_reason: str = ""
    goes_on: bool = False  # ended, but its client goes on with another session


LiveStep: TypeAlias = tuple[Live, tuple[Signal, ...]]


def by_hook(live: Live, event: HookEvent, *, at_ms: int) -> LiveStep:
    """Take a hook's word. What sub-agents tell changes nothing, except that the person may be asked in their name."""
    live = replace(
        live,
        agent=live.agent or event.agent,
        cwd=live.cwd or event.project_dir or event.cwd,
        pid=event.pid or live.pid,
        hooked=True,
    )
    match event.what:
        case events.SessionStarted(title=title):
            live = replace(live, title=title or live.title, ended_ms=None, end_reason="", goes_on=False, word_ms=at_ms)
            return live, ()
        case events.SessionEnded(reason=reason, goes_on=goes_on):
            return replace(live, ended_ms=at_ms, end_reason=reason or "other", goes_on=goes_on), ()
        case events.Notified(idle=True):
            return live, (Waits(at_ms=at_ms, asks=Asks.INPUT, idle=True),)
        case events.Notified(asks=None):
            return live, ()
        case events.Notified(asks=asks):
            return _enter(live, SessionState.WAITING, at_ms=at_ms, asks=asks or "")
        case events.SubagentEnded() if event.agent_id:
            return live, (SubAgentDone(at_ms=at_ms, agent_id=event.agent_id),)
        case _ if event.agent_id:
            return live, ()
        case events.TurnEnded(last_text=said, background_tasks=background):
            live = replace(live, background=background, last_text=said or live.last_text)
            live, signals = _turned(live, SessionState.WORKING if background else SessionState.IDLE, at_ms=at_ms)
            return live, (*signals, TurnDone(at_ms=at_ms, background=background))
        case events.TurnBrokeOff(error=error, last_text=said):
            live = replace(live, last_text=said or live.last_text, failed_ms=at_ms)
            live, signals = _turned(live, SessionState.IDLE, at_ms=at_ms)
            return live, (*signals, TurnFailed(at_ms=at_ms, error=error))
        case events.ToolCalled() if live.state is SessionState.WAITING and _tells(live.process):
            return live, ()  # a call beside the one that waits
        case events.ToolCalled() | events.Prompted():
            return _enter(live, SessionState.WORKING, at_ms=at_ms)
        case _:
            return live, ()


def by_process(live: Live, process: LiveProcess, *, at_ms: int, already: bool = False) -> LiveStep:
    """Take the registry's word, where it is newer than what was heard. `already`: said before this app began."""
    before = live.process
    title = process.name or live.title
    agent, cwd = live.agent or process.agent, live.cwd or process.cwd
    live = replace(live, process=process, pid=process.pid, agent=agent, cwd=cwd, title=title)
    state = process.state
    told = (state, process.asks, process.updated_ms)
    same = before is not None and (before.state, before.asks, before.updated_ms) == told
    if state is None or same or 0 < process.updated_ms < live.word_ms <= at_ms:  # later than now: the clock went back
        return live, ()
    when = process.updated_ms or at_ms
    done = live.state is SessionState.WORKING and state is SessionState.IDLE and not live.hooked
    live, signals = _enter(live, state, at_ms=when, asks=process.asks or "", already=already)
    return live, (*signals, TurnDone(at_ms=when)) if done else signals


def by_transcript(live: Live, session: Session, *, at_ms: int, since_ms: int = 0) -> LiveStep:
    """Take what the transcript tells: the person's prompts, growth, and what it does where the registry is silent.

    It tells of failures too: a client without a person may end before its hook can. Those before `since_ms` are an
    earlier run's matter.
    """
    grown = session.last_ms > live.last_ms
    signals: list[Signal] = []
    if session.prompted_ms > live.prompted_ms:
        signals.append(TurnBegan(at_ms=session.prompted_ms))
        live = replace(live, prompted_ms=session.prompted_ms, background=0)
    if session.failure and session.failed_ms > max(live.failed_ms, since_ms):
        signals.append(TurnFailed(at_ms=session.failed_ms, error=session.failure))
        live = replace(live, failed_ms=session.failed_ms)
    first = live.last_ms == 0
    live = replace(live, last_ms=max(session.last_ms, live.last_ms))
    if _tells(live.process) or not (grown or first) or session.last_ms <= live.word_ms:
        return live, tuple(signals)
    state = session.state if session.state is not SessionState.ENDED else SessionState.IDLE
    done = live.state is SessionState.WORKING and state is SessionState.IDLE and not live.hooked and not first
    live, more = _enter(live, state, at_ms=session.last_ms)
    return live, (*signals, *more, *((TurnDone(at_ms=at_ms),) if done else ()))


def merged(live: Live, session: Session | None) -> Session:
    """The whole session: figures from the transcript, state from whoever knew it last."""
    base = session or Session(session_id=live.session_id)
    cwd = base.cwd or live.cwd
    ended = live.ended_ms is not None
    return replace(
        base,
        agent=base.agent or live.agent,
        cwd=cwd,
        project=base.project or last_part(cwd),
        title=base.title or live.title,
        scripted=base.scripted or (live.process is not None and live.process.scripted and not base.entrypoint),
        pid=live.pid,
        state=SessionState.ENDED if ended else live.state,
        waiting_for="" if ended else live.waiting_for,
        end_reason=live.end_reason,
        started_ms=base.started_ms or (live.process.started_ms if live.process else 0),
        last_ms=max(base.last_ms, live.ended_ms or 0) if ended else base.last_ms or live.word_ms,
        background_tasks=live.background,
        last_text=base.last_text or live.last_text,
    )


def view(live: Live, session: Session) -> SessionView:
    """One line of the snapshot. A session that works is counted from the person's prompt on."""
    working = session.state is SessionState.WORKING
    return SessionView(
        id=session.session_id,
        agent=session.agent,
        project=session.project,
        title=session.title,
        state=session.state,
        since_ms=(session.prompted_ms if working else 0) or live.since_ms,
        tools=session.tool_calls,
        tokens=session.total_tokens.total,
        waiting_for=session.waiting_for,
        asks=_asked(session.pending[-1]) if session.pending else "",
        worktree=session.worktree,
        branch=session.branch,
        micros=session.cost.micros,
    )


def _asked(call: PendingCall) -> str:
    """The tool and all lines it is about, on one line."""
    said = " ⏎ ".join(f"{call.tool} {call.about}".strip().split("\n")) + (" ⏎ …" if call.more else "")
    return said if len(said) <= _MOST_ASKED else said[: _MOST_ASKED - 1] + "…"


def _tells(process: LiveProcess | None) -> bool:
    """Whether the client itself tells what it does."""
    return process is not None and process.state is not None


def _turned(live: Live, state: SessionState, *, at_ms: int) -> LiveStep:
    """Go where the turn's end leads, unless the client says that a dialog is on the screen: it is a sub-agent's."""
    shown = live.state is SessionState.WAITING and live.process is not None and live.process.state is live.state
    return (live, ()) if shown else _enter(live, state, at_ms=at_ms)


def _enter(live: Live, state: SessionState, *, at_ms: int, asks: str = "", already: bool = False) -> LiveStep:
    """Go into a state; entering and leaving a wait is worth a signal. A dialog the person has opened asks nothing."""
    waited = live.state is SessionState.WAITING
    waits = state is SessionState.WAITING
    since = live.since_ms if live.state is state and live.since_ms else at_ms
    asks = asks if waits else ""
    live = replace(live, state=state, since_ms=since, word_ms=at_ms, waiting_for=asks)
    if asks:
        return live, (Waits(at_ms=since, asks=asks, already=already),)
    return live, (GoesOn(at_ms=at_ms),) if waited else ()
