"""Transcripts with something new to read, the newest first, read a piece at a time."""

from collections.abc import Callable, Iterator
from enum import Enum, auto

from tray_app.adapters.claude_code.files import Transcript
from tray_app.adapters.claude_code.tail import Rewritten, Tail


class ReadTrouble(Enum):
    """What can be wrong with a transcript."""

    GONE = auto()
    UNREADABLE = auto()
    REWRITTEN = auto()
    LONG_LINE = auto()


class Backlog:
    """Each piece is 128 KiB at most, so that whoever works it off can stop for others between two of them."""

    def __init__(self, tail_of: Callable[[Transcript], Tail], take: Callable[[Transcript, bytes], None]) -> None:
        """`take` gets whole lines, many at once; `tail_of` says how far a transcript is read."""
        self._take = take
        self._tail_of = tail_of
        self._due: dict[str, Transcript] = {}
        self._sorted = True
        self._now: tuple[Transcript, Tail, Iterator[bytes]] | None = None

    def __bool__(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._due)

    def sessions(self) -> frozenset[str]:
        """Whose transcripts are not read to the end."""
        return frozenset(transcript.session_id for transcript in self._due.values())

    def put(self, transcript: Transcript) -> None:
        """A file has something new."""
        self._due[transcript.path] = transcript
        self._sorted = False
        if self._now is not None and self._now[0] is transcript:
            self._leave()

    def drop(self, transcript: Transcript) -> None:
        """A file is gone."""
        self._due.pop(transcript.path, None)
        if self._now is not None and self._now[0] is transcript:
            self._leave()

    def step(self) -> Iterator[tuple[Transcript, ReadTrouble]]:
        """Read one piece of the newest file; yields what was wrong."""
        transcript, tail, pieces = self._now = self._now or self._next()
        before = tail.too_long
        try:
            piece = next(pieces, None)
            if piece is None:
                self._done(transcript)
                return
            self._take(transcript, piece)
        except Rewritten:
            self._done(transcript)
            yield transcript, ReadTrouble.REWRITTEN
        except OSError as error:
            self._done(transcript)
            yield transcript, ReadTrouble.GONE if isinstance(error, FileNotFoundError) else ReadTrouble.UNREADABLE
        if tail.too_long > before:
            yield transcript, ReadTrouble.LONG_LINE

    def _next(self) -> tuple[Transcript, Tail, Iterator[bytes]]:
        if not self._sorted:
            self._sort()
        transcript = self._due[next(reversed(self._due))]
        tail = self._tail_of(transcript)
        return transcript, tail, tail.pieces()

    def _sort(self) -> None:
        """The newest session last, its sub-agents after it (the last is read first): its account covers theirs."""
        newest: dict[str, int] = {}
        for transcript in self._due.values():
            newest[transcript.session_id] = max(newest.get(transcript.session_id, 0), transcript.mtime_ns)

        def rank(due: Transcript) -> tuple[int, str, bool]:
            return newest[due.session_id], due.session_id, due.is_agent

        self._due = {due.path: due for due in sorted(self._due.values(), key=rank)}
        self._sorted = True

    def _done(self, transcript: Transcript) -> None:
        self._due.pop(transcript.path, None)
        self._leave()

    def _leave(self) -> None:
        self._now = None
