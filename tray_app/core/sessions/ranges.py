"""What belongs to a range of days, and the days themselves."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.session import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRange:
    """Sessions that were active from `since_ms` up to before `until_ms`: the local days `since_day` to `until_day`.

    Days are `2026-11-22`, both included. `project`: only this one; empty for all.
    """

    since_ms: int
    until_ms: int
    since_day: str
    until_day: str
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The last session of the page before: the next one begins behind it."""

    last_ms: int
    session_id: str

    def to_key(self) -> str:
        """Words for an address."""
        return f"{self.last_ms}.{self.session_id}"

    @classmethod
    def from_key(cls, key: str) -> "After | None":
        """Read `to_key`'s form; None for anything else."""
        last_ms, dot, session_id = key.partition(".")
        plain = last_ms.isascii() and last_ms.isdigit() and len(last_ms) <= 15  # noqa: PLR2004 - what SQLite can take
        return cls(last_ms=int(last_ms), session_id=session_id) if plain and dot else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Counts over the sessions of a range."""

    sessions: int = 0
    prompts: int = 0
    lines_added: int = 0
    lines_removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSum:
    """Sessions of one project; the empty name stands for those that have none."""

    project: str
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSum:
    """Calls of one tool."""

    tool: str
    calls: int
    failed: int
    denied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """What one model used on one day. `micros`: what is known of its price; `unpriced`: not all of it is.

    `searches` are the web searches in it.
    """

    day: str
    model: str
    tokens: Tokens
    micros: int
    unpriced: bool
    searches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTotals:
    """All that a range adds up to. Lists have the biggest first, `days` the oldest."""

    sums: Sums = Sums()
    projects: Sequence[ProjectSum] = ()
    tools: Sequence[ToolSum] = ()
    days: Sequence[DaySum] = ()

    @property
    def tokens(self) -> Tokens:
        """All days and models together."""
        return sum((one.tokens for one in self.days), Tokens())

    @property
    def micros(self) -> int:
        """What is known of the price, in millionths of a dollar."""
        return sum(one.micros for one in self.days)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known, so that `micros` lacks something."""
        return tuple(dict.fromkeys(one.model for one in self.days if one.unpriced))

    @property
    def tool_calls(self) -> int:
        """All tools together."""
        return sum(one.calls for one in self.tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitSpan:
    """A session waited for its person: for `permission` or `input`."""

    session_id: str
    since_ms: int
    until_ms: int
    asks: str


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

    @property
    def name_parts(self) -> tuple[str, ...]:
        """What the name of a file says of the days."""
        return ("all",) if self.preset == "all" else (self.since.isoformat(), self.until.isoformat())

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
