"""What a scan has found, kept in a file, so that the next start reads on from there. Losing the file costs time only.

The file has a checksum in front, then lines of JSON, then the ledger's rows and slots as they lie in memory. Whatever
does not fit (damage, another version of the app, other prices, another time zone) is as if there were none.
"""

import json
import os
import sys
import zlib
from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tray_app import __version__
from tray_app.adapters.claude_code.files import Seen
from tray_app.core.sessions.counting.facts import AtRest
from tray_app.core.sessions.counting.index import ClientAccount, IndexState
from tray_app.core.sessions.counting.usage_ledger import LedgerState
from tray_app.core.sessions.counting.usage_sums import UsageSums
from tray_app.plain_files import read_plain

_FORMAT = 2
_MOST_BYTES = 1 << 30
_LINES_AT_ONCE = 500
_SUM_BYTES = 9  # eight hexadecimal digits and a line's end
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


Fingerprint: TypeAlias = Callable[[Iterable[str], Iterable[int]], object]  # of models, and of days


class KeptFile(NamedTuple):
    """How far one transcript was read. `total` is the checksum of all bytes before `offset`.

    `settled`: its last change was long enough before that another one would have another time.
    """

    path: str
    session_id: str
    is_agent: bool
    seen: Seen
    offset: int
    total: int
    skipping: bool
    settled: bool


class KeptScan(NamedTuple):
    """Transcripts as far as they were read, and what they told."""

    files: Sequence[KeptFile]
    figures: IndexState


def save(path: Path, kept: KeptScan, fingerprint: Fingerprint) -> None:
    """Put it in place of what was kept, whole or not at all. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    try:
        with os.fdopen(os.open(new, _FLAGS, 0o600), "wb") as file:
            total = 0
            file.write(b"0" * (_SUM_BYTES - 1) + b"\n")
            for part in _parts(kept, fingerprint):
                total = zlib.crc32(part, total)
                file.write(part)
            file.seek(0)
            file.write(f"{total:08x}".encode())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def load(path: Path, fingerprint: Fingerprint) -> KeptScan | None:
    """What was kept, if it is whole and fits; nothing raises."""
    try:
        held = read_plain(path, most=_MOST_BYTES)
        if f"{zlib.crc32(memoryview(held)[_SUM_BYTES:]):08x}\n".encode() != held[:_SUM_BYTES]:
            return None
        return _Reading(held).whole(fingerprint)
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None


def _parts(kept: KeptScan, fingerprint: Fingerprint) -> Iterator[bytes | memoryview]:
    index, ledger = kept.figures, kept.figures.ledger
    days = sorted(ledger.sums.days())
    rows, slots = memoryview(ledger.rows), memoryview(ledger.slots)
    yield _line(
        {
            **_maker(),
            "models": index.models,
            "days": days,
            "stands on": fingerprint(index.models, days),
            "files": len(kept.files),
            "sessions": len(index.names),
            "rows": rows.nbytes,
            "slots": slots.nbytes,
        }
    )
    yield from (_line(file) for file in kept.files)
    for number, name in enumerate(index.names):
        resting = index.at_rest.get(name)
        rivals = sorted(ledger.rivals.get(number, ()))
        rest = None if resting is None else [resting.last_ms, resting.branched]
        yield _line([name, index.accounts.get(name), rivals, ledger.sums.kept(number), rest])
        yield b"\n" if resting is None else b2a_base64(resting.facts)
    yield rows
    yield slots.cast("B")


def _maker() -> dict[str, object]:
    """Whose file it is: another version may read and count otherwise."""
    return {"format": _FORMAT, "app": __version__, "order": sys.byteorder}


def _line(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


class _Reading:
    """Takes a file apart that is whole. Raises ValueError, TypeError, KeyError or IndexError where it says no sense."""

    def __init__(self, held: bytes) -> None:
        self._held = held
        self._at = _SUM_BYTES

    def whole(self, fingerprint: Fingerprint) -> KeptScan | None:
        """All of it; None where it is not ours, or stands on something else."""
        header = json.loads(self._line())
        if {name: header.get(name) for name in _maker()} != _maker():
            return None
        now = json.loads(json.dumps(fingerprint(header["models"], header["days"])))
        if now != header["stands on"]:
            return None
        files = [_file(*each) for each, _ in self._lines(header["files"])]
        ledger = LedgerState(bytearray(), array("I"), UsageSums(), {})
        sums: dict[int, list[int]] = {}
        accounts: dict[str, ClientAccount] = {}
        at_rest: dict[str, AtRest] = {}
        names: list[str] = []
        for number, (line, packed) in enumerate(self._lines(header["sessions"], with_packed=True)):
            name, account, rivals, used, rest = line
            facts = a2b_base64(packed)
            names.append(name)
            if account is not None:
                accounts[name] = ClientAccount(*account)
            if rest is not None:
                at_rest[name] = AtRest(facts, *rest)
            if rivals:
                ledger.rivals[number] = set(rivals)
            if used:
                sums[number] = used
        ledger.rows.extend(self._bytes(header["rows"]))
        ledger.slots.frombytes(self._bytes(header["slots"]))
        index = IndexState(
            names=tuple(names),
            models=tuple(header["models"]),
            accounts=accounts,
            at_rest=at_rest,
            ledger=ledger._replace(sums=UsageSums(sums)),
        )
        return KeptScan(files, index)

    def _lines(self, count: int, *, with_packed: bool = False) -> Iterator[tuple[Any, bytes]]:
        """Read lines of JSON, each with the packed one behind it; many at once, in a third of the time."""
        for begun in range(0, count, _LINES_AT_ONCE):
            some = range(min(count - begun, _LINES_AT_ONCE))
            lines = [(self._line(), self._line() if with_packed else b"") for _ in some]
            read = json.loads(f"[{b','.join(line for line, _ in lines).decode()}]")
            yield from zip(read, (packed for _, packed in lines), strict=True)

    def _line(self) -> bytes:
        start, end = self._at, self._held.index(b"\n", self._at)
        self._at = end + 1
        return self._held[start:end]

    def _bytes(self, count: int) -> memoryview:
        start, self._at = self._at, self._at + count
        if self._at > len(self._held):
            raise ValueError("too short")
        return memoryview(self._held)[start : self._at]


def _file(path: str, session_id: str, is_agent: bool, seen: Sequence[int], *rest: int) -> KeptFile:  # noqa: FBT001 -- as it is written
    offset, total, skipping, settled = rest
    return KeptFile(path, session_id, is_agent, Seen(*seen), offset, total, bool(skipping), bool(settled))
