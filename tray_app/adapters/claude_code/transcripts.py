"""Everything the transcripts tell, read on by offset. Belongs to one thread; see records.py for the loop's door."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from heapq import nlargest
from pathlib import Path
from typing import assert_never

from tray_app.adapters.claude_code.backlog import Backlog, ReadTrouble
from tray_app.adapters.claude_code.files import Transcript, TranscriptFiles
from tray_app.adapters.claude_code.give_back import collector_off, give_back
from tray_app.adapters.claude_code.keeping import Keeping
from tray_app.adapters.claude_code.local_day import local_day
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.pricing import picos
from tray_app.core.claude_code.usage import used_in
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.counting.money import PriceOf
from tray_app.core.sessions.counting.records import ModelReply, Record
from tray_app.core.sessions.live.scan import Scan

_DAY_MS = 86_400_000
_RECENT_MS = 2 * _DAY_MS
_SWEEP_MS = 3_600_000
_RECENT_CALLS = 4096
_LOOK_AT = 400  # quiet files looked at per pass; the busy ones are looked at in each
_LOOK_S = 1.0  # so often, while there is something to read
_BUSY_NS = 600 * 1_000_000_000
_PAUSE_S = 0.00005
_WORK_S = 0.002  # between two pauses
_LONG_S = 0.25
_CALL_BUDGET_MS = 200  # below `_LONG_S`: a call stands in what is read after the counting
_MOST_NOTES = 50  # a broken disk must not fill the log
_AWAKE = 64  # sessions whose next line is added to what is in memory; one at rest is read from its start
_TOLD_AT_ONCE = 500
_DAYS_AT_ONCE = 2_000


class TranscriptReader:
    """Reads new lines into a `SessionIndex`. Files that cannot be read are left out with a note; nothing raises.

    Each file is read twice: for tokens and cost, which costs little, and then for all else. So a first scan of
    hundreds of megabytes has its totals early, and which of two sessions owns a reply is settled before it matters.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        now_ms: Callable[[], int],
        keep_days: int = 30,
        day_of: Callable[[int], int] = local_day,
        price_of: PriceOf = picos,
        kept: Path | None = None,
    ) -> None:
        """Touch nothing yet. `kept`: the file that holds what was read over a restart."""
        self._files = TranscriptFiles(folders)
        self._index = SessionIndex(day_of, price_of)
        self._keeping = Keeping(kept, day_of, price_of)
        self._recalled: list[str] | None = None  # sessions known from before and not named yet; None before the look
        self._now_ms = now_ms
        self._keep_ms = keep_days * _DAY_MS
        self._transcripts: dict[str, Transcript] = {}
        self._to_count = Backlog(lambda one: one.usage, self._count)
        self._to_read = Backlog(lambda one: one.facts, self._add)
        self._calls: OrderedDict[str, str | None] = OrderedDict()
        self._notes: list[str] = []
        self._turn = 0
        self._looked_s = 0.0
        self._was_long = False  # the last scan ended before all was read
        self._swept_ms = 0
        self._stopped = False

    def scan(self, *, live: frozenset[str] = frozenset(), budget_ms: int | None = None) -> Scan:
        """Read what was written since the last call, for `budget_ms` at most (None: to the end).

        `live` names sessions known to run: a resumed one is found at once even among thousands of quiet files.
        """
        gone = self._sweep()
        if self._is_complete() or time.monotonic() - self._looked_s > _LOOK_S:
            with nullcontext() if self._recalled is not None else collector_off():
                self._look(live)
        self._work(budget_ms)
        known = self._known()
        unready = self._to_read.sessions()
        days, changed = self._index.take_days(_DAYS_AT_ONCE), self._index.take_changed(unready=unready)
        self._rest(awake=unready | live)
        counted = not (self._to_count or self._index.has_days)
        complete = counted and self._is_complete()
        if complete and (days or changed):
            self.keep()
        if complete and self._was_long:
            give_back()
        self._was_long = not complete
        notes, self._notes = tuple(self._notes), []
        return Scan(changed=changed, days=days, gone=gone, known=known, notes=notes, complete=complete, counted=counted)

    def tell(self, session_ids: Iterable[str]) -> None:
        """Have the next scan tell these sessions, which an earlier one named as known."""
        self._index.tell_again(session_ids)

    def _known(self) -> dict[str, int]:
        """Some of those that are known from before and not named yet; the newest are told at once."""
        some = self._recalled or []
        self._recalled, named = some[_TOLD_AT_ONCE:], some[:_TOLD_AT_ONCE]
        recent_ms = self._now_ms() - _RECENT_MS
        known = {name: self._index.last_ms(name) for name in named}
        self._index.tell_again(name for name, last_ms in known.items() if last_ms >= recent_ms)
        return {name: last_ms for name, last_ms in known.items() if last_ms < recent_ms}

    def keep(self, *, last: bool = False) -> None:
        """Keep what was read, where enough of it is new; `last`: nothing more will be read."""
        if self._is_complete():
            problem = self._keeping.keep(self._transcripts.values(), self._index, now_ms=self._now_ms(), last=last)
            self._notes += [problem] if problem else []

    def stirred(self, live: frozenset[str]) -> bool:
        """Whether a known transcript of these sessions is another than when last looked at; costs one stat for each."""
        return any(one.stirred() for one in self._transcripts.values() if one.session_id in live)

    def folders(self, live: frozenset[str]) -> frozenset[Path]:
        """The folders with transcripts of these sessions, and those of their sub-agents if there are any."""
        found = {Path(one.path).parent for one in self._transcripts.values() if one.session_id in live}
        own = {folder / name for folder in found for name in live}
        return frozenset(
            {*found, *(path for folder in own for path in (folder, folder / "subagents") if path.is_dir())}
        )

    def find_call(self, tool_use_id: str) -> str | None:
        """The session whose transcript holds this tool call; None if none does yet, or more than one."""
        if tool_use_id not in self._calls:
            self._look(frozenset())
            self._work(_CALL_BUDGET_MS)
        return self._calls.get(tool_use_id)

    def stop(self) -> None:
        """End a running scan at the next piece; callable from another thread."""
        self._stopped = True

    def _is_complete(self) -> bool:
        return not (self._to_count or self._to_read or self._recalled)

    def _look(self, live: frozenset[str]) -> None:
        """Note every file that has changed as work to do."""
        self._looked_s = time.monotonic()
        if live and not live <= {known.session_id for known in self._transcripts.values()}:
            self._files.look_again()
        oldest_ns = (self._now_ms() - self._keep_ms) * 1_000_000
        new: list[Transcript] = []
        for found in self._files.new():
            if found.path not in self._transcripts and self._has_changed(found) and found.mtime_ns >= oldest_ns:
                self._transcripts[found.path] = found
                new.append(found)
        if self._recalled is None:
            new, self._recalled = self._keeping.recall(new, self._index)
        for found in new:
            self._put(found)
        for known in self._some(live):
            if self._has_changed(known):
                self._put(known)
        for name in live:
            if self._index.is_at_rest(name):
                self._wake(name)  # its words are wanted now

    def _put(self, transcript: Transcript) -> None:
        self._to_count.put(transcript)
        if not self._index.is_at_rest(transcript.session_id):
            self._to_read.put(transcript)

    def _wake(self, session_id: str) -> None:
        """A session at rest has something new: read all its transcripts again, but for what is counted."""
        self._index.wake(session_id)
        for one in self._transcripts.values():
            if one.session_id == session_id:
                one.rest()
                self._to_read.put(one)

    def _rest(self, awake: frozenset[str]) -> None:
        resting = self._index.rest(most=_AWAKE, awake=awake)
        for one in self._transcripts.values() if resting else ():
            if one.session_id in resting:
                one.rest()

    def _some(self, live: frozenset[str]) -> list[Transcript]:
        known = list(self._transcripts.values())
        if len(known) <= _LOOK_AT:
            return known
        busy_ns = self._now_ms() * 1_000_000 - _BUSY_NS
        busy = [one for one in known if one.mtime_ns > busy_ns]
        chosen = [one for one in known if one.session_id in live]
        chosen += busy if len(busy) <= _LOOK_AT else nlargest(_LOOK_AT, busy, key=lambda one: one.mtime_ns)
        start = self._turn % len(known)
        self._turn = start + _LOOK_AT
        return chosen + known[start : start + _LOOK_AT]

    def _has_changed(self, transcript: Transcript) -> bool:
        try:
            return transcript.changed()
        except OSError:
            self._drop(transcript)
            return False

    def _drop(self, transcript: Transcript) -> None:
        """The file is gone: what it told stays until the session is old."""
        for backlog in (self._to_count, self._to_read):
            backlog.drop(transcript)
        self._transcripts.pop(transcript.path, None)
        self._files.forget(transcript.path)

    def _work(self, budget_ms: int | None) -> None:
        """Count first, then read the rest, file by file, until time is up; long counting is told before the rest."""
        began = worked = time.perf_counter()
        counting = bool(self._to_count)
        while not self._stopped and (backlog := self._to_count or self._to_read):
            for problem in backlog.step():
                self._problem(*problem)
            now = time.perf_counter()
            if budget_ms is not None:
                told = counting and not self._to_count and now - began > _LONG_S
                if told or now - began > budget_ms / 1000:
                    return
            if now - worked > _WORK_S:
                time.sleep(_PAUSE_S)  # lets the engine run, which else waits 5 ms for the interpreter at each step
                worked = time.perf_counter()

    def _count(self, transcript: Transcript, piece: bytes) -> None:
        if self._index.is_at_rest(transcript.session_id):
            self._wake(transcript.session_id)
        for said in used_in(piece):
            if not transcript.session_id:
                name = transcript.settle(getattr(said, "session_id", ""))
                if self._index.is_at_rest(name):
                    self._wake(name)
            self._index.count(transcript.session_id, said)

    def _add(self, transcript: Transcript, piece: bytes) -> None:
        lines = piece.split(b"\n")
        lines.pop()
        for line in lines:
            record = parse_line(line)
            if record is not None:
                self._add_record(transcript, record)

    def _add_record(self, transcript: Transcript, record: Record) -> None:
        session_id = transcript.session_id
        if not session_id:
            where = getattr(record, "where", None)
            session_id = transcript.settle(where.session_id if where is not None else "")
            if self._index.is_at_rest(session_id):
                self._wake(session_id)
        self._index.add(session_id, record)
        if isinstance(record, ModelReply) and record.calls and not record.where.copied:
            for call in record.calls:
                self._remember(call.id, session_id)

    def _remember(self, call_id: str, session_id: str) -> None:
        held = self._calls.get(call_id, session_id)
        self._calls[call_id] = session_id if held == session_id else None
        self._calls.move_to_end(call_id)
        if len(self._calls) > _RECENT_CALLS:
            self._calls.popitem(last=False)

    def _problem(self, transcript: Transcript, what: ReadTrouble) -> None:
        match what:
            case ReadTrouble.GONE:
                self._drop(transcript)
            case ReadTrouble.UNREADABLE:
                self._note(transcript, "cannot be read")
                self._drop(transcript)
            case ReadTrouble.REWRITTEN:
                self._note(transcript, "was rewritten; reading it again")
                self._again(transcript)
            case ReadTrouble.LONG_LINE:
                self._note(transcript, "a line too long to read was left out")
            case _:
                assert_never(what)

    def _again(self, transcript: Transcript) -> None:
        """A file says something else now: read its session anew, and those that share replies with it."""
        names = {transcript.session_id, *self._index.rivals(transcript.session_id)}
        self._index.forget(names)
        self._keeping.outdate()
        for other in [transcript, *self._transcripts.values()]:
            if other.session_id in names:
                other.restart()
                self._put(other)

    def _sweep(self) -> frozenset[str]:
        """Forget sessions older than what is kept, once an hour; look for them again if the clock went back."""
        now_ms = self._now_ms()
        if now_ms < self._swept_ms - _SWEEP_MS:
            self._files.look_again()
        elif now_ms < self._swept_ms + _SWEEP_MS:
            return frozenset()
        self._swept_ms = now_ms
        oldest_ms = now_ms - self._keep_ms
        for old in [one for one in self._transcripts.values() if one.mtime_ns < oldest_ms * 1_000_000]:
            self._drop(old)
        kept = {one.session_id for one in self._transcripts.values()}
        names = [name for name in self._index.names() if name not in kept]
        gone = frozenset(name for name in names if self._index.last_ms(name) < oldest_ms)
        self._index.forget(gone, told=False)
        return gone

    def _note(self, transcript: Transcript, what: str) -> None:
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(f"transcript {Path(transcript.path).name}: {what}")
