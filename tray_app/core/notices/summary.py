"""The summary of a day or week, as one robot's group reads it: counts first, then each project with its sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_value, as_values, as_words
from tray_app.core.messages.message import MAX_TITLE_CHARS, MarkdownMessage
from tray_app.core.messages.signature import signed
from tray_app.core.notices.asked import cut
from tray_app.core.notices.rules import TELLING_ERRORS
from tray_app.core.reports.outcome import outcome_of
from tray_app.core.sessions.figures import dollars, duration
from tray_app.core.sessions.session import Session, SessionState

_MOST_PROJECTS = 12
_MOST_LINES = 30  # in all; each project has its first ones
_MOST_OF_PROJECT = 8
_MOST_OUTCOME = 80
_MOST_NAME = 40


class HowItStands(IntEnum):
    """How a session stands, in the order in which they are told."""

    FAILED = 0
    WAITS = 1
    OPEN = 2
    FINISHED = 3


_MARKS = {HowItStands.FAILED: "❌", HowItStands.WAITS: "⏳", HowItStands.OPEN: "▶️", HowItStands.FINISHED: "✅"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """One session's share of what is summed up. `micros` (millionths of a dollar) is None where a price is unknown.

    `told`: a message of its own has told of it, so it is only counted.
    """

    session: Session
    active_ms: int
    micros: int | None
    told: bool = False

    @property
    def stands(self) -> HowItStands:
        """How it stands."""
        if self.session.failure:
            return HowItStands.FAILED
        if self.session.state is SessionState.ENDED:
            return HowItStands.FINISHED
        return HowItStands.WAITS if self.session.state is SessionState.WAITING else HowItStands.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Of which local days it is, seen from `today`: from `since` to `day`, or the week that ends with `day`."""

    since: date
    day: date
    today: date
    week: bool = False

    @property
    def words(self) -> Text:
        """`Today`, `Yesterday`, or the days."""
        if self.week:
            return text("summary.week", since=_day(self.since), until=_day(self.day))
        if (self.day - self.since).days > 1:
            return text("summary.days", since=_day(self.since), until=_day(self.day))
        if self.day == self.today:
            return text("summary.today", day=_day(self.day))
        yesterday = (self.today - self.day).days == 1
        return text("summary.yesterday" if yesterday else "summary.day", day=_day(self.day))


def message(worked: Sequence[Worked], span: Span, catalog: Catalog, *, operator: str, moment: str) -> MarkdownMessage:
    """Say it; `moment` is local time in words. An unknown operator (empty) is left out."""
    counts = _counts(worked, catalog)
    head = catalog(span.words)
    who = cut(operator, _MOST_NAME)
    title = catalog("summary.title_of" if who else "summary.title", what=head, counts=counts, who=who)
    total = " · ".join([catalog("summary.sessions", count=len(worked)), *_figures(worked, catalog)])
    parts = [
        f"### {catalog('summary.title', what=head, counts=counts)}",
        catalog("summary.total", value=total),
        *_projects(worked, catalog),
    ]
    return MarkdownMessage(title=title[:MAX_TITLE_CHARS], text=signed("\n\n".join(parts), [as_value(operator), moment]))


def _projects(worked: Sequence[Worked], catalog: Catalog) -> list[str]:
    by_name: dict[str, list[Worked]] = {}
    for one in worked:
        by_name.setdefault(one.session.project, []).append(one)
    ordered = sorted(by_name.items(), key=lambda entry: -sum(one.active_ms for one in entry[1]))
    left, parts = _MOST_LINES, []
    for name, sessions in ordered[:_MOST_PROJECTS]:
        lines = _lines(sessions, max(0, min(left, _MOST_OF_PROJECT)), catalog)
        left -= len(lines)
        title = as_value(cut(name, _MOST_NAME)) or catalog("summary.no_project")
        figures = " · ".join([_counts(sessions, catalog), *_figures(sessions, catalog)])
        parts.append("\n".join([f"#### {catalog('summary.project', project=title, figures=figures)}", *lines]))
    if len(ordered) > _MOST_PROJECTS:
        parts.append(catalog("summary.more_projects", count=len(ordered) - _MOST_PROJECTS))
    return parts


def _lines(sessions: Sequence[Worked], room: int, catalog: Catalog) -> list[str]:
    """One line for each that no message has told of, what needs somebody first."""
    ordered = sorted((one for one in sessions if not one.told), key=lambda one: (one.stands, -one.active_ms))
    shown = [f"- {_line(one, catalog)}" for one in ordered[:room]]
    if len(ordered) > len(shown):
        shown.append(f"- {catalog('summary.more_sessions', count=len(ordered) - len(shown))}")
    told = len(sessions) - len(ordered)
    return [*shown, f"- {catalog('summary.told_alone', count=told)}"] if told else shown


def _line(one: Worked, catalog: Catalog) -> str:
    session = one.session
    where = f"{as_value(cut(session.worktree, _MOST_NAME))}: " if session.worktree else ""
    said = as_words(outcome_line(session)) or catalog(f"summary.{one.stands.name.lower()}_alone")
    why = ""
    if one.stands is HowItStands.FAILED:
        why = catalog(as_values(text("summary.broke_off", why=_why(session))))
    return " · ".join(filter(None, [f"{_MARKS[one.stands]} {where}{said}", why, *_figures([one], catalog)]))


def outcome_line(session: Session) -> str:
    """What came of it, on one line: the first that the agent said last, else its last commit, else its title."""
    said = outcome_of(session.last_text)
    below = outcome_of(said.rest).words if session.last_text.lstrip().startswith("#") else ""  # a heading says little
    return cut(below or said.words or next(iter(session.commits[-1:]), "") or session.title, _MOST_OUTCOME)


def _why(session: Session) -> Text:
    if session.failure in TELLING_ERRORS:
        return text(f"notices.error_{session.failure}")
    return text("notices.error_other", error=cut(session.failure, _MOST_NAME))


def _counts(worked: Iterable[Worked], catalog: Catalog) -> str:
    """`5 finished · 1 failed · 2 open`."""
    found = [one.stands for one in worked]
    counts = (
        ("summary.finished", found.count(HowItStands.FINISHED)),
        ("summary.failed", found.count(HowItStands.FAILED)),
        ("summary.open", found.count(HowItStands.OPEN) + found.count(HowItStands.WAITS)),
    )
    return " · ".join(catalog(entry, count=count) for entry, count in counts if count)


def _figures(worked: Sequence[Worked], catalog: Catalog) -> list[str]:
    """How long they worked, and what is known of their cost."""
    known = sum(one.micros or 0 for one in worked)
    partly = any(one.micros is None for one in worked)
    cost = catalog("sessions.at_least", amount=dollars(known)) if partly else dollars(known)
    return [catalog(duration(sum(one.active_ms for one in worked))), *([cost] if known else [])]


def _day(day: date) -> str:
    return f"{day.month:02}-{day.day:02}"
