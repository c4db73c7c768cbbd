"""Which session each reply of a model belongs to, so that its tokens count once across all transcripts.

The same reply stands in several lines (one per block of its content) and several files (branched sessions, copies of
sub-agents' replies), sometimes with a partial count. The rule, settled by comparing counters with what was billed:
the message id alone is the key; a side-chain's or a branch's copy loses; then the largest total wins.

Replies are kept as packed rows (about 70 bytes each), because a month of heavy use is half a million of them.
"""

from array import array
from collections.abc import Callable
from typing import NamedTuple

from tray_app.core.sessions.counting.usage_rows import OWNER, ROW, UsageEntry, packed, unpacked
from tray_app.core.sessions.counting.usage_sums import Bucket, UsageSums

_FIRST_SLOTS = 1024


class LedgerState(NamedTuple):
    """All that a ledger holds: rows, slots (row number + 1, found by probing from the key), sums and rivals."""

    rows: bytearray
    slots: "array[int]"
    sums: UsageSums
    rivals: dict[int, set[int]]


class UsageLedger:
    """All replies of all sessions. Owners, days and models are small numbers the caller hands out.

    `name` tells two equal claims apart by what does not depend on the order of reading; the smaller one wins.
    """

    def __init__(self, name: Callable[[UsageEntry], tuple[str, ...]]) -> None:
        """Empty."""
        self._name = name
        self._rows = bytearray()
        self._slots = array("I", bytes(4 * _FIRST_SLOTS))  # row number + 1, found by probing from the key
        self._sums = UsageSums()
        self._rivals: dict[int, set[int]] = {}
        self._changed: set[tuple[int, int, int]] = set()

    def __len__(self) -> int:
        """How many replies are known."""
        return len(self._rows) // ROW.size

    def claim(self, entry: UsageEntry) -> int:
        """Enter a line's claim; the session that owns the reply now (after any order of claims the same one)."""
        slot = self._slot(entry.key)
        row = self._slots[slot]
        if not row:
            self._append(slot, entry)
            self._count(entry, 1)
            return entry.owner
        held = self._read(row - 1)
        if held.owner != entry.owner:
            self._rivals.setdefault(held.owner, set()).add(entry.owner)
            self._rivals.setdefault(entry.owner, set()).add(held.owner)
        new, old = _strength(entry), _strength(held)
        same = entry.owner == held.owner and entry.model == held.model
        if new < old or (new == old and (same or self._name(entry) >= self._name(held))):
            return held.owner
        self._count(held, -1)
        self._write(row - 1, entry)
        self._count(entry, 1)
        return entry.owner

    def owner(self, key: int) -> int | None:
        """The session that owns a reply; None for one never entered."""
        row = self._slots[self._slot(key)]
        return self._read(row - 1).owner if row else None

    def buckets(self, owner: int) -> dict[tuple[int, int], Bucket]:
        """What a session owns, by (day, model)."""
        return self._sums.of(owner)

    def bucket(self, owner: int, day: int, model: int) -> Bucket:
        """What it owns of one day and model."""
        return self._sums.one(owner, day, model)

    def has_rivals(self, owner: int) -> bool:
        """Whether any reply of this session stands in another one, too."""
        return bool(self._rivals.get(owner))

    def rivals(self, owner: int) -> frozenset[int]:
        """Sessions that hold copies of the same replies: forgetting one means reading the others anew."""
        return frozenset(self._rivals.get(owner, ()))

    def take_changed(self, most: int | None = None) -> set[tuple[int, int, int]]:
        """(owner, day, model) of buckets that changed since they were taken last: `most` of them, None for all."""
        if most is None or len(self._changed) <= most:
            changed, self._changed = self._changed, set()
            return changed
        return {self._changed.pop() for _ in range(most)}

    @property
    def has_changed(self) -> bool:
        """Whether any is left to take."""
        return bool(self._changed)

    def forget(self, owners: frozenset[int], *, told: bool = True) -> None:
        """Drop all replies of these sessions; `told`: their buckets count as changed. Walks all rows: rare."""
        held, size = memoryview(bytes(self._rows)), ROW.size
        rows = (held[start : start + size] for start in range(0, len(held), size))
        self._rows = bytearray().join(row for row in rows if OWNER.unpack_from(row)[0] not in owners)
        self._slots = array("I", bytes(4 * _FIRST_SLOTS))
        while self._is_full():
            self._slots.extend(self._slots)
        self._place()
        for owner in owners:
            gone = self._sums.pop(owner)
            if told:
                self._changed.update((owner, day, model) for day, model in gone)
            for rival in self._rivals.pop(owner, set()):
                self._rivals[rival].discard(owner)
        if not told:
            self._changed = {bucket for bucket in self._changed if bucket[0] not in owners}

    def state(self) -> "LedgerState":
        """What it holds, to be kept; as it is, not a copy."""
        return LedgerState(self._rows, self._slots, self._sums, self._rivals)

    def take_back(self, state: "LedgerState") -> None:
        """Hold what was kept, in place of what it holds; nothing of it counts as changed."""
        self._rows, self._slots, self._sums, self._rivals = state
        self._changed = set()

    def tell_again(self, owner: int) -> None:
        """Have all that a session owns count as changed."""
        self._changed.update((owner, *where) for where in self._sums.of(owner))

    def _count(self, entry: UsageEntry, sign: int) -> None:
        if entry.tokens.total:
            self._sums.add(entry, sign)
            self._changed.add((entry.owner, entry.day, entry.model))

    def _slot(self, key: int) -> int:
        """The slot that holds this key, or the free one where it belongs."""
        slots, rows, size = self._slots, self._rows, ROW.size
        mask = len(slots) - 1
        slot = key & mask
        wanted = key.to_bytes(8, "little")
        while row := slots[slot]:
            start = (row - 1) * size
            if rows[start : start + 8] == wanted:
                break
            slot = (slot + 1) & mask
        return slot

    def _append(self, slot: int, entry: UsageEntry) -> None:
        self._slots[slot] = len(self) + 1
        self._rows += packed(entry)
        if self._is_full():
            self._slots = array("I", bytes(8 * len(self._slots)))
            self._place()

    def _is_full(self) -> bool:
        return len(self) * 5 > len(self._slots) * 3

    def _place(self) -> None:
        """Enter all rows into slots that are free."""
        slots = self._slots
        mask = len(slots) - 1
        for number, (key, *_) in enumerate(ROW.iter_unpack(self._rows), 1):
            slot = key & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = number

    def _read(self, row: int) -> UsageEntry:
        return unpacked(ROW.unpack_from(self._rows, row * ROW.size))

    def _write(self, row: int, entry: UsageEntry) -> None:
        self._rows[row * ROW.size : (row + 1) * ROW.size] = packed(entry)


def _strength(entry: UsageEntry) -> tuple[int, ...]:
    """What decides between two claims, whatever their order; the earlier one of equals."""
    tokens = entry.tokens
    kinds = (tokens.output, tokens.input, tokens.cache_creation, tokens.cache_creation_1h)
    return (entry.rank, tokens.total, *kinds, entry.searches, -entry.at_ms)
