"""One claim on a reply, and how many of them are held in little room: rows of numbers, packed."""

import struct
from hashlib import blake2b
from typing import NamedTuple

from tray_app.core.sessions.session import Tokens

UNPRICED = 2**64 - 1
ROW = struct.Struct("<QQIIHBIIIIIQH")  # key, time, owner, day, model, rank, five kinds of tokens, picodollars, searches
OWNER = struct.Struct("<16xI")  # a row's owner alone


class UsageEntry(NamedTuple):
    """One line's claim: these tokens of this reply, made by that session. `rank` 3 is an original of the main chain."""

    key: int
    at_ms: int
    owner: int
    day: int
    model: int
    rank: int
    tokens: Tokens
    picos: int  # UNPRICED where the model's price is unknown
    searches: int = 0  # the web searches in it


def key_of(text: str) -> int:
    """A message id as a number of 64 bits, the same in every run: rows are kept over a restart."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def packed(entry: UsageEntry) -> bytes:
    """One claim as a row."""
    *which, tokens, amount, searches = entry
    return ROW.pack(
        *which,
        tokens.input,
        tokens.output,
        tokens.cache_creation,
        tokens.cache_creation_1h,
        tokens.cache_read,
        amount,
        searches,
    )


def unpacked(row: tuple[int, ...]) -> UsageEntry:
    """The claim of a row that `ROW` took apart."""
    key, at_ms, owner, day, model, rank, taken, given, created, created_1h, read, picos, searches = row
    tokens = Tokens(input=taken, output=given, cache_creation=created, cache_creation_1h=created_1h, cache_read=read)
    return UsageEntry(key, at_ms, owner, day, model, rank, tokens, picos, searches)
