"""What the owner's own prices make of measured figures.

They are put on where figures are read, never kept: what is kept stays at list price, so a price that changes holds for
everything at once, old days too, and one that is taken away leaves no trace.
"""

from collections.abc import Mapping
from dataclasses import replace

from tray_app.core.sessions.counting.money import PICOS_PER_SEARCH, micros
from tray_app.core.sessions.live.scan import DayUsage
from tray_app.core.sessions.ranges import DaySum
from tray_app.core.sessions.session import Cost, Estimate, Session, Tokens
from tray_app.core.settings.prices import ModelPrice, OwnPrices

_MICROS = 1_000_000


def own_micros(prices: OwnPrices, model: str, tokens: Tokens, searches: int) -> int | None:
    """What this cost by the owner's price, in millionths of a dollar; None where they say none for this model."""
    price = prices.of(model)
    return None if price is None else micros(_picos(price, tokens) + searches * PICOS_PER_SEARCH)


def day_micros(prices: OwnPrices, usage: DayUsage) -> int | None:
    """What a day of one session and model cost; None where nobody knows the price."""
    own = own_micros(prices, usage.model, usage.tokens, usage.searches)
    return usage.micros if own is None else own


def priced_day(prices: OwnPrices, day: DaySum) -> DaySum:
    """A day of all sessions likewise."""
    own = own_micros(prices, day.model, day.tokens, day.searches)
    return day if own is None else replace(day, micros=own, unpriced=False)


def concerns(prices: OwnPrices, session: Session) -> bool:
    """Whether the owner has a price for any model of this session."""
    return any(prices.of(model) is not None for model in session.tokens)


def priced(prices: OwnPrices, session: Session, estimates: Mapping[str, Estimate] | None = None) -> Session:
    """The session at the owner's prices, which come before the client's own figure: that is at list price.

    `estimates` of its models are the session's own where none are given.
    """
    if not concerns(prices, session):
        return session
    known = session.estimates if estimates is None else estimates
    amounts = {model: _amount(prices, model, tokens, known.get(model)) for model, tokens in session.tokens.items()}
    unknown = tuple(model for model, amount in amounts.items() if amount is None)
    total = None if unknown else sum(amount for amount in amounts.values() if amount is not None)
    return replace(session, cost=Cost(micros=total, unknown_models=unknown))


def _amount(prices: OwnPrices, model: str, tokens: Tokens, listed: Estimate | None) -> int | None:
    own = own_micros(prices, model, tokens, 0 if listed is None else listed.searches)
    return own if own is not None or listed is None else listed.micros


def _picos(price: ModelPrice, tokens: Tokens) -> int:
    write = 1.25 * price.input if price.cache_write is None else price.cache_write
    write_1h = write if price.cache_write_1h is None else price.cache_write_1h
    read = 0.1 * price.input if price.cache_read is None else price.cache_read
    return (
        tokens.input * _whole(price.input)
        + tokens.output * _whole(price.output)
        + (tokens.cache_creation - tokens.cache_creation_1h) * _whole(write)
        + tokens.cache_creation_1h * _whole(write_1h)
        + tokens.cache_read * _whole(read)
    )


def _whole(dollars: float) -> int:
    """Dollars per million tokens as picodollars for each."""
    return round(dollars * _MICROS)
