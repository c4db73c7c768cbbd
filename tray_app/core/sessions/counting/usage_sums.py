"""What each session used by day and model, added up: ten numbers each, side by side; a month has tens of thousands."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from tray_app.core.sessions.counting.usage_rows import UNPRICED, UsageEntry
from tray_app.core.sessions.session import Tokens

_WIDTH = 10  # where, the parts of a bucket but for its cost, whole units of cost, and the picodollars above them
_MODELS = 2**16
_UNIT = 10**6  # of picodollars: of damaged counts, too, a sum has room in 64 bits


@dataclass(slots=True)
class Bucket:
    """Tokens, web searches and cost of one session on one day with one model.

    `unpriced` counts replies of unknown price.
    """

    input: int = 0
    output: int = 0
    cache_creation: int = 0
    cache_creation_1h: int = 0
    cache_read: int = 0
    picos: int = 0
    unpriced: int = 0
    searches: int = 0

    @property
    def tokens(self) -> Tokens:
        """The tokens alone."""
        return Tokens(
            input=self.input,
            output=self.output,
            cache_creation=self.cache_creation,
            cache_creation_1h=self.cache_creation_1h,
            cache_read=self.cache_read,
        )

    def merge(self, other: "Bucket") -> None:
        """Add what is in another one."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


class UsageSums:
    """By owner, then by (day, model): small numbers that the caller hands out."""

    def __init__(self, held: Mapping[int, Iterable[int]] | None = None) -> None:
        """Empty, or what `kept` gave."""
        self._held = {owner: array("q", row) for owner, row in (held or {}).items()}

    def __iter__(self) -> Iterator[int]:
        """Owners of something."""
        return iter(self._held)

    def days(self) -> set[int]:
        """All days on which anything was used."""
        return {where // _MODELS for row in self._held.values() for where in row[::_WIDTH]}

    def add(self, entry: UsageEntry, sign: int) -> None:
        """Add one reply (`sign` 1) or take it away again (-1)."""
        row = self._held.get(entry.owner)
        if row is None:
            row = self._held[entry.owner] = array("q")
        at = _place(row, entry.day * _MODELS + entry.model)
        tokens, picos = entry.tokens, entry.picos
        row[at + 1] += sign * tokens.input
        row[at + 2] += sign * tokens.output
        row[at + 3] += sign * tokens.cache_creation
        row[at + 4] += sign * tokens.cache_creation_1h
        row[at + 5] += sign * tokens.cache_read
        row[at + 6] += sign * entry.searches
        if picos == UNPRICED:
            row[at + 7] += sign
        else:
            row[at + 8] += sign * (picos // _UNIT)
            row[at + 9] += sign * (picos % _UNIT)

    def of(self, owner: int) -> dict[tuple[int, int], Bucket]:
        """What a session used, by (day, model)."""
        row = self._held.get(owner, array("q"))
        return {divmod(row[at], _MODELS): _bucket(row, at) for at in range(0, len(row), _WIDTH)}

    def one(self, owner: int, day: int, model: int) -> Bucket:
        """What a session used of one model on one day."""
        row, where = self._held.get(owner, array("q")), day * _MODELS + model
        return next((_bucket(row, at) for at in range(0, len(row), _WIDTH) if row[at] == where), Bucket())

    def pop(self, owner: int) -> list[tuple[int, int]]:
        """Forget a session; says which (day, model) it had."""
        gone = self._held.pop(owner, array("q"))
        return [divmod(where, _MODELS) for where in gone[::_WIDTH]]

    def kept(self, owner: int) -> list[int]:
        """The numbers of one session, to be kept."""
        return self._held.get(owner, array("q")).tolist()


def _bucket(row: "array[int]", at: int) -> Bucket:
    _, taken, given, created, created_1h, read, searches, unpriced, units, rest = row[at : at + _WIDTH]
    return Bucket(taken, given, created, created_1h, read, units * _UNIT + rest, unpriced, searches)


def _place(row: "array[int]", where: int) -> int:
    """Where in the row the numbers of a day and model begin; they are entered if they are new, as zeros."""
    for at in range(len(row) - _WIDTH, -1, -_WIDTH):  # the last day is the likeliest
        if row[at] == where:
            return at
    row.extend((where, *(0,) * (_WIDTH - 1)))
    return len(row) - _WIDTH
