"""What one line of a Claude Code transcript says, reduced to what is counted."""

from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.sessions import Task, Tokens


@dataclass(frozen=True, slots=True)
class Where:
    """What every line repeats about its session. `copied`: another session made the line; /branch copied it."""

    session_id: str
    cwd: str
    branch: str
    version: str
    entrypoint: str
    sidechain: bool
    agent_id: str
    copied: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """A shell command with `git commit` in it; `subject` as far as the command itself shows it."""

    subject: str


@dataclass(frozen=True, slots=True)
class TodoList:
    """TodoWrite: the whole list anew."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class NewTask:
    """TaskCreate; the id comes with the result."""

    title: str


@dataclass(frozen=True, slots=True)
class TaskChange:
    """TaskUpdate; None and an empty title mean unchanged."""

    task_id: str
    title: str
    done: bool | None
    deleted: bool


CallDetail: TypeAlias = Commit | TodoList | NewTask | TaskChange


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call; `detail` only for the few tools whose arguments count."""

    id: str
    name: str
    detail: CallDetail | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A piece of a model's reply. Its lines share one `key` (the message id, else the line's own) and one usage."""

    at_ms: int
    where: Where
    key: str
    model: str
    tokens: Tokens
    fast: bool
    calls: tuple[Call, ...]
    text: str
    failed: bool  # an API error shown as a reply
    ended: bool  # the model had no more to do


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a person typed."""

    at_ms: int
    where: Where
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one tool call went; at most one of the two is true."""

    call_id: str
    failed: bool
    denied: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """A file written by a tool."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Results:
    """Results of tool calls. `commit` is the subject git printed, `task_id` the id a new task got."""

    at_ms: int
    where: Where
    outcomes: tuple[Outcome, ...]
    edit: Edit | None
    commit: str
    task_id: str


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """The turn is over; `active_ms` where the client measured it."""

    at_ms: int
    where: Where
    active_ms: int | None


@dataclass(frozen=True, slots=True)
class Compacted:
    """The conversation was summed up; `context_tokens` is what is left of it."""

    at_ms: int
    where: Where
    context_tokens: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A line that only shows that the session was alive."""

    at_ms: int
    where: Where


@dataclass(frozen=True, slots=True)
class Title:
    """A session's title: `chosen` by the person, or made up by the client."""

    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ClientCost:
    """The client's own account, over all resumes; `micros` None where it met a model it has no price for."""

    micros: int | None
    lines_added: int
    lines_removed: int


Record: TypeAlias = Reply | Prompt | Results | TurnEnd | Compacted | Seen | Title | ClientCost
