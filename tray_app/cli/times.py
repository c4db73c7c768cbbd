"""How a command writes a time."""

from datetime import datetime


def local_time(ms: int) -> datetime:
    """Give wall-clock milliseconds as this computer's local time."""
    return datetime.fromtimestamp(ms / 1000).astimezone()


def clock_time(ms: int) -> str:
    """Local date and time, to the minute."""
    return local_time(ms).strftime("%Y-%m-%d %H:%M")
