"""Which charts a range of sessions has: tokens by day and kind, sessions by project, calls by tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import east_asian_width

from tray_app.core.kernel.charts import ChartSpan, ColumnChart, RowChart, columns, rows, share, spans
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import fit
from tray_app.core.sessions.pages.views import window_of
from tray_app.core.sessions.ranges import DaySum, RangeTotals, ToolSum
from tray_app.core.sessions.session import Session, Tokens
from tray_app.core.sessions.tools import plain
from tray_app.core.sessions.usage.usage import UsageLine, UsageTable

_MOST_ROWS = 8
_ROOM = 26  # half widths of a name beside its figure, in the narrowest window


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChart:
    """Tokens of one kind: `total` over all days, and a column for each span of days."""

    name: Text
    total: int
    chart: ColumnChart


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTable:
    """Tokens by day: charts of one kind each, and the same as rows of a table. `labels` of the spans: `11-22`."""

    kinds: tuple[KindChart, ...]
    labels: tuple[str, ...]
    spans: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """One bar's words: its name cut to what has room, its whole name, its values."""

    short: str
    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedChart:
    """Bars with names. `others`: how many more there are, which add up to `rest`."""

    rows: tuple[NamedRow, ...]
    chart: RowChart
    others: int
    rest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUse:
    """Tokens in the context when it was last measured, of how many, and the share in percent."""

    used: int
    window: int
    percent: float


def day_table(totals: RangeTotals, *, since: date | None, until: date) -> DayTable:
    """Tokens by day; without `since` from the first day on which there was anything."""
    first = min((date.fromisoformat(one.day) for one in totals.days), default=until)
    cut = spans(min(first, until) if since is None else since, until)
    sums = _by_span(totals.days, cut)
    kinds = [
        ("session_page.input", [one.input for one in sums]),
        ("session_page.output", [one.output for one in sums]),
        ("session_page.cache_creation", [one.cache_creation for one in sums]),
        ("session_page.cache_read", [one.cache_read for one in sums]),
    ]
    return DayTable(
        kinds=tuple(KindChart(name=text(name), total=sum(values), chart=columns(values)) for name, values in kinds),
        labels=tuple(f"{span.first:%m-%d}" for span in cut),
        spans=tuple(_words(span) for span in cut),
        rows=tuple((one.input, one.output, one.cache_creation, one.cache_read, one.total) for one in sums),
    )


def projects(totals: RangeTotals) -> NamedChart:
    """Sessions by project."""
    return _named([(one.project, (one.sessions,)) for one in totals.projects])


def tools(sums: Sequence[ToolSum], *, most: int = _MOST_ROWS) -> NamedChart:
    """Calls by tool: those that went well, failed, were refused by the person."""
    well = [(one, max(one.calls - one.failed - one.denied, 0)) for one in sums]
    return _named([(one.tool, (good, one.failed, one.denied)) for one, good in well], most=most)


def tools_of(session: Session, *, most: int = _MOST_ROWS) -> NamedChart:
    """Calls by tool of one session."""
    used = sorted(session.tools.items(), key=lambda entry: (-entry[1].calls, entry[0]))
    return tools(
        [ToolSum(tool=name, calls=use.calls, failed=use.failed, denied=use.denied) for name, use in used], most=most
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageChart:
    """What was used by span of days, and by name: in money (millionths of a dollar) where any price is known."""

    money: bool
    total: int
    chart: ColumnChart
    labels: tuple[str, ...]
    spans: tuple[str, ...]
    names: NamedChart


def usage_chart(found: UsageTable, days: UsageTable, *, since: date | None, until: date) -> UsageChart:
    """Draw both; without `since` from the first day on which there was anything."""
    money = found.total.micros > 0
    first = min((date.fromisoformat(one.name) for one in days.lines), default=until)
    cut = spans(min(first, until) if since is None else since, until)
    sums, length = [0] * len(cut), (cut[0].last - cut[0].first).days + 1
    for one in days.lines:
        index = (date.fromisoformat(one.name) - cut[0].first).days // length
        if 0 <= index < len(sums):
            sums[index] += _used(one, money=money)
    named: dict[str, int] = {}
    for one in found.lines:
        named[one.name] = named.get(one.name, 0) + _used(one, money=money)
    return UsageChart(
        money=money,
        total=sum(sums),
        chart=columns(sums),
        labels=tuple(f"{span.first:%m-%d}" for span in cut),
        spans=tuple(_words(span) for span in cut),
        names=_named([(name, (used,)) for name, used in sorted(named.items(), key=lambda one: -one[1]) if used]),
    )


def _used(one: UsageLine, *, money: bool) -> int:
    return one.micros if money else one.tokens.total


def context_of(session: Session) -> ContextUse | None:
    """How full the context is; None where nothing was said of it."""
    used = session.context_tokens
    if not used:
        return None
    window = window_of(used)
    return ContextUse(used=used, window=window, percent=share(used, window))


def fit_columns(words: str, room: int) -> str:
    """Cut words to `room` half widths: a Chinese letter takes two."""
    words, used = fit(words, 2 * room), 0
    for index, char in enumerate(words):
        used += 2 if east_asian_width(char) in "WF" else 1
        if used > room:
            return words[: max(index - 1, 0)].rstrip() + "…"
    return words


def _short(name: str) -> str:
    """Of `mcp__dingtalk__dingtalk_send_link` the last part: whole, most such names would be cut to the same words."""
    return fit_columns(plain(name), _ROOM)


def _named(found: Sequence[tuple[str, tuple[int, ...]]], *, most: int = _MOST_ROWS) -> NamedChart:
    shown, others = found[:most], found[most:]
    return NamedChart(
        rows=tuple(NamedRow(short=_short(name), name=name, values=values) for name, values in shown),
        chart=rows([values for _, values in shown]),
        others=len(others),
        rest=sum(sum(values) for _, values in others),
    )


def _by_span(days: Sequence[DaySum], cut: Sequence[ChartSpan]) -> list[Tokens]:
    sums = [Tokens() for _ in cut]
    length = (cut[0].last - cut[0].first).days + 1
    for one in days:
        index = (date.fromisoformat(one.day) - cut[0].first).days // length
        if 0 <= index < len(sums):
            sums[index] += one.tokens
    return sums


def _words(span: ChartSpan) -> str:
    return f"{span.first}" if span.first == span.last else f"{span.first} – {span.last}"
