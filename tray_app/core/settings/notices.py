"""The owner's rules for automatic notices: `[notices]` of `settings.toml` as values, one set for each project."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from tray_app.core.kernel.invisible import visible
from tray_app.core.kernel.mobiles import mobile_of
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.message import MAX_MENTIONS, Mentions
from tray_app.core.settings.routes import Subject, is_folder, is_in, is_name
from tray_app.core.settings.spec import APART
from tray_app.core.settings.values import (
    FLAG,
    ROBOT_NAME,
    FieldShape,
    ValueKind,
    Wrong,
    choice,
    number,
    whole,
    word,
    words,
)

MINUTE_MS = 60_000
_SECOND_MS = 1_000
_DAY_MINUTES, _DAY_S = 1_440, 86_400
_HOURS = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)\s*[-–—~～－至到]\s*([01]?\d|2[0-3])[:：]([0-5]\d)", re.ASCII)
_ROBOT_OR_NONE = replace(
    word(re.compile(f"(?:{ROBOT_NAME.pattern})?"), text("settings.want_name")), shape=FieldShape.ROBOT
)


def _people(form: str, want: Text, tidy: Callable[[str], str]) -> ValueKind:
    return words(word(re.compile(form), want, tidy=tidy), want, most=MAX_MENTIONS)


_WANT_MOBILES = text("settings.want_mobiles", most=MAX_MENTIONS)
_WANT_USER_IDS = text("settings.want_user_ids", most=MAX_MENTIONS)
_MOBILES = _people(r".+", _WANT_MOBILES, lambda said: mobile_of(said) or "")
_USER_IDS = _people(r"\S{1,64}", _WANT_USER_IDS, lambda said: visible(said).strip().lstrip("@＠"))


_ONCE_TAKEN = {  # by earlier versions, whatever could be called by it
    "at_mobiles": (
        re.compile(r"\+?[0-9-]{5,20}", re.ASCII),
        _MOBILES,
        text("settings.want_mobiles", most=MAX_MENTIONS),
    ),
    "at_user_ids": (re.compile(r"\S{1,64}"), _USER_IDS, _WANT_USER_IDS),
}


def callable_only(path: str, rules: object, left_out: list[Text]) -> object:
    """A set of rules without whom nobody can call though an earlier version took them; each goes to `left_out`."""
    if not isinstance(rules, Mapping):
        return rules
    kinds = {kind.value: rules[kind] for kind in NoticeKind if isinstance(rules.get(kind), Mapping)}
    return {**rules, **{name: _callable(f"{path}.{name}", kind, left_out) for name, kind in kinds.items()}}


def _callable(path: str, rule: Mapping[str, object], left_out: list[Text]) -> Mapping[str, object]:
    found = dict(rule)
    for key, (taken, kind, want) in _ONCE_TAKEN.items():
        listed = rule.get(key)
        if isinstance(listed, list):
            lost = [one for one in listed if isinstance(one, str) and taken.fullmatch(one) and not _is_read(kind, one)]
            found[key] = [one for one in listed if one not in lost]
            left_out += [text("settings.left_out", key=f"{path}.{key}", value=one, want=want) for one in lost]
    return found


def _is_read(kind: ValueKind, one: str) -> bool:
    try:
        kind.read([one])
    except Wrong:
        return False
    return True


class NoticeKind(StrEnum):
    """What people are told by themselves. Values are the names of the tables below `[notices]`."""

    SESSION_END = "session_end"
    TASK_DONE = "task_done"
    WAITING = "waiting"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """One kind of notice: whether it is told, by which robot (the default one where none is named), and to whom."""

    enabled: Annotated[bool, FLAG] = True
    robot: Annotated[str, _ROBOT_OR_NONE] = ""
    at_mobiles: Annotated[tuple[str, ...], _MOBILES] = ()
    at_user_ids: Annotated[tuple[str, ...], _USER_IDS] = ()
    at_all: Annotated[bool, FLAG] = False

    @property
    def mentions(self) -> Mentions:
        """Whom it mentions."""
        return Mentions(mobiles=self.at_mobiles, user_ids=self.at_user_ids, everyone=self.at_all)

    @property
    def alone(self) -> bool:
        """Whether it is a message of its own."""
        return self.enabled

    @property
    def gap_ms(self) -> int:
        """How long one robot then says nothing more of this kind."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LongRule(KindRule):
    """An end that is told where what ended has lasted longer."""

    min_minutes: Annotated[float, number(0, _DAY_MINUTES)] = 0.0

    @property
    def after_ms(self) -> int:
        """How long it must have lasted."""
        return int(self.min_minutes * MINUTE_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRule(LongRule):
    """The end of a session. The summary of the day tells it in a line; with `each` a message of its own does.

    `on_switch`: also where its client goes on with another one.
    """

    each: Annotated[bool, FLAG] = False
    on_switch: Annotated[bool, FLAG] = False

    @property
    def alone(self) -> bool:
        """Whether it is a message of its own."""
        return self.enabled and self.each


def ends_alone(written: object) -> bool | None:
    """What a `session_end` of the file means for `each` without naming it; None: nothing.

    Whoever wrote one before there was a summary had a message for each session, and keeps it.
    """
    if isinstance(written, Mapping):
        return True if written and "each" not in written and written.get("enabled") is not False else None
    return True if written is True else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingRule(KindRule):
    """What is told where it lasts: after `after_s`, and what comes within `gap_minutes` of a message together after it.

    So a limit that stops ten sessions, or an owner who is away, is not ten messages.
    """

    after_s: Annotated[int, whole(0, _DAY_S)] = 120
    gap_minutes: Annotated[float, number(0, _DAY_MINUTES)] = 60.0

    @property
    def after_ms(self) -> int:
        """When it is told."""
        return self.after_s * _SECOND_MS

    @property
    def gap_ms(self) -> int:
        """How long one robot then says nothing more of this kind."""
        return int(self.gap_minutes * MINUTE_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRule(LastingRule):
    """A wait that nobody has reacted to; `idle`: also where a turn is over and nobody writes.

    The group hears late, and that something is asked; `details` tells it the command, plan or question too.
    """

    after_s: Annotated[int, whole(0, _DAY_S)] = 600
    remind_minutes: Annotated[float, number(0, _DAY_MINUTES)] = 0.0
    details: Annotated[bool, FLAG] = False
    idle: Annotated[bool, FLAG] = False

    @property
    def remind_ms(self) -> int:
        """When it is told a second and last time; 0 never."""
        return int(self.remind_minutes * MINUTE_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one minute of the local day to another, which may be on the next day; equal ones mean never."""

    start: int
    end: int

    def hold(self, minute: int) -> bool:
        """Say whether this minute of the day is quiet."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


NEVER_QUIET = QuietHours(start=0, end=0)


def _read_hours(value: object) -> QuietHours:
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if value == "":
        return NEVER_QUIET
    if found is None:
        raise Wrong(text("settings.want_quiet_hours"))
    hour, minute, to_hour, to_minute = (int(part) for part in found.groups())
    return QuietHours(start=hour * 60 + minute, end=to_hour * 60 + to_minute)


def _plain_hours(hours: QuietHours) -> str:
    if hours == NEVER_QUIET:
        return ""
    return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (hours.start, hours.end))


_QUIET_HOURS = ValueKind(shape=FieldShape.WORD, read=_read_hours, plain=_plain_hours)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)", re.ASCII)


def _read_time(value: object) -> int:
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong(text("settings.want_time"))
    return int(found[1]) * 60 + int(found[2])


_MINUTE = ValueKind(shape=FieldShape.WORD, read=_read_time, plain=lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    """One set of rules, with a table for each kind. `scripted`: whether sessions that a program runs are told of."""

    quiet_hours: Annotated[QuietHours, _QUIET_HOURS] = NEVER_QUIET
    scripted: Annotated[bool, FLAG] = True
    session_end: EndRule = EndRule(min_minutes=10.0)
    task_done: LongRule = LongRule(enabled=False, min_minutes=5.0)
    waiting: WaitingRule = WaitingRule()
    failure: LastingRule = LastingRule()

    @property
    def rules(self) -> Mapping[NoticeKind, KindRule]:
        """Each kind's rule."""
        return {kind: getattr(self, kind) for kind in NoticeKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySettings:
    """What each robot's group reads of all sessions together: when, and of what time.

    `at` is a minute of the local day. `on`: the day of the week, of a summary of the week.
    """

    enabled: Annotated[bool, FLAG] = True
    at: Annotated[int, _MINUTE] = 18 * 60
    every: Annotated[str, choice({"day": "day", "week": "week"})] = "day"
    on: Annotated[str, choice({name: name for name in WEEKDAYS})] = "fri"

    @property
    def weekday(self) -> int | None:
        """The day of the week, from 0 for Monday; None: each day."""
        return WEEKDAYS.index(self.on) if self.every == "week" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings(NoticeRules):
    """All rules. `projects` holds whole sets: the general one with what the project's table changes."""

    summary: SummarySettings = SummarySettings()
    projects: Annotated[Mapping[str, NoticeRules], APART] = field(default_factory=dict)

    def of(self, subject: Subject, *, home: str = "") -> NoticeRules:
        """The set that holds for a session: by its worktree's name, else its folder, else its project's name.

        A table's name is what `project` of a route is, so it may be a folder or hold `*`; names are found whatever
        their case. Of several folders the longest holds, of several names the one that is written out.
        """
        fitting = [name for name in self.projects if _means(name, subject, home)]
        return self.projects[max(fitting, key=lambda name: _weight(name, subject))] if fitting else self


def _means(name: str, subject: Subject, home: str) -> bool:
    if not name:
        return not subject.project
    if is_name(name):
        names = replace(subject, project=subject.project.casefold(), worktree=subject.worktree.casefold())
        return is_in(name.casefold(), names, home=home)
    return is_folder(name) and is_in(name, subject, home=home)


def _weight(name: str, subject: Subject) -> tuple[bool, bool, bool, bool, int]:
    """How exactly a table's name says which sessions it is for."""
    of_worktree = name.casefold() == subject.worktree.casefold()
    as_written = name in {subject.project, subject.worktree}
    return of_worktree, not is_name(name), as_written, "*" not in name and "?" not in name, len(name)
