"""The table of what agents used, for whoever shows or reads it.

`to_data` gives it as plain values: what `usage --json` prints and the file for spreadsheets holds. `said` puts those
into words, for the page and the command line alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tray_app.core.kernel.spreadsheet import lines
from tray_app.core.kernel.texts import Catalog
from tray_app.core.sessions.figures import dollars, duration, short
from tray_app.core.sessions.usage.usage import AskedUsage, UsageBy, UsageLine, UsageTable

_MICROS = 1_000_000
_NOTHING = "–"
COLUMNS = (
    "week",
    "name",
    "sessions",
    "active_ms",
    "tokens_input",
    "tokens_output",
    "tokens_cache_creation",
    "tokens_cache_creation_1h",
    "tokens_cache_read",
    "tokens_total",
    "cost_usd",
    "cost_known_usd",
    "messages",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTable:
    """The same in words. `figures`: so many of the last columns are figures, which stand to the right."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    total: tuple[str, ...]
    figures: int = 5


def to_data(found: UsageTable, asked: AskedUsage) -> dict[str, Any]:
    """The table as plain JSON; the names are stable (docs/seams.md)."""
    return {
        "by": found.by.value,
        "weekly": found.weekly,
        "since": asked.days.since.isoformat(),
        "until": asked.days.until.isoformat(),
        "project": asked.days.project,
        "rows": [line_data(one) for one in found.lines],
        "total": line_data(found.total),
        "unpriced_models": list(found.unpriced),
    }


def line_data(one: UsageLine) -> dict[str, Any]:
    """One row of it."""
    tokens = one.tokens
    return {
        "week": one.week or None,
        "name": one.name,
        "sessions": one.sessions,
        "active_ms": one.active_ms,
        "tokens": {
            "input": tokens.input,
            "output": tokens.output,
            "cache_creation": tokens.cache_creation,
            "cache_creation_1h": tokens.cache_creation_1h,
            "cache_read": tokens.cache_read,
            "total": tokens.total,
        },
        "cost_usd": None if one.unpriced else one.micros / _MICROS,
        "cost_known_usd": one.micros / _MICROS,
        "messages": one.messages,
    }


def said(data: Mapping[str, Any], words: Catalog) -> SaidTable:
    """Put what `to_data` gives into words: a heading, rows and a sum, each of as many cells."""
    leads = tuple(_leads(data))
    names = (*(f"usage.column_{name}" for name in leads), "usage.sessions", "usage.time", "usage.tokens", "usage.cost")
    head = tuple(words(name) for name in (*names, "usage.messages"))
    total = (words("usage.total"), *("" for _ in leads[1:]), *_figures(data["total"], words))
    rows = [(*(_lead(name, row, words) for name in leads), *_figures(row, words)) for row in data["rows"]]
    return SaidTable(head=head, rows=rows, total=total)


def _leads(data: Mapping[str, Any]) -> Iterator[str]:
    if data["weekly"]:
        yield "week"
    if not (data["weekly"] and data["by"] == UsageBy.DAY):
        yield data["by"]


def _lead(name: str, row: Mapping[str, Any], words: Catalog) -> str:
    if name == "week":
        return str(row["week"])
    return row["name"] or words("usage.no_project" if name == UsageBy.PROJECT else "usage.no_model")


def _figures(row: Mapping[str, Any], words: Catalog) -> tuple[str, ...]:
    return (
        str(row["sessions"]),
        words(duration(row["active_ms"])),
        short(row["tokens"]["total"]),
        cost_words(round(row["cost_known_usd"] * _MICROS), whole=row["cost_usd"] is not None),
        _NOTHING if row["messages"] is None else str(row["messages"]),
    )


def cost_words(micros: int, *, whole: bool) -> str:
    """`$3.10`; `≥ $3.10` where some of it has no known price, and `–` where all of it has none."""
    if whole:
        return dollars(micros)
    return f"≥ {dollars(micros)}" if micros else _NOTHING


def as_csv(data: Mapping[str, Any]) -> str:
    """The rows for a spreadsheet, with a head. A file begins with `spreadsheet.BOM`; programs that read want none."""
    return lines([COLUMNS, *(_cells(row) for row in data["rows"])])


def _cells(row: Mapping[str, Any]) -> Iterator[object]:
    for name in COLUMNS:
        yield row["tokens"][name.removeprefix("tokens_")] if name.startswith("tokens_") else row[name]
