"""What replies cost, exactly: whole picodollars (10^-12 $) until somebody reads them."""

from typing import Protocol

from tray_app.core.sessions.session import Tokens

PICOS_PER_MICRO = 1_000_000


class PriceOf(Protocol):
    """The price list of an agent's models."""

    def __call__(self, model: str, tokens: Tokens, *, at_ms: int, fast: bool) -> int | None:
        """What one reply cost in picodollars at that time; None where the model's price is unknown."""
        ...


def micros(amount_picos: int) -> int:
    """Millionths of a dollar, rounded to the nearest."""
    return (amount_picos + PICOS_PER_MICRO // 2) // PICOS_PER_MICRO
