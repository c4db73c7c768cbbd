"""How a command writes a time."""

from datetime import datetime


def clock_time(ms: int) -> str:
    """Local date and time, to the minute."""
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
