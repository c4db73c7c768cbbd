"""What sums that are kept stand on beside the transcripts: prices, and the bounds of the local days."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import replace

from tray_app.core.sessions.counting.money import STANDARD, PriceOf, Terms
from tray_app.core.sessions.session import Tokens

_QUARTER_MS = 900_000  # every time zone's midnight falls on a quarter of an hour
_A_DAY = 96
_EPOCH = 719_163  # the day number of 1970-01-01
_MANY = 1_000_003  # above every limit from which a longer prompt has a price of its own
_KINDS = ("input", "output", "cache_creation", "cache_read")


def fingerprint(
    models: Iterable[str], days: Iterable[int], *, price_of: PriceOf, day_of: Callable[[int], int]
) -> list[object]:
    """Other figures, of the same sizes, where any reply of these models on these days may cost or be dated otherwise.

    Plain JSON. The days are asked one by one; prices at the first and the last of them, for each kind of tokens.
    """
    starts = [_start(day, day_of) for day in sorted(set(days))]
    moments = sorted({start * _QUARTER_MS for start in (*starts[:1], *starts[-1:])})
    prices = [_prices(model, at_ms, price_of) for model in models for at_ms in moments]
    return [starts, prices]


def _start(day: int, day_of: Callable[[int], int]) -> int:
    """The quarter of an hour, since 1970, that a local day begins with."""
    noon = max(0, (day - _EPOCH) * _A_DAY)
    around = range(max(0, noon - 2 * _A_DAY), noon + 2 * _A_DAY)
    return around.start + bisect_left(around, day, key=lambda quarter: day_of(quarter * _QUARTER_MS))


def _prices(model: str, at_ms: int, price_of: PriceOf) -> list[int | None]:
    """The prices of one model at one moment."""
    plain = Tokens(input=1_009, output=1_013, cache_creation=1_019, cache_read=1_021)
    uses = [replace(Tokens(), **{kind: size}) for kind in _KINDS for size in (1_009, _MANY)]
    uses.append(Tokens(cache_creation=1_009, cache_creation_1h=1_009))
    terms = [Terms(fast=True), Terms(us_only=True), Terms(searches=1), Terms(parts=(plain, plain))]
    return [price_of(model, use, at_ms=at_ms, terms=STANDARD) for use in uses] + [
        price_of(model, plain, at_ms=at_ms, terms=term) for term in terms
    ]
