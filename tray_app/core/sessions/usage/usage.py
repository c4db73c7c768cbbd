"""What agents used, added up by project, model or day, with each week apart where that is asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from tray_app.core.sessions.ranges import AskedDays, SessionRange
from tray_app.core.sessions.ranges import read as read_days
from tray_app.core.sessions.session import Tokens


class UsageBy(StrEnum):
    """What a row stands for. Values are stable: `usage --by` takes them."""

    PROJECT = "project"
    MODEL = "model"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRow:
    """What one session used on one local day (`2026-11-22`) with one model.

    `micros`: its price in millionths of a dollar, None where that is unknown. `active_ms`: this row's share of the time
    for which the session worked, which is kept for the session alone and shared out by the tokens that the model wrote.
    """

    session_id: str
    project: str
    day: str
    model: str
    tokens: Tokens
    micros: int | None
    searches: int = 0
    active_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """So many messages about a project arrived, which were accepted at about `at_ms`; the day is told by the caller."""

    project: str
    at_ms: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One row of the table. `micros` is what is known of the price, and `unpriced` says that this is not all.

    `week` is its Monday, empty where weeks are not apart. `messages` is None where they cannot be told apart so.
    """

    week: str = ""
    name: str = ""
    sessions: int = 0
    active_ms: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    micros: int = 0
    unpriced: bool = False
    messages: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTable:
    """The newest week first, in it the dearest row first; days in order, the newest first."""

    by: UsageBy
    weekly: bool
    lines: Sequence[UsageLine]
    total: UsageLine
    unpriced: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedUsage:
    """What stood in the address or on the command line."""

    days: AskedDays
    by: UsageBy = UsageBy.PROJECT
    weekly: bool = False

    def range(self, midnight: Callable[[date], int]) -> SessionRange:
        """The local days that are asked for."""
        return self.days.range(midnight)

    def query(self, **more: str) -> str:
        """The query that asks for the same, and more; a value of `more` takes the place of its own."""
        return self.days.query(**{"by": self.by.value, "weekly": "1" if self.weekly else "0", **more})

    @property
    def name_parts(self) -> tuple[str, ...]:
        """What the name of a file says of the filter: `by-project`, `weekly`, the days, the project."""
        return ("by-" + self.by.value, "weekly" if self.weekly else "", *self.days.name_parts, self.days.project)


def read(asked: Mapping[str, str], *, today: date, weekly: bool = False) -> AskedUsage:
    """Read `by`, `weekly` and what `ranges.read` knows. Weeks that are apart are whole where the range ends today."""
    by = asked.get("by", "")
    apart = asked["weekly"] == "1" if "weekly" in asked else weekly
    days = read_days(asked, today=today)
    if apart and days.preset not in {"", "all"}:
        days = replace(days, since=monday(days.since))
    return AskedUsage(days=days, by=UsageBy(by) if by in set(UsageBy) else UsageBy.PROJECT, weekly=apart)


def monday(day: date) -> date:
    """When its week began."""
    return day - timedelta(days=day.weekday())


@dataclass(slots=True)
class _Sum:
    sessions: set[str] = field(default_factory=set)
    active_ms: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    micros: int = 0
    unpriced: bool = False
    messages: int = 0

    def add(self, row: UsedRow) -> None:
        self.sessions.add(row.session_id)
        self.active_ms += row.active_ms
        self.tokens += row.tokens
        self.micros += row.micros or 0
        self.unpriced = self.unpriced or row.micros is None

    def line(self, week: str, name: str, *, messages: bool) -> UsageLine:
        return UsageLine(
            week=week,
            name=name,
            sessions=len(self.sessions),
            active_ms=self.active_ms,
            tokens=self.tokens,
            micros=self.micros,
            unpriced=self.unpriced,
            messages=self.messages if messages else None,
        )


def table(
    used: Iterable[UsedRow],
    sent: Iterable[SentRow],
    *,
    by: UsageBy,
    weekly: bool,
    local_day: Callable[[int], str],
) -> UsageTable:
    """Add up. A message is no model's, so that table counts none of them; the sum below it does."""
    sums: dict[tuple[str, str], _Sum] = {}
    total, unpriced = _Sum(), dict[str, None]()
    for row in used:
        key = _key(by, weekly, project=row.project, day=row.day, model=row.model)
        sums.setdefault(key, _Sum()).add(row)
        total.add(row)
        if row.micros is None:
            unpriced[row.model] = None
    for message in sent:
        total.messages += message.count
        if by is not UsageBy.MODEL:
            key = _key(by, weekly, project=message.project, day=local_day(message.at_ms), model="")
            sums.setdefault(key, _Sum()).messages += message.count
    counted = by is not UsageBy.MODEL
    found = [one.line(week, name, messages=counted) for (week, name), one in sums.items()]
    return UsageTable(
        by=by,
        weekly=weekly,
        lines=_ordered(found, by),
        total=total.line("", "", messages=True),
        unpriced=tuple(unpriced),
    )


def _key(by: UsageBy, weekly: bool, *, project: str, day: str, model: str) -> tuple[str, str]:  # noqa: FBT001 - a flag of the table
    week = monday(date.fromisoformat(day)).isoformat() if weekly else ""
    match by:
        case UsageBy.PROJECT:
            return week, project
        case UsageBy.MODEL:
            return week, model
        case UsageBy.DAY:
            return week, "" if weekly else day


def _ordered(found: list[UsageLine], by: UsageBy) -> list[UsageLine]:
    if by is UsageBy.DAY:
        return sorted(found, key=lambda one: (one.week, one.name), reverse=True)
    dearest = sorted(found, key=lambda one: (-one.micros, -one.tokens.total, one.name))
    return sorted(dearest, key=lambda one: one.week, reverse=True)
