"""What replies cost, exactly: whole picodollars (10^-12 $) until somebody reads them."""

from typing import NamedTuple, Protocol

from tray_app.core.sessions.session import Tokens

PICOS_PER_MICRO = 1_000_000
PICOS_PER_SEARCH = 10_000_000_000  # $10 per 1,000 web searches, whatever model asked


class Terms(NamedTuple):
    """What a reply's price depends on beside its tokens.

    `us_only`: it was to be computed in the United States. `searches`: web searches that the service made for it.
    `parts`: the tokens of each request to the model, where it took several; a price by length is each one's own.
    """

    fast: bool = False
    us_only: bool = False
    searches: int = 0
    parts: tuple[Tokens, ...] = ()


STANDARD = Terms()


class PriceOf(Protocol):
    """The price list of an agent's models."""

    def __call__(self, model: str, tokens: Tokens, *, at_ms: int, terms: Terms) -> int | None:
        """What one reply cost in picodollars at that time; None where the model's price is unknown."""
        ...


def micros(amount_picos: int) -> int:
    """Millionths of a dollar, rounded to the nearest."""
    return (amount_picos + PICOS_PER_MICRO // 2) // PICOS_PER_MICRO
