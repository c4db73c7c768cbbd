"""A live session and a day in one line each, as every face shows them."""

from dataclasses import dataclass

from tray_app.core.sessions.session import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One live session. `since_ms`: since when it is in this state; `asks`: what it waits for, in its own words.

    `worktree` is the git worktree of the project that it works in; `micros` its cost in millionths of a dollar (None:
    unknown).
    """

    id: str
    agent: str  # the kind of agent, by its name
    project: str
    title: str
    state: SessionState
    since_ms: int
    tools: int
    tokens: int
    waiting_for: str = ""
    asks: str = ""
    worktree: str = ""
    branch: str = ""
    micros: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """What all sessions of one local day used; `micros` (millionths of a dollar) is None where a price is unknown.

    `priced` is what that part cost whose price is known.
    """

    tokens: int = 0
    micros: int | None = 0
    priced: int = 0


NO_USE = DayView()
