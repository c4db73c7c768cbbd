"""The owner's rules for automatic notices: `[notices]` of `settings.toml` as values, one set for each project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.core.messages.message import NOBODY, Mentions

MINUTE_MS = 60_000
DAY_MINUTES = 1_440


class NoticeKind(StrEnum):
    """What people are told by themselves. Values are the names of the tables below `[notices]`."""

    SESSION_END = "session_end"
    TASK_DONE = "task_done"
    WAITING = "waiting"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """One kind of notice. Times are milliseconds.

    `after_ms`: sessions or turns must have lasted longer, or nobody must have reacted for so long. `remind_ms`: when a
    waiting session is told a second and last time; 0 never.
    """

    enabled: bool
    after_ms: int = 0
    remind_ms: int = 0
    idle: bool = False  # waiting: also where a turn is over and nobody writes
    robot: str = ""  # the default robot
    mentions: Mentions = NOBODY


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
DEFAULTS: Mapping[NoticeKind, KindRule] = {
    NoticeKind.SESSION_END: KindRule(enabled=True, after_ms=10 * MINUTE_MS),
    NoticeKind.TASK_DONE: KindRule(enabled=False, after_ms=5 * MINUTE_MS),
    NoticeKind.WAITING: KindRule(enabled=True, after_ms=MINUTE_MS, remind_ms=10 * MINUTE_MS),
    NoticeKind.FAILURE: KindRule(enabled=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """All rules. `projects` holds whole sets: the general one with what the project's table changes."""

    rules: Mapping[NoticeKind, KindRule] = field(default_factory=lambda: dict(DEFAULTS))
    quiet: QuietHours = NEVER_QUIET
    projects: Mapping[str, "NoticeSettings"] = field(default_factory=dict)

    def of(self, project: str) -> "NoticeSettings":
        """The set that holds for a project."""
        return self.projects.get(project, self)
