"""What is asked of the history: filters and words, as a page's address or a command's options write them.

Reading is total: a value that cannot be meant is left out and named, so that an address somebody typed still shows a
page. Times are wall-clock milliseconds since 1970.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from tray_app.core.delivery.delivery import Delivery, Source, Stage
from tray_app.core.kernel.texts import Text, text

PAGE_ROWS = 50
MOST_ROWS = 500
MAX_CHARS = 200
MAX_TERMS = 8
FIELDS = ("q", "status", "robot", "tool", "project", "session", "client", "source", "since", "until")
STATUSES: Mapping[str, frozenset[Stage]] = MappingProxyType(
    {
        "waiting": frozenset({Stage.HELD, Stage.QUEUED, Stage.SENDING}),
        "unsent": frozenset(Stage) - {Stage.HELD, Stage.QUEUED, Stage.SENDING, Stage.SENT},
        **{stage.value: frozenset({stage}) for stage in Stage},
    }
)
_AGO = re.compile(r"(\d{1,5})(m|h|d)")
_AGO_MS = MappingProxyType({"m": 60_000, "h": 3_600_000, "d": 86_400_000})
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
_SEQ_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which rows, newest first. Empty strings, an empty set and None mean "any".

    `words` must all occur somewhere in title, text, robot, project or tool. `since_ms` is the first moment, `until_ms`
    the first one after. `before` is a place in the history (`HistoryRow.seq`): only older rows.
    """

    words: tuple[str, ...] = ()
    stages: frozenset[Stage] = frozenset()
    robot: str = ""
    tool: str = ""
    project: str = ""
    session: str = ""
    client: str = ""
    source: Source | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    before: int | None = None
    limit: int = PAGE_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A message and its place: a later one has a greater `seq`."""

    seq: int
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Rows, newest first; `older` is the `before` of the next page, None where this is the last one."""

    rows: tuple[HistoryRow, ...]
    older: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to choose from, as the newest messages have it."""

    robots: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a delivery. `took_ms` is None while it is on the wire, or where the app died meanwhile."""

    number: int
    robot: str
    at_ms: int
    took_ms: int | None
    outcome: str
    errcode: int | None
    reason: Text | None
    said: str = ""  # the chat service's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """A query, the fields as they were written (for the form and for links), and what is wrong with which."""

    query: HistoryQuery
    fields: Mapping[str, str]
    faults: Mapping[str, Text] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the newest messages is asked for."""
        return bool(self.fields)


def terms(words: str) -> tuple[str, ...]:
    """Split what was typed: each word counts by itself, words within double quotes as they stand."""
    found = (quoted or word for quoted, word in _TERM.findall(words.replace("\0", "")))
    return tuple(dict.fromkeys(term for term in found if term.strip()))[:MAX_TERMS]


def read(given: Mapping[str, str], *, now_ms: int, day_ms: Callable[[date], int]) -> HistoryFilter:
    """Read an address's parameters (`FIELDS`, `before`, `limit`); others are none of ours.

    `day_ms` says when a day begins where the owner is. `since` and `until` (that day included) are days, `2026-11-22`,
    or spans until now: `30m`, `12h`, `7d`.
    """
    fields = {name: value.strip() for name in FIELDS if (value := given.get(name, "")).strip()}
    faults: dict[str, Text] = {}
    for name, value in fields.items():
        if len(value) > MAX_CHARS:
            faults[name] = text("history.too_long", most=MAX_CHARS)
    if "status" in fields and fields["status"] not in STATUSES:
        faults["status"] = text("history.bad_status")
    if "source" in fields and fields["source"] not in set(Source):
        faults["source"] = text("history.bad_source")
    times: dict[str, int] = {}
    for name in ("since", "until"):
        if name in fields:
            try:
                times[name] = _time(fields[name], now_ms=now_ms, day_ms=day_ms, end=name == "until")
            except (ValueError, OverflowError, OSError):
                faults[name] = text("history.bad_day")
    if times.get("since", 0) >= times.get("until", now_ms + times.get("since", 0) + 1):
        faults["until"] = text("history.ends_before")
        del times["until"]
    good = {name: value for name, value in fields.items() if name not in faults}
    query = HistoryQuery(
        words=terms(good.get("q", "")),
        stages=STATUSES.get(good.get("status", ""), frozenset()),
        robot=good.get("robot", ""),
        tool=good.get("tool", ""),
        project=good.get("project", ""),
        session=good.get("session", ""),
        client=good.get("client", ""),
        source=Source(good["source"]) if "source" in good else None,
        since_ms=times.get("since"),
        until_ms=times.get("until"),
        before=_seq(given.get("before", "")),
        limit=min(max(_seq(given.get("limit", "")) or PAGE_ROWS, 1), MOST_ROWS),
    )
    return HistoryFilter(query=query, fields=fields, faults=faults)


def _time(value: str, *, now_ms: int, day_ms: Callable[[date], int], end: bool) -> int:
    ago = _AGO.fullmatch(value)
    if ago is not None:
        return now_ms - int(ago[1]) * _AGO_MS[ago[2]]
    day = date.fromisoformat(value)
    return day_ms(date.fromordinal(day.toordinal() + 1) if end else day)


def _seq(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _SEQ_DIGITS else None
