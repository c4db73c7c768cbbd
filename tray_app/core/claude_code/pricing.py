"""List prices of Claude models, dated, and what one reply cost by them. An estimate: what is billed may differ.

Source: platform.claude.com/docs/en/about-claude/pricing, and the price list inside Claude Code 2.1.330, which agrees
with it; both read 2026-11-22. Prices above 200 000 prompt tokens (Sonnet 4 and 4.5) are the pricing page's alone.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tray_app.core.sessions.session import Tokens

PRICES_AS_OF = "2026-11-22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Millionths of a dollar per million tokens, so that price x tokens is an exact count of picodollars."""

    input: int
    output: int
    write_5m: int
    write_1h: int
    read: int

    def picos(self, tokens: Tokens) -> int:
        """Picodollars (10^-12 $) of one reply; cache writes of an hour at their own price."""
        return (
            tokens.input * self.input
            + tokens.output * self.output
            + (tokens.cache_creation - tokens.cache_creation_1h) * self.write_5m
            + tokens.cache_creation_1h * self.write_1h
            + tokens.cache_read * self.read
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """All prices of one model. `long` holds for the whole reply where its prompt is above `long_over` tokens."""

    usual: Price
    fast: Price | None = None
    long: Price | None = None
    long_over: int = 0


def _price(input_usd: float, output_usd: float, *, read_usd: float | None = None) -> Price:
    """Cache writes cost 1.25 (5 minutes) and 2 (one hour) times the input, reads a tenth unless listed otherwise."""
    base = round(input_usd * 1_000_000)
    return Price(
        input=base,
        output=round(output_usd * 1_000_000),
        write_5m=base * 5 // 4,
        write_1h=base * 2,
        read=base // 10 if read_usd is None else round(read_usd * 1_000_000),
    )


_OLD_OPUS = Rates(usual=_price(15, 75))
_OPUS_4_5 = Rates(usual=_price(5, 25))
_OPUS_4_6 = Rates(usual=_price(5, 25), fast=_price(30, 150))
_OPUS_4_8 = Rates(usual=_price(5, 25), fast=_price(10, 50))
_SONNET = Rates(usual=_price(3, 15))
_SONNET_LONG = Rates(usual=_price(3, 15), long=_price(6, 22.5), long_over=200_000)
_FABLE_5_1 = Rates(usual=_price(10, 50, read_usd=0.25))
_FABLE_5_2 = Rates(usual=_price(8, 40, read_usd=0.2), fast=_price(16, 80, read_usd=0.4))

_RATES = {
    "claude-fable-5": Rates(usual=_price(10, 50)),
    "claude-fable-5-1": _FABLE_5_1,
    "claude-fable-5-2": _FABLE_5_2,
    "claude-mythos-5": Rates(usual=_price(10, 50)),
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-mythos-5-2": _FABLE_5_2,
    "claude-3-opus": _OLD_OPUS,
    "claude-opus-4": _OLD_OPUS,
    "claude-opus-4-1": _OLD_OPUS,
    "claude-opus-4-5": _OPUS_4_5,
    "claude-opus-4-6": _OPUS_4_6,
    "claude-opus-4-7": _OPUS_4_6,
    "claude-opus-4-8": _OPUS_4_8,
    "claude-opus-5": _OPUS_4_8,
    "claude-opus-5-5": Rates(usual=_price(4, 20, read_usd=0.2), fast=_price(8, 40, read_usd=0.4)),
    "claude-3-5-sonnet": _SONNET,
    "claude-3-7-sonnet": _SONNET,
    "claude-sonnet-4": _SONNET_LONG,
    "claude-sonnet-4-5": _SONNET_LONG,
    "claude-sonnet-4-6": _SONNET,
    "claude-sonnet-5": Rates(usual=_price(2, 10)),
    "claude-sonnet-5-5": Rates(usual=_price(2, 10, read_usd=0.1)),
    "claude-3-5-haiku": Rates(usual=_price(0.8, 4)),
    "claude-haiku-4-5": Rates(usual=_price(1, 5)),
    "claude-haiku-5-5": Rates(usual=_price(0.1, 0.5), long=_price(0.5, 2.5), long_over=100_000),
}
_SONNET_5_5_BEFORE = Rates(usual=_price(2, 10))
_SONNET_5_5_CUT_MS = 1_791_331_200_000  # 2026-10-07: cache reads of Sonnet 5.5 went from $0.20 to $0.10

_AROUND = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic[./])?|(?:\[1m\])?$")
_DATE = re.compile(r"(?:[-@](?:\d{8}|latest|0))?(?:-v\d+(?::\d+)?)?$")


@lru_cache(maxsize=256)
def rates(model: str) -> Rates | None:
    """Prices of a model, by any of its names: with date, `[1m]`, or a cloud's prefix and suffix. None: unknown."""
    return _RATES.get(_DATE.sub("", _AROUND.sub("", model.strip().lower()), count=1))


def picos(model: str, tokens: Tokens, *, at_ms: int = 0, fast: bool = False) -> int | None:
    """What one reply cost in picodollars, or None where the model's price is unknown; a reply of no tokens is free.

    `at_ms` picks the price of that day; `fast` is `usage.speed` "fast", at the usual price where no other is listed.
    """
    if not tokens.total:
        return 0
    known = rates(model)
    if known is None:
        return None
    if at_ms and at_ms < _SONNET_5_5_CUT_MS and known is _RATES["claude-sonnet-5-5"]:
        known = _SONNET_5_5_BEFORE
    if fast and known.fast is not None:
        return known.fast.picos(tokens)
    prompt = tokens.input + tokens.cache_creation + tokens.cache_read
    if known.long is not None and prompt > known.long_over:
        return known.long.picos(tokens)
    return known.usual.picos(tokens)
