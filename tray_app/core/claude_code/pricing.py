"""List prices of Claude models, dated, and what one reply cost by them. An estimate: what is billed may differ.

Source: platform.claude.com/docs/en/about-claude/pricing, and the price list inside Claude Code 2.1.330, which agrees
with it; both read 2026-11-22. The page's rules beside the table, each checked there:

- Long prompts (Sonnet 4 and 4.5 above 200 000 tokens, Haiku 5.5 above 100 000): what counts is one request's input with
  cache reads and writes; above it all of its tokens cost the higher price, the output too ("If your request exceeds
  200K input tokens, all tokens incur premium pricing"). Claude 4.6 and later have one price for every length ("A
  900k-token request is billed at the same per-token rate as a 9k-token request"). Of Sonnet 4 and 4.5 the page says no
  such price since 2026-03-31, as their window is 200 000 since: the last published one holds where a cloud takes more.
- Regional and multi-region endpoints of Bedrock and Vertex cost 10 % more from Sonnet 4.5 and Haiku 4.5 on; older
  models do not. Bedrock's ids say which (`us.anthropic.…`; `global.` is none), Vertex's do not.
- `inference_geo` "us" costs 1.1 times as much, from Opus 4.6 on. Web searches cost $10 per 1,000.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from tray_app.core.sessions.counting.money import PICOS_PER_SEARCH, STANDARD, Terms
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
    """All prices of one model. `long` holds for a whole request whose prompt is above `long_over` tokens.

    `by_place`: computed in one region only, it costs a tenth more.
    """

    usual: Price
    fast: Price | None = None
    long: Price | None = None
    long_over: int = 0
    by_place: bool = True


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


_OLD_OPUS = Rates(usual=_price(15, 75), by_place=False)
_OPUS_4_5 = Rates(usual=_price(5, 25))
_OPUS_4_6 = Rates(usual=_price(5, 25), fast=_price(30, 150))
_OPUS_4_8 = Rates(usual=_price(5, 25), fast=_price(10, 50))
_OLD_SONNET = Rates(usual=_price(3, 15), by_place=False)
_SONNET_4_5 = Rates(usual=_price(3, 15), long=_price(6, 22.5), long_over=200_000)
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
    "claude-3-5-sonnet": _OLD_SONNET,
    "claude-3-7-sonnet": _OLD_SONNET,
    "claude-sonnet-4": replace(_SONNET_4_5, by_place=False),
    "claude-sonnet-4-5": _SONNET_4_5,
    "claude-sonnet-4-6": Rates(usual=_price(3, 15)),
    "claude-sonnet-5": Rates(usual=_price(2, 10)),
    "claude-sonnet-5-5": Rates(usual=_price(2, 10, read_usd=0.1)),
    "claude-3-5-haiku": Rates(usual=_price(0.8, 4), by_place=False),
    "claude-haiku-4-5": Rates(usual=_price(1, 5)),
    "claude-haiku-5-5": Rates(usual=_price(0.1, 0.5), long=_price(0.5, 2.5), long_over=100_000),
}
_SONNET_5_5_BEFORE = Rates(usual=_price(2, 10))
_SONNET_5_5_CUT_MS = 1_791_331_200_000  # 2026-10-07: cache reads of Sonnet 5.5 went from $0.20 to $0.10

_NO_GEO_BEFORE = frozenset({"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"})

_NAME = re.compile(
    r"(?:.*/)?"  # `anthropic/`, `bedrock/`, an ARN up to its last part
    r"(?:(?P<region>[a-z]+(?:-[a-z]+)*)\.(?=anthropic\.))?(?:[a-z]+\.)*(?:databricks-)?"  # `us.anthropic.`
    r"(?P<model>claude-[a-z0-9.-]+?)"
    r"(?:-v\d+)?(?:[-@](?:\d{8}|latest|default|0))?(?:-v\d+)?(?:-thinking)?(?::[a-z0-9-]+)*(?:\[\w+\])?"
)
_TURNED = re.compile(r"claude-(\d+(?:-\d)?)-([a-z]+)")  # `claude-4.5-sonnet`, as other services name it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    model: str
    rates: Rates
    regional: bool


@lru_cache(maxsize=256)
def _known(name: str) -> _Known | None:
    found = _NAME.fullmatch(name.strip().lower())
    model = "" if found is None else found["model"].replace(".", "-")
    if model not in _RATES:
        model = _TURNED.sub(r"claude-\2-\1", model)
    listed = _RATES.get(model)
    if found is None or listed is None:
        return None
    return _Known(model=model, rates=listed, regional=found["region"] not in (None, "global") and listed.by_place)


def rates(model: str) -> Rates | None:
    """Prices of a model, by any of its names: with date, `[1m]`, or a cloud's prefix and suffix. None: unknown."""
    known = _known(model)
    return None if known is None else known.rates


def picos(model: str, tokens: Tokens, *, at_ms: int = 0, terms: Terms = STANDARD) -> int | None:
    """What one reply cost in picodollars, or None where the model's price is unknown; a reply of no tokens is free.

    `at_ms` picks the price of that day; a fast reply costs the usual price where no other is listed.
    """
    if not tokens.total:
        return 0
    known = _known(model)
    if known is None:
        return None
    listed = known.rates
    if at_ms and at_ms < _SONNET_5_5_CUT_MS and known.model == "claude-sonnet-5-5":
        listed = _SONNET_5_5_BEFORE
    amount = sum(_price_of(listed, one, fast=terms.fast).picos(one) for one in terms.parts or (tokens,))
    in_one_place = known.regional or (terms.us_only and listed.by_place and known.model not in _NO_GEO_BEFORE)
    return (amount * 11 // 10 if in_one_place else amount) + terms.searches * PICOS_PER_SEARCH


def _price_of(listed: Rates, request: Tokens, *, fast: bool) -> Price:
    if fast and listed.fast is not None:
        return listed.fast
    if listed.long is not None and request.prompt > listed.long_over:
        return listed.long
    return listed.usual
