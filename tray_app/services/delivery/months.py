"""The month by which a chat service counts, as this computer's calendar has it."""

from datetime import UTC, datetime


def month_of(at_ms: int) -> str:
    """Name the month of a wall-clock time, such as `2026-11`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%Y-%m")
