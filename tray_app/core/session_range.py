"""What is asked about many sessions (from when to when, of which project), and what adds up over them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.sessions import Tokens


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
    """What one model used on one day. `micros`: what is known of its price; `unpriced`: not all of it is."""

    day: str
    model: str
    tokens: Tokens
    micros: int
    unpriced: bool


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
