"""How measured figures are said: counts short enough for a menu, durations, money. Never more exact than measured."""

from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.session import Cost

_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1_000, 60_000, 3_600_000, 86_400_000
_MICROS = 1_000_000
_CENT = 10_000


def short(count: int) -> str:
    """`950`, `1.2k`, `182k`, `1.4M`, `6.2B`: three figures at most, rounded down so that nothing is overstated."""
    if abs(count) < 1_000:  # noqa: PLR2004 - below a thousand
        return str(count)
    for unit, name in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "B")):
        if count < unit * 1_000 or name == "B":
            whole, tenth = count // unit, count % unit * 10 // unit
            return f"{whole}.{tenth}{name}" if whole < 10 and tenth else f"{whole}{name}"  # noqa: PLR2004 - one figure
    raise AssertionError


def duration(ms: int) -> Text:
    """`40 s`, `12 min`, `1 h 5 min`, `2 d 3 h`; less than nothing (the clock went back) reads as 0 s."""
    ms = max(ms, 0)
    if ms < _MINUTE_MS:
        return text("sessions.seconds", count=ms // _SECOND_MS)
    if ms < _HOUR_MS:
        return text("sessions.minutes", count=ms // _MINUTE_MS)
    if ms < _DAY_MS:
        return text("sessions.hours", hours=ms // _HOUR_MS, minutes=ms % _HOUR_MS // _MINUTE_MS)
    return text("sessions.days", days=ms // _DAY_MS, hours=ms % _DAY_MS // _HOUR_MS)


def dollars(micros: int) -> str:
    """`$1.23`; below a cent `<$0.01`, and `$0.00` only where it is nothing."""
    if 0 < micros < _CENT:
        return "<$0.01"
    cents = (micros + _CENT // 2) // _CENT
    return f"${cents // 100:,}.{cents % 100:02}"


def cost(what: Cost) -> Text:
    """The estimate labelled as one, the client's own figure as its, an unknown price as unknown."""
    if what.micros is None:
        models = ", ".join(what.unknown_models)
        return text("sessions.price_unknown_of", models=models) if models else text("sessions.price_unknown")
    entry = "sessions.cost_by_client" if what.by_client else "sessions.cost_estimate"
    return text(entry, amount=dollars(what.micros))
