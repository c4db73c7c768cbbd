"""When what was read is kept, and what of it still holds at the next start."""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from tray_app.adapters.claude_code.files import Transcript
from tray_app.adapters.claude_code.kept import KeptFile, KeptScan, load, save
from tray_app.core.sessions.counting.fingerprint import fingerprint
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.counting.money import PriceOf

_ENOUGH = 1 << 20  # bytes; less is read again in a few milliseconds
_SHARE = 16  # of all; what is kept is written as a whole
_SETTLED_MS = 2_000  # the coarsest clock of a file system: a younger change may hide another one


class Keeping:
    """Belongs to the thread that reads."""

    def __init__(self, path: Path | None, day_of: Callable[[int], int], price_of: PriceOf) -> None:
        """Touch nothing yet; without a path nothing is kept."""
        self._path = path
        self._day_of = day_of
        self._price_of = price_of
        self._kept_bytes = 0
        self._new = True  # something other than more bytes is to be kept

    def outdate(self) -> None:
        """What is kept holds no more."""
        self._new = True

    def recall(self, found: Sequence[Transcript], index: SessionIndex) -> tuple[list[Transcript], list[str]]:
        """Fill the index with what still holds; the transcripts that are to be looked into, and the sessions known.

        A session that lost a transcript is read anew, and with it those that share replies with it.
        """
        kept = None if self._path is None else load(self._path, self._fingerprint)
        if kept is None:
            return list(found), []
        index.take_back(kept.figures)
        here = {one.path for one in found}
        lost = {file.session_id for file in kept.files if file.path not in here}
        lost |= {name for one in lost for name in index.rivals(one)}
        index.forget(lost, told=False)
        files = {file.path: file for file in kept.files if file.session_id not in lost}
        self._kept_bytes = sum(file.offset for file in files.values())
        self._new = bool(lost) or not all(file.settled for file in files.values())
        return [one for one in found if not _holds(one, files.get(one.path))], list(index.names())

    def keep(self, transcripts: Collection[Transcript], index: SessionIndex, *, now_ms: int, last: bool = False) -> str:
        """Keep it all, where enough is new; all transcripts are read to their ends. Gives a line for the log, or none.

        `last`: nothing more will be read.
        """
        read = sum(one.usage.offset for one in transcripts)
        enough = _ENOUGH if last else max(_ENOUGH, read // _SHARE)
        if self._path is None or not (self._new or abs(read - self._kept_bytes) >= enough):
            return ""
        self._kept_bytes, self._new = read, False
        settled_ns = (now_ms - _SETTLED_MS) * 1_000_000
        files = [_file(one, settled_ns) for one in transcripts]
        try:
            save(self._path, KeptScan(files, index.state()), self._fingerprint)
        except OSError as error:
            return f"what was read of transcripts cannot be kept: {error.strerror or type(error).__name__}"
        return ""

    def _fingerprint(self, models: Iterable[str], days: Iterable[int]) -> object:
        return fingerprint(models, days, price_of=self._price_of, day_of=self._day_of)


def _holds(transcript: Transcript, file: KeptFile | None) -> bool:
    """Go on where it was read to; whether nothing has changed since. Else its checksum is asked before reading on."""
    if file is None:
        return False
    transcript.session_id = file.session_id
    transcript.usage.offset, transcript.usage.total = file.offset, file.total
    transcript.usage.skipping = file.skipping
    return file.settled and file.seen == transcript.seen


def _file(transcript: Transcript, settled_ns: int) -> KeptFile:
    usage = transcript.usage
    return KeptFile(
        transcript.path,
        transcript.session_id,
        transcript.is_agent,
        transcript.seen,
        usage.offset,
        usage.total,
        usage.skipping,
        0 < transcript.seen.mtime_ns < settled_ns,
    )
