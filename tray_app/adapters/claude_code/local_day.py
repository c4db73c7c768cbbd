"""Which local calendar day a moment belongs to."""

import time
from datetime import UTC, date, datetime
from functools import lru_cache

_QUARTER_MS = 900_000  # every time zone's midnight falls on a quarter of an hour


def local_day(at_ms: int) -> int:
    """The local day's number, as `date.toordinal` counts."""
    return _day_of_quarter(at_ms // _QUARTER_MS)


@lru_cache(maxsize=4096)
def _day_of_quarter(quarter: int) -> int:
    seconds = quarter * _QUARTER_MS // 1000
    try:
        here = time.localtime(seconds)
        return date(here.tm_year, here.tm_mon, here.tm_mday).toordinal()
    except (OSError, OverflowError, ValueError):  # Windows knows no year 3001
        return datetime.fromtimestamp(min(seconds, 32_000_000_000), UTC).date().toordinal()
