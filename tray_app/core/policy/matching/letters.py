"""Sets of letters as ranges of code points, and their parting into kinds that nothing tells apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Letters: TypeAlias = tuple[tuple[int, int], ...]  # in order, apart, both ends within
_LAST = 0x10FFFF
EVERY: Letters = ((0, _LAST),)


def letters(*ranges: tuple[int, int] | str) -> Letters:
    """Make a set of ranges, and of the letters of texts."""
    found = [one for each in ranges for one in ([(ord(x), ord(x)) for x in each] if isinstance(each, str) else [each])]
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def either(*sets: Letters) -> Letters:
    """All that are in one of them."""
    return letters(*(one for each in sets for one in each))


def without(some: Letters, others: Letters) -> Letters:
    """What is in the one set alone."""
    left: list[tuple[int, int]] = []
    for first, last in some:
        begin = first
        for taken, end in others:
            if end < begin or taken > last:
                continue
            if taken > begin:
                left.append((begin, taken - 1))
            begin = end + 1
        if begin <= last:
            left.append((begin, last))
    return tuple(left)


def has(some: Letters, letter: int) -> bool:
    """Whether a letter is in the set."""
    return any(first <= letter <= last for first, last in some)


def kinds(sets: Iterable[Letters]) -> Sequence[frozenset[Letters]]:
    """Part all letters by the sets they are in; gives, for each kind there is, those sets."""
    wanted = list(dict.fromkeys(sets))
    ends: dict[int, list[tuple[bool, Letters]]] = {}
    for one in wanted:
        for first, last in one:
            ends.setdefault(first, []).append((True, one))
            ends.setdefault(last + 1, []).append((False, one))
    found: dict[frozenset[Letters], None] = {}
    within: set[Letters] = set()
    for at in sorted({0, *ends}):
        changes: Mapping[bool, set[Letters]] = {
            entered: {one for is_in, one in ends.get(at, ()) if is_in is entered} for entered in (True, False)
        }
        within = (within - changes[False]) | changes[True]
        if at <= _LAST:
            found[frozenset(within)] = None
    return list(found)


WORD = letters((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), "_")
DIGIT = letters((0x30, 0x39))
LINE_END = letters("\n")
BLANK = letters(
    *map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680)),
    (0x2000, 0x200A),
    "\u2028\u2029\u202f\u205f\u3000",
)
