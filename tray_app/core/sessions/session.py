"""One session of a coding agent, as measured from the client's own records; nothing here was asked of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.core.sessions.timeline import Moment


class SessionState(StrEnum):
    """What a session is doing. Values are stable: `sessions --json` shows them."""

    WORKING = "working"
    WAITING = "waiting"  # for a permission or an answer
    IDLE = "idle"  # the turn is finished; nothing runs
    ENDED = "ended"


class Asks(StrEnum):
    """What a session that waits asks of the person. Values are stable: `sessions --json` shows them."""

    PERMISSION = "permission"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens by kind. `cache_creation` includes `cache_creation_1h`, which has a price of its own."""

    input: int = 0
    output: int = 0
    cache_creation: int = 0
    cache_creation_1h: int = 0
    cache_read: int = 0

    @property
    def total(self) -> int:
        """All kinds together, as the counters people know add them up."""
        return self.input + self.output + self.cache_creation + self.cache_read

    @property
    def prompt(self) -> int:
        """What the model read: all kinds but the output."""
        return self.input + self.cache_creation + self.cache_read

    def __add__(self, other: "Tokens") -> "Tokens":
        """Add kind by kind."""
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_creation=self.cache_creation + other.cache_creation,
            cache_creation_1h=self.cache_creation_1h + other.cache_creation_1h,
            cache_read=self.cache_read + other.cache_read,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """How often one tool was called, and how often that failed or was refused by the person."""

    calls: int = 0
    failed: int = 0
    denied: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One entry of the agent's own todo list."""

    title: str
    done: bool


class CallKind(StrEnum):
    """What a person says to a call that waits: yes or no to it, yes or no to a plan, an answer."""

    CALL = "call"
    PLAN = "plan"
    QUESTION = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCall:
    """A tool call without a result yet. `about`: its command, file, address, plan, or question with its options.

    `about` has the lines that say something, at most 40 of them; `more`: so many lines behind them were left out.
    `runs`: the tool runs commands, and `about` is one. `id` tells it from others that look the same.
    """

    tool: str
    about: str = ""
    runs: bool = False
    more: int = 0
    kind: CallKind = CallKind.CALL
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate at list price in millionths of a US dollar, or the client's own figure (`by_client`).

    `micros` is None where any model's price is unknown; `unknown_models` names those. Never 0 for "unknown".
    """

    micros: int | None
    by_client: bool = False
    unknown_models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one model cost a session at list price, in millionths of a dollar, and how many web searches are in it."""

    micros: int | None
    searches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session. Times are wall-clock milliseconds, durations milliseconds; empty strings mean unknown.

    `agent` is the kind of agent whose session it is, by the name that the app's table of agents gives it.
    """

    session_id: str
    agent: str = ""
    cwd: str = ""
    project: str = ""  # the last part of the project's folder
    worktree: str = ""  # the git worktree of it that it works in
    main_folder: str = ""  # what the folder is in the project's main checkout, where it works in a worktree
    branch: str = ""
    title: str = ""
    version: str = ""
    entrypoint: str = ""
    scripted: bool = False  # a program runs it, no person
    pid: int | None = None
    state: SessionState = SessionState.IDLE
    waiting_for: str = ""
    end_reason: str = ""
    started_ms: int = 0
    last_ms: int = 0
    active_ms: int = 0
    prompted_ms: int = 0  # when the person's last prompt came: the turn's begin
    models: tuple[str, ...] = ()
    prompts: int = 0
    tools: Mapping[str, ToolUse] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    lines_added: int = 0
    lines_removed: int = 0
    tokens: Mapping[str, Tokens] = field(default_factory=dict)  # by model
    cost: Cost = Cost(micros=0)
    estimates: Mapping[str, Estimate] = field(default_factory=dict)  # by model, of one that is in memory
    context_tokens: int = 0
    subagents: int = 0
    background_tasks: int = 0
    errors: int = 0
    failure: str = ""  # why the last turn broke off, in the client's word; empty where it did not, or goes on
    failed_ms: int = 0
    messages_sent: int = 0
    tasks: tuple[Task, ...] = ()
    commits: tuple[str, ...] = ()
    last_text: str = ""
    pending: tuple[PendingCall, ...] = ()  # of the main thread, not of sub-agents
    moments: tuple[Moment, ...] = ()  # the newest, oldest of them first; of the main thread
    moments_dropped: int = 0  # how many older ones there were

    @property
    def total_tokens(self) -> Tokens:
        """All models together."""
        return sum(self.tokens.values(), Tokens())

    @property
    def tool_calls(self) -> int:
        """All tools together."""
        return sum(use.calls for use in self.tools.values())
