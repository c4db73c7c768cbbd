"""What a server's clock shows, as it says in the header `Date` of its answers."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime


def date_ms(headers: Mapping[str, str]) -> int | None:
    """Read `date` (names in lower case): milliseconds since 1970, to the second; None where it does not say."""
    return http_date_ms(headers.get("date", ""))


def http_date_ms(said: str) -> int | None:
    """Read a date as HTTP writes it; None where it is none."""
    try:
        date = parsedate_to_datetime(said)
        return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
