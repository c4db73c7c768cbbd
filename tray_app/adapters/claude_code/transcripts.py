"""Everything the transcripts tell, read on by offset. Belongs to one thread; see records.py for the loop's door."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tray_app.adapters.claude_code.files import TranscriptFiles
from tray_app.adapters.claude_code.local_day import local_day
from tray_app.adapters.claude_code.tail import Rewritten, Tail
from tray_app.core.claude_code import Scan
from tray_app.core.session_book import SessionBook
from tray_app.core.transcript import parse_line
from tray_app.core.transcript_records import Record, Reply

_DAY_MS = 86_400_000
_SWEEP_MS = 3_600_000
_RECENT_CALLS = 4096
_LOOK_AT = 400  # quiet files looked at per pass; the busy ones are looked at in each
_BUSY_NS = 600 * 1_000_000_000
_BREATH_S = 0.003
_PAUSE_S = 0.00005
_CALL_BUDGET_MS = 200


class TranscriptReader:
    """Reads new lines into a `SessionBook`. Files that cannot be read are left out with a note; nothing raises."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        now_ms: Callable[[], int],
        keep_days: int = 30,
        day_of: Callable[[int], int] = local_day,
    ) -> None:
        """Touch nothing yet."""
        self._files = TranscriptFiles(folders)
        self._book = SessionBook(day_of)
        self._now_ms = now_ms
        self._keep_ms = keep_days * _DAY_MS
        self._tails: dict[str, Tail] = {}
        self._due: dict[str, Tail] = {}
        self._calls: OrderedDict[str, str | None] = OrderedDict()
        self._notes: list[str] = []
        self._turn = 0
        self._swept_ms = 0
        self._stopped = False
        self._breath = 0.0

    def scan(self, *, live: frozenset[str] = frozenset(), budget_ms: int | None = None) -> Scan:
        """Read what was written since the last call, for `budget_ms` at most (None: to the end).

        `live` names sessions known to run: a resumed one is found at once even among thousands of quiet files.
        """
        gone = self._sweep()
        self._look(live)
        self._read_due(budget_ms)
        days = self._book.take_days()
        found = {name: self._book.session(name) for name in self._book.take_changed()}
        changed = {name: session for name, session in found.items() if session is not None}
        notes, self._notes = tuple(self._notes), []
        return Scan(changed=changed, days=days, gone=gone, notes=notes, complete=not self._due)

    def find_call(self, tool_use_id: str) -> str | None:
        """The session whose transcript holds this tool call; None if none does yet, or more than one."""
        if tool_use_id not in self._calls:
            self._look(frozenset())
            self._read_due(_CALL_BUDGET_MS, until=tool_use_id)
        return self._calls.get(tool_use_id)

    def stop(self) -> None:
        """End a running scan at the next piece; callable from another thread."""
        self._stopped = True

    def _look(self, live: frozenset[str]) -> None:
        """Put every file that has changed among those due, the newest first, sub-agents before their session."""
        if live - {tail.session_id for tail in self._tails.values()} if live else False:
            self._files.look_again()
        oldest_ns = (self._now_ms() - self._keep_ms) * 1_000_000
        found: list[Tail] = []
        for tail in self._files.new():
            if self._has_changed(tail) and tail.mtime_ns >= oldest_ns:
                self._tails[tail.path] = tail
                found.append(tail)
        found += [tail for tail in self._some_tails(live) if self._has_changed(tail)]
        if found:
            due = {tail.path: tail for tail in found} | self._due
            order = sorted(due.values(), key=lambda tail: (-tail.mtime_ns, not tail.agent_id))
            self._due = {tail.path: tail for tail in order}

    def _some_tails(self, live: frozenset[str]) -> list[Tail]:
        tails = list(self._tails.values())
        if len(tails) <= _LOOK_AT:
            return tails
        busy_ns = self._now_ms() * 1_000_000 - _BUSY_NS
        chosen = [tail for tail in tails if tail.mtime_ns > busy_ns or tail.session_id in live]
        start = self._turn % len(tails)
        self._turn = start + _LOOK_AT
        return chosen + tails[start : start + _LOOK_AT]

    def _has_changed(self, tail: Tail) -> bool:
        try:
            return tail.changed()
        except OSError:
            self._drop(tail)
            return False

    def _drop(self, tail: Tail) -> None:
        """The file is gone: what it told stays until the session is old."""
        self._tails.pop(tail.path, None)
        self._due.pop(tail.path, None)
        self._files.forget(tail.path)

    def _read_due(self, budget_ms: int | None, *, until: str = "") -> None:
        end = None if budget_ms is None else time.perf_counter() + budget_ms / 1000
        while self._due and not self._stopped:
            path, tail = next(iter(self._due.items()))
            if not self._read(tail, end, until):
                return
            self._due.pop(path, None)

    def _read(self, tail: Tail, end: float | None, until: str) -> bool:
        """Read one file on; False where time ran out before its end."""
        long_before = tail.too_long
        try:
            for lines in tail.lines():
                self._take(tail, lines)
                if self._stopped or (end is not None and time.perf_counter() > end) or (until in self._calls):
                    return False
        except Rewritten:
            self._again(tail)
            return False
        except OSError as error:
            self._note(tail, f"cannot be read ({type(error).__name__})")
            self._drop(tail)
        if tail.too_long > long_before:
            self._note(tail, f"{tail.too_long - long_before} lines too long to read were left out")
        return True

    def _again(self, tail: Tail) -> None:
        """A file says something else now: read its session anew, and those that share replies with it."""
        self._note(tail, "was rewritten; reading it again")
        names = {tail.session_id, *self._book.rivals(tail.session_id)}
        self._book.forget(names)
        tail.restart()
        for other in self._tails.values():
            if other.session_id in names:
                other.restart()
                self._due[other.path] = other

    def _take(self, tail: Tail, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines):
            if not number % 16:
                self._breathe()
            record = parse_line(line)
            if record is not None:
                self._enter(tail, record)

    def _enter(self, tail: Tail, record: Record) -> None:
        if not tail.session_id:
            where = getattr(record, "where", None)
            tail.session_id = (where.session_id if where is not None else "") or f"agent-{tail.agent_id}"
        self._book.add(tail.session_id, record)
        if isinstance(record, Reply) and record.calls and not record.where.copied:
            for call in record.calls:
                held = self._calls.get(call.id, tail.session_id)
                self._calls[call.id] = tail.session_id if held == tail.session_id else None
                self._calls.move_to_end(call.id)
                if len(self._calls) > _RECENT_CALLS:
                    self._calls.popitem(last=False)

    def _breathe(self) -> None:
        """Let the engine's thread run: it would else wait 5 ms for the interpreter at each of its steps."""
        now = time.perf_counter()
        if now - self._breath > _BREATH_S:
            time.sleep(_PAUSE_S)
            self._breath = time.perf_counter()

    def _sweep(self) -> frozenset[str]:
        """Forget sessions older than what is kept, once an hour; look for them again if the clock went back."""
        now_ms = self._now_ms()
        if now_ms < self._swept_ms - _SWEEP_MS:
            self._files.look_again()
        elif now_ms < self._swept_ms + _SWEEP_MS:
            return frozenset()
        self._swept_ms = now_ms
        oldest_ms = now_ms - self._keep_ms
        old = {tail.path: tail for tail in self._tails.values() if tail.mtime_ns < oldest_ms * 1_000_000}
        for tail in old.values():
            self._drop(tail)
        kept = {tail.session_id for tail in self._tails.values()}
        gone = frozenset(
            name for name in self._book.names() if name not in kept and self._book.last_ms(name) < oldest_ms
        )
        self._book.forget(gone)
        return gone

    def _note(self, tail: Tail, what: str) -> None:
        if len(self._notes) < 50:  # noqa: PLR2004 -- a broken disk must not fill the log
            self._notes.append(f"transcript {Path(tail.path).name}: {what}")
