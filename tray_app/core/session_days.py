"""Which days somebody asks for: read from an address, said as an address again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from tray_app.core.session_range import SessionRange
from tray_app.core.texts import Text, text

PRESETS = ("1", "7", "30", "all")
USUAL = "30"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2999, 1, 1)  # beyond it some systems know no local time
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDays:
    """What stood in the address. `preset` is empty where days were given. `errors` by field."""

    since: date
    until: date
    preset: str
    project: str
    errors: Mapping[str, Text] = field(default_factory=dict)

    @property
    def begins(self) -> date | None:
        """The first day; None where it is whichever has something."""
        return None if self.preset == "all" else self.since

    def query(self, **more: str) -> str:
        """The address's query that asks for the same, and more; a value of `more` takes the place of its own."""
        days = {"days": self.preset} if self.preset else {"from": self.since.isoformat(), "to": self.until.isoformat()}
        if "days" in more:
            days = {}
        asked = {**days, "project": self.project, **more}
        return urlencode({name: value for name, value in asked.items() if value})

    def range(self, midnight: Callable[[date], int]) -> SessionRange:
        """`midnight` gives the wall-clock milliseconds at which a local day begins."""
        return SessionRange(
            since_ms=midnight(self.since),
            until_ms=midnight(self.until + timedelta(days=1)),
            since_day=self.since.isoformat(),
            until_day=self.until.isoformat(),
            project=self.project,
        )


def read(asked: Mapping[str, str], *, today: date) -> AskedDays:
    """Read `days`, or `from` and `to`, and `project`. Nonsense is told beside its field, and the usual days shown."""
    project = asked.get("project", "")[:_LONGEST_NAME]
    words = {name: asked[name][:40] for name in ("from", "to") if asked.get(name)}
    errors = {name: text("session_page.no_day", words=said) for name, said in words.items() if _day(said) is None}
    preset = asked.get("days", "")
    if not words or errors:
        preset = preset if preset in PRESETS else USUAL
        since = _EARLIEST if preset == "all" else today - timedelta(days=int(preset) - 1)
        return AskedDays(since=since, until=today, preset=preset, project=project, errors=errors)
    until = _day(words.get("to", "")) or today
    since = _day(words.get("from", "")) or min(until, today)
    since, until = min(since, until), max(since, until)
    return AskedDays(since=since, until=until, preset="", project=project)


def _day(words: str) -> date | None:
    if not _DAY.fullmatch(words):
        return None
    try:
        found = date.fromisoformat(words)
    except ValueError:
        return None
    return found if _EARLIEST <= found < _LATEST else None
