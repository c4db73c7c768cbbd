"""How the lines of a session's transcripts add up to its figures.

A mutable accumulator on purpose: a first scan folds hundreds of thousands of lines, and copying a frozen `Session`
with its maps for each would take most of the time. The frozen value is made when somebody asks.
"""

from dataclasses import dataclass
from typing import assert_never

from tray_app.core.kernel.key_set import KeySet
from tray_app.core.sessions.counting.records import (
    CallDetail,
    ClientCost,
    Commit,
    Compacted,
    Edit,
    ModelReply,
    Prompt,
    Record,
    Results,
    SeenLine,
    SessionTitle,
    ToolCall,
    ToolOutcome,
    TurnEnd,
    Where,
)
from tray_app.core.sessions.counting.tasks import TaskBoard
from tray_app.core.sessions.counting.usage_rows import key_of
from tray_app.core.sessions.place import last_part
from tray_app.core.sessions.session import PendingCall, Session, SessionState, ToolUse
from tray_app.core.sessions.timeline import Timeline

_LONGEST_GAP_MS = 300_000  # a longer silence inside a turn is a person who is asked something, not work
_MOST_FILES = 1_000
_MOST_COMMITS = 50
_MOST_OPEN = 1_000


@dataclass(slots=True)
class _ToolCount:
    calls: int = 0
    failed: int = 0
    denied: int = 0


class SessionFold:
    """One session, line by line."""

    def __init__(self, session_id: str) -> None:
        """Nothing seen yet."""
        self.session_id = session_id
        self.last_ms = 0
        self.branched = False
        self.models: dict[str, None] = {}
        self._added = self._removed = 0
        self._started_ms = 0
        self._cwd = self._branch = self._version = self._entrypoint = ""
        self._scripted = False
        self._titles = ("", "", "")  # chosen by the person, made up by the client, first prompt
        self._turns_ms = self._turn_ms = 0
        self._main_ms = 0
        self._working = False
        self._prompts = self._errors = self._context = 0
        self._tools: dict[str, _ToolCount] = {}
        self._open: dict[str, tuple[str, CallDetail | None]] = {}
        self._asked: dict[str, PendingCall] = {}  # open calls of the main thread
        self._prompted_ms = 0
        self._seen = KeySet()
        self._files: dict[str, None] = {}
        self._commits: list[str] = []
        self._board = TaskBoard()
        self._timeline = Timeline()
        self._agents: set[str] = set()
        self._last_text = ""
        self._failure = ("", 0)

    def add(self, record: Record, *, mine: bool = True) -> None:
        """Take in one line. `mine`: a reply belongs to this session, as the ledger has it."""
        match record:
            case ModelReply():
                self._reply(record, mine=mine)
            case Prompt():
                self._prompt(record)
            case Results():
                self._results(record)
            case TurnEnd():
                self._turn_end(record)
            case Compacted():
                self._alive(record.at_ms, record.where)
                self._context = record.context_tokens
                if not (record.where.sidechain or record.where.copied):
                    self._timeline.compacted(record.at_ms, tokens=record.context_tokens)
            case SeenLine():
                self._alive(record.at_ms, record.where)
            case SessionTitle():
                self._title(record)
            case ClientCost():
                self._working = False
            case _:
                assert_never(record)

    def agent(self, agent_id: str) -> None:
        """A sub-agent's transcript exists."""
        self._agents.add(agent_id)

    def session(self) -> Session:
        """Everything but tokens and cost, which the ledger knows."""
        chosen, made_up, first = self._titles
        return Session(
            session_id=self.session_id,
            cwd=self._cwd,
            project=last_part(self._cwd),
            branch=self._branch,
            title=chosen or made_up or first,
            version=self._version,
            entrypoint=self._entrypoint,
            scripted=self._scripted,
            state=SessionState.WORKING if self._working else SessionState.IDLE,
            started_ms=self._started_ms,
            last_ms=self.last_ms,
            active_ms=self._turns_ms + self._turn_ms,
            models=tuple(self.models),
            prompts=self._prompts,
            tools={
                name: ToolUse(calls=use.calls, failed=use.failed, denied=use.denied)
                for name, use in self._tools.items()
            },
            files=tuple(self._files),
            lines_added=self._added,
            lines_removed=self._removed,
            context_tokens=self._context,
            subagents=len(self._agents),
            errors=self._errors,
            failure=self._failure[0],
            failed_ms=self._failure[1],
            tasks=self._board.tasks(),
            commits=tuple(self._commits),
            last_text=self._last_text,
            prompted_ms=self._prompted_ms,
            pending=tuple(self._asked.values()),
            moments=self._timeline.moments(),
            moments_dropped=self._timeline.dropped,
        )

    def _reply(self, reply: ModelReply, *, mine: bool) -> None:
        where = reply.where
        own = mine and not where.copied
        self._alive(reply.at_ms, where)
        if not own:
            self.branched = self.branched or not where.sidechain
            return
        if reply.model:
            self.models[reply.model] = None
        for call in reply.calls:
            self._call(call, reply)
        if reply.failure:
            self._errors += 1
        if where.sidechain:
            return
        self._failure = (reply.failure, reply.at_ms) if reply.failure else ("", 0)
        self._working = not reply.ended
        for call in reply.calls:
            if call.id in self._open:
                self._asked[call.id] = PendingCall(
                    tool=call.name, about=call.about, runs=call.runs, more=call.more, kind=call.kind, id=call.id
                )
        if reply.text:
            self._last_text = reply.text
        if reply.failure:
            self._timeline.broke(reply.at_ms, reply.failure)
        elif reply.ended:
            self._timeline.done(reply.at_ms)
        self._context = reply.context_tokens or self._context

    def _call(self, call: ToolCall, reply: ModelReply) -> None:
        if call.id and not self._seen.add(key_of(call.id)):
            return
        self._tools.setdefault(call.name, _ToolCount()).calls += 1
        if not reply.where.sidechain:
            self._timeline.called(reply.at_ms, call.name)
        if len(self._open) >= _MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._open[call.id] = (call.name, call.detail)

    def _prompt(self, prompt: Prompt) -> None:
        where = prompt.where
        own = not where.copied and self._seen.add(key_of(prompt.key or f"{prompt.at_ms} {prompt.text}"))
        if not self._titles[2]:
            words = prompt.text.strip().partition("\n")[0][:200]
            self._titles = (*self._titles[:2], words)
        if own:
            self._prompts += 1
            self._timeline.prompt(prompt.at_ms)
            self._prompted_ms = max(prompt.at_ms, self._prompted_ms)
            self._asked.clear()
            self._failure = ("", 0)
            self._turns_ms += self._turn_ms  # the turn before ended without the client's own measure
            self._turn_ms = 0
            self._main_ms = prompt.at_ms  # the silence before a prompt was nobody's work
            self._working = True
        self._alive(prompt.at_ms, where)

    def _results(self, results: Results) -> None:
        self._alive(results.at_ms, results.where)
        if results.where.copied:
            return
        known = [self._outcome(outcome, results) for outcome in results.outcomes]
        if results.edit is not None and any(known):
            self._edit(results.edit)
        if not results.where.sidechain:
            self._working = True

    def _outcome(self, outcome: ToolOutcome, results: Results) -> bool:
        """Settle one call; whether it was open."""
        opened = self._open.pop(outcome.call_id, None)
        self._asked.pop(outcome.call_id, None)
        if opened is None:
            return False
        name, detail = opened
        use = self._tools[name]
        use.failed += outcome.failed
        use.denied += outcome.denied
        if not results.where.sidechain:
            self._timeline.settled(results.at_ms, failed=outcome.failed or outcome.denied)
        if outcome.failed or outcome.denied or detail is None:
            return True
        if isinstance(detail, Commit):
            subject = results.commit or detail.subject
            if subject and subject not in self._commits[-1:] and len(self._commits) < _MOST_COMMITS:
                self._commits.append(subject)
        elif not results.where.sidechain:
            self._board.apply(detail, results.task_id)
        return True

    def _edit(self, edit: Edit) -> None:
        if len(self._files) < _MOST_FILES:
            self._files[edit.path] = None
        self._added += edit.added
        self._removed += edit.removed

    def _turn_end(self, end: TurnEnd) -> None:
        self._alive(end.at_ms, end.where)
        if end.where.sidechain or end.where.copied:
            return
        self._working = False
        self._timeline.done(end.at_ms)
        self._asked.clear()
        if end.active_ms is not None:
            self._turns_ms += end.active_ms
            self._turn_ms = 0
            self._main_ms = 0  # nothing runs until the next prompt

    def _title(self, title: SessionTitle) -> None:
        chosen, made_up, first = self._titles
        self._titles = (title.text, made_up, first) if title.chosen else (chosen, title.text, first)

    def _alive(self, at_ms: int, where: Where) -> None:
        if where.copied:
            self.branched = True
        elif at_ms:
            self._started_ms = min(self._started_ms or at_ms, at_ms)
            self.last_ms = max(self.last_ms, at_ms)
        if where.agent_id:
            self._agents.add(where.agent_id)
        if where.sidechain:
            return
        if not where.copied and at_ms and self._main_ms:
            self._turn_ms += min(max(0, at_ms - self._main_ms), _LONGEST_GAP_MS)
            self._main_ms = max(at_ms, self._main_ms)
        self._cwd = self._cwd or where.cwd
        self._branch = where.branch or self._branch
        self._version = where.version or self._version
        if where.entrypoint:  # a script's session may be resumed by a person
            self._entrypoint, self._scripted = where.entrypoint, where.scripted
