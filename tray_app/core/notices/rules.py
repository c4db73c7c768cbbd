"""When people are told by themselves: rules over what one session does, as pure steps. `services.notices` runs them.

A notice has a cause: this end, this turn, this wait, this failure. Whatever happens, one cause is told once (a wait at
most twice). `steady` times are for waiting and survive clock jumps; `at` and `since` times are wall-clock, for words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.live.signals import (
    Ended,
    GoesOn,
    Signal,
    SubAgentDone,
    TurnBegan,
    TurnDone,
    TurnFailed,
    Waits,
)
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.settings.notices import (
    EndRule,
    LastingRule,
    LongRule,
    NoticeKind,
    NoticeRules,
    WaitingRule,
)

MERGE_MS = 3_000
_BY_PERSON = frozenset({"prompt_input_exit", "logout", "clear", "resume"})
TELLING_ERRORS = frozenset({"rate_limit", "billing_error", "overloaded", "authentication_failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCause:
    """Something worth telling, before quiet hours and the like are asked.

    `turn_ms`: since when a report that the agent has sent itself counts.
    """

    kind: NoticeKind
    session_id: str
    since_ms: int
    turn_ms: int
    asks: str = ""
    error: str = ""
    reason: str = ""
    idle: bool = False
    reminder: bool = False


class Hush(StrEnum):
    """Why a notice is not sent; values name the words in `notices.toml`."""

    QUIET_HOURS = "quiet_hours"
    AGENT_TOLD = "agent_told"

    @property
    def words(self) -> tuple[Text, Text]:
        """Reason and hint for the history."""
        return text(f"notices.{self.value}"), text(f"notices.{self.value}_hint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait for the person; `due` (steady) is when it is told next, None when it was told enough."""

    since_ms: int
    asks: str
    due: int | None
    idle: bool = False
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A turn that broke off; `due` (steady): when it is told, unless the session goes on before."""

    since_ms: int
    error: str
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is remembered of one session; a new one for each session. `told` are the kinds told in this turn."""

    session_id: str
    turn_ms: int
    told: frozenset[NoticeKind] = frozenset()
    wait: Wait | None = None
    broke: Break | None = None
    ended: bool = False


def hear(
    watch: Watch, signal: Signal, rules: NoticeRules, *, steady: int, told_before_ms: int = 0
) -> tuple[Watch, NoticeCause | None]:
    """Take one signal. `told_before_ms`: until when an earlier run of the app has told of this session's waits."""
    match signal:
        case TurnBegan(at_ms=at_ms):
            wait = watch.wait  # one that began later belongs to this turn: its prompt was only read late
            later = wait if wait is not None and wait.since_ms >= at_ms else None
            broke = watch.broke if watch.broke is not None and watch.broke.since_ms >= at_ms else None
            return Watch(session_id=watch.session_id, turn_ms=at_ms, wait=later, broke=broke), None
        case TurnDone():
            return _turn_done(watch, signal, rules.task_done)
        case TurnFailed():
            return _turn_failed(watch, signal, rules.failure, steady=steady), None
        case Waits():
            rule = rules.waiting
            return _waits(watch, signal, rule, steady=steady, told_before_ms=told_before_ms), None
        case GoesOn():
            return replace(watch, wait=None), None
        case SubAgentDone():
            return watch, None
        case Ended():
            return _ended(watch, signal, rules.session_end)


def due(watch: Watch, rules: NoticeRules, *, steady: int) -> tuple[Watch, NoticeCause | None]:
    """Tell of a failure or a wait that has lasted long enough; of a wait once more after the owner's `remind_ms`."""
    if watch.broke is not None and steady >= watch.broke.due:
        return _failed(watch, watch.broke, rules.failure)
    wait, rule = watch.wait, rules.waiting
    if wait is None or wait.due is None or steady < wait.due:
        return watch, None
    again = steady + rule.remind_ms if rule.remind_ms and not wait.told else None
    watch = replace(watch, wait=replace(wait, due=again, told=wait.told + 1))
    if not rule.enabled:  # the owner has changed the rules meanwhile
        return watch, None
    return watch, NoticeCause(
        kind=NoticeKind.WAITING,
        session_id=watch.session_id,
        since_ms=wait.since_ms,
        turn_ms=watch.turn_ms,
        asks=wait.asks,
        idle=wait.idle,
        reminder=wait.told > 0,
    )


def next_due(watch: Watch) -> int | None:
    """When (steady) something of it is due."""
    times = (None if watch.wait is None else watch.wait.due, None if watch.broke is None else watch.broke.due)
    return min((when for when in times if when is not None), default=None)


def is_over(cause: NoticeCause, watch: Watch | None, session: Session) -> bool:
    """Whether what was to be told has passed by itself: the wait has ended, the session goes on after its failure."""
    match cause.kind:
        case NoticeKind.WAITING:
            return watch is not None and (watch.wait is None or watch.wait.since_ms != cause.since_ms)
        case NoticeKind.FAILURE:
            runs = session.state in {SessionState.WORKING, SessionState.WAITING}
            answered = session.state is SessionState.IDLE and not session.failure and session.last_ms > cause.since_ms
            return runs or session.prompted_ms > cause.since_ms or (answered and bool(session.tokens))
        case NoticeKind.TASK_DONE | NoticeKind.SESSION_END:
            return False


def hush(cause: NoticeCause, rules: NoticeRules, *, minute: int, agent_told: bool) -> Hush | None:
    """Why this is not sent now, or None. `minute` is of the owner's local day.

    Failures know no quiet hours. A report that the agent has sent itself in this turn stands for the end of both turn
    and session.
    """
    if agent_told and cause.kind in {NoticeKind.TASK_DONE, NoticeKind.SESSION_END}:
        return Hush.AGENT_TOLD
    if cause.kind is not NoticeKind.FAILURE and rules.quiet_hours.hold(minute):
        return Hush.QUIET_HOURS
    return None


def absorb(pending: Sequence[NoticeCause], cause: NoticeCause) -> tuple[NoticeCause, ...]:
    """Add a cause to those that wait to be sent together: a session's end says also what was to be said before it."""
    if cause.kind is NoticeKind.SESSION_END:
        said = {NoticeKind.TASK_DONE, NoticeKind.WAITING, NoticeKind.SESSION_END}
        pending = [other for other in pending if other.session_id != cause.session_id or other.kind not in said]
    if cause.kind is NoticeKind.TASK_DONE and any(_ends(other, cause.session_id) for other in pending):
        return tuple(pending)
    return (*pending, cause)


def without_wait(pending: Sequence[NoticeCause], session_id: str) -> tuple[NoticeCause, ...]:
    """The person has reacted while the notice waited to be sent."""
    return tuple(o for o in pending if o.session_id != session_id or o.kind is not NoticeKind.WAITING)


def _ends(cause: NoticeCause, session_id: str) -> bool:
    return cause.kind is NoticeKind.SESSION_END and cause.session_id == session_id


def _turn_done(watch: Watch, signal: TurnDone, rule: LongRule) -> tuple[Watch, NoticeCause | None]:
    if signal.background:
        return watch, None
    long = signal.at_ms - watch.turn_ms > rule.after_ms
    if not rule.enabled or not long or watch.ended or NoticeKind.TASK_DONE in watch.told:
        return watch, None
    return _tell(
        watch,
        NoticeCause(
            kind=NoticeKind.TASK_DONE, session_id=watch.session_id, since_ms=signal.at_ms, turn_ms=watch.turn_ms
        ),
    )


def _turn_failed(watch: Watch, signal: TurnFailed, rule: LastingRule, *, steady: int) -> Watch:
    if not rule.enabled or signal.error not in TELLING_ERRORS or NoticeKind.FAILURE in watch.told:
        return watch
    due = watch.broke.due if watch.broke is not None else steady + rule.after_ms
    return replace(watch, broke=Break(since_ms=signal.at_ms, error=signal.error, due=due))


def _failed(watch: Watch, broke: Break, rule: LastingRule) -> tuple[Watch, NoticeCause | None]:
    watch = replace(watch, broke=None)
    if not rule.enabled:  # the owner has changed the rules meanwhile
        return watch, None
    cause = NoticeCause(
        kind=NoticeKind.FAILURE,
        session_id=watch.session_id,
        since_ms=broke.since_ms,
        turn_ms=watch.turn_ms,
        error=broke.error,
    )
    return _tell(watch, cause)


def _waits(watch: Watch, signal: Waits, rule: WaitingRule, *, steady: int, told_before_ms: int) -> Watch:
    if not rule.enabled or watch.ended or (signal.idle and not rule.idle):
        return watch
    if watch.wait is not None:  # the same wait, heard of in two ways; the second may say more
        return replace(watch, wait=replace(watch.wait, asks=watch.wait.asks or signal.asks))
    told_of = watch.told & {NoticeKind.TASK_DONE, NoticeKind.FAILURE, NoticeKind.WAITING}
    if signal.idle and (told_of or watch.broke is not None):
        return watch  # the end of this turn was told
    told = 1 if signal.already and signal.at_ms <= told_before_ms else 0
    when = steady + rule.after_ms if not told else None
    return replace(watch, wait=Wait(since_ms=signal.at_ms, asks=signal.asks, due=when, idle=signal.idle, told=told))


def _ended(watch: Watch, signal: Ended, rule: EndRule) -> tuple[Watch, NoticeCause | None]:
    if watch.ended:
        return watch, None
    by_person = signal.goes_on or signal.reason in _BY_PERSON  # who has seen it
    watch = replace(watch, wait=None, broke=None if by_person else watch.broke, ended=True)
    left = signal.goes_on and not rule.on_switch  # the person is still there, with a new or an older session
    if not rule.alone or left or signal.lasted_ms <= rule.after_ms:
        return watch, None
    return watch, NoticeCause(
        kind=NoticeKind.SESSION_END,
        session_id=watch.session_id,
        since_ms=signal.at_ms,
        turn_ms=watch.turn_ms,
        reason=signal.reason,
    )


def _tell(watch: Watch, cause: NoticeCause) -> tuple[Watch, NoticeCause]:
    return replace(watch, told=watch.told | {cause.kind}), cause
