"""What an agent's client tells while it works: one event of one session."""

from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.sessions.session import Asks


class NoHookEvent(ValueError):
    """What a hook has posted is no event; its words name the field and repeat no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """`source` is startup, resume, clear, compact or fork."""

    source: str
    model: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Prompted:
    """The person has given it something to do. What it is, nobody tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """`reason` is e.g. clear, logout, prompt_input_exit or other; the session may be resumed later.

    `goes_on`: the client goes on with another session.
    """

    reason: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The agent stopped; it goes on by itself while `background_tasks` is not 0 or `again` (a stop hook's wish)."""

    last_text: str
    background_tasks: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBrokeOff:
    """`error` is e.g. authentication_failed, billing_error, rate_limit, overloaded, server_error or unknown."""

    error: str
    last_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The client called for the person: it `asks` something, or the turn is over and nobody came (`idle`), or else."""

    asks: Asks | None = None
    idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubagentEnded:
    """A sub-agent stopped; which one, the event's `agent_id` says."""

    last_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """One of our tools is about to be called: the same id comes with the call itself."""

    tool: str
    tool_use_id: str


Event: TypeAlias = (
    SessionStarted | Prompted | SessionEnded | TurnEnded | TurnBrokeOff | Notified | SubagentEnded | ToolCalled
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEvent:
    """`agent` is the kind whose hook told it; `agent_id` and `agent_type` are set inside a sub-agent.

    `pid` is the client's process; empty means unknown.
    """

    session_id: str
    what: Event
    agent: str = ""
    transcript_path: str = ""
    cwd: str = ""
    project_dir: str = ""
    pid: int | None = None
    agent_id: str = ""
    agent_type: str = ""
