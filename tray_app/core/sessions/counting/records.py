"""What one line of a transcript says, reduced to what is counted.

Named tuples, not the dataclasses used elsewhere: one is made for each of hundreds of thousands of lines, and a frozen
dataclass takes three times as long to make.
"""

from typing import NamedTuple, TypeAlias

from tray_app.core.sessions.counting.money import STANDARD, Terms
from tray_app.core.sessions.session import CallKind, Task, Tokens


class Where(NamedTuple):
    """What every line repeats about its session. `copied`: another session made the line; `scripted`: no person did."""

    session_id: str
    cwd: str
    branch: str
    version: str
    entrypoint: str
    sidechain: bool
    agent_id: str
    copied: bool
    scripted: bool = False


class Commit(NamedTuple):
    """A shell command with `git commit` in it; `subject` as far as the command itself shows it."""

    subject: str


class TodoList(NamedTuple):
    """The whole todo list anew."""

    tasks: tuple[Task, ...]


class NewTask(NamedTuple):
    """A task more; its id comes with the result."""

    title: str


class TaskChange(NamedTuple):
    """A task changes; None and an empty title mean unchanged."""

    task_id: str
    title: str
    done: bool | None
    deleted: bool


CallDetail: TypeAlias = Commit | TodoList | NewTask | TaskChange


class ToolCall(NamedTuple):
    """One tool call; `detail` only for the few tools whose arguments count; the rest as a `PendingCall` has it."""

    id: str
    name: str
    detail: CallDetail | None
    about: str = ""
    runs: bool = False
    more: int = 0
    kind: CallKind = CallKind.CALL


class ModelReply(NamedTuple):
    """A piece of a model's reply. Its lines share one `key` (the message id, else the line's own) and one usage."""

    at_ms: int
    where: Where
    key: str
    model: str
    context_tokens: int
    calls: tuple[ToolCall, ...]
    text: str
    failure: str  # an API error shown as a reply, in the client's word: `rate_limit`, `server_error` …; else empty
    ended: bool  # the model had no more to do


class Spent(NamedTuple):
    """What one line says a reply used; all that counting tokens needs of it.

    `asked`: what other models used that were asked for advice while it was made; their tokens are not in `tokens`.
    """

    at_ms: int
    key: str
    model: str
    tokens: Tokens
    sidechain: bool
    copied: bool
    session_id: str
    terms: Terms = STANDARD
    asked: tuple["Spent", ...] = ()


class Prompt(NamedTuple):
    """What a person typed."""

    at_ms: int
    where: Where
    key: str
    text: str


class ToolOutcome(NamedTuple):
    """How one tool call went; at most one of the two is true."""

    call_id: str
    failed: bool
    denied: bool


class Edit(NamedTuple):
    """A file written by a tool."""

    path: str
    added: int
    removed: int


class Results(NamedTuple):
    """Results of tool calls. `commit` is the subject git printed, `task_id` the id a new task got."""

    at_ms: int
    where: Where
    outcomes: tuple[ToolOutcome, ...]
    edit: Edit | None
    commit: str
    task_id: str


class TurnEnd(NamedTuple):
    """The turn is over; `active_ms` where the client measured it."""

    at_ms: int
    where: Where
    active_ms: int | None


class Compacted(NamedTuple):
    """The conversation was summed up; `context_tokens` is what is left of it."""

    at_ms: int
    where: Where
    context_tokens: int


class SeenLine(NamedTuple):
    """A line that only shows that the session was alive."""

    at_ms: int
    where: Where


class SessionTitle(NamedTuple):
    """A session's title: `chosen` by the person, or made up by the client."""

    text: str
    chosen: bool


class ClientCost(NamedTuple):
    """The client's own account, over all resumes; `micros` None where it met a model it has no price for."""

    micros: int | None
    lines_added: int
    lines_removed: int


Record: TypeAlias = ModelReply | Prompt | Results | TurnEnd | Compacted | SeenLine | SessionTitle | ClientCost
