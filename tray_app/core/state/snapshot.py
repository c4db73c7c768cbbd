"""The state of the app as one frozen value. The tray, the pages and the command line draw themselves from it alone."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.delivery.delivery import Stage
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.texts import Text
from tray_app.core.policy.compiled import HIDE
from tray_app.core.policy.model import Mode, Risk, Stance
from tray_app.core.questions.question import QuestionKind
from tray_app.core.sessions.live.view import NO_USE, DayView, SessionView
from tray_app.core.sessions.mutes import Mute
from tray_app.core.sessions.usage.budget import BudgetView
from tray_app.core.state.login import LoginStart
from tray_app.core.state.problems import Problem


class EndpointState(StrEnum):
    """Whether agents can connect."""

    STARTING = "starting"
    RUNNING = "running"
    PORT_IN_USE = "port_in_use"
    FAILED = "failed"
    STOPPING = "stopping"


class VaultState(StrEnum):
    """The OS keyring's five states, and `unasked` before the first look."""

    UNASKED = "unasked"
    OK = "ok"
    MISSING = "missing"  # the keyring works and holds nothing of ours
    LOCKED = "locked"
    NO_BACKEND = "no_backend"
    ERROR = "error"


class StoreState(StrEnum):
    """Whether the history database can be written."""

    OK = "ok"
    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    CORRUPT = "corrupt"  # set aside; a new one was begun
    RESTORED = "restored"  # taken away while the app ran, or damaged; its messages are written back
    ERROR = "error"

    @property
    def usable(self) -> bool:
        """Whether it is written: what happened to it is told on until the next start."""
        return self in {StoreState.OK, StoreState.CORRUPT, StoreState.RESTORED}


class RobotOrigin(StrEnum):
    """Where a robot's webhook comes from."""

    KEYRING = "keyring"
    ENVIRONMENT = "environment"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """A kind of coding agent that this app knows: the name that is kept with its sessions, and what people call it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseView:
    """Paused since `since_ms`, until `until_ms` (None: until the owner resumes); `blocked` messages were not sent."""

    since_ms: int
    until_ms: int | None
    blocked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotView:
    """One robot as people see it. `ready` is False where its webhook is not at hand.

    `limited_until_ms` is of the chat service's limit; `waits_until_ms` of whatever else keeps its messages waiting now.
    `paired`: whether it has its person; None of a group's robot, which needs none.
    """

    name: str
    channel: str  # the chat service it is of
    host: str
    origin: RobotOrigin
    default: bool
    ready: bool
    signed: bool
    keywords: tuple[str, ...]
    queued: int
    minute_used: int
    minute_max: int
    month_used: int
    month_cap: int
    limited_until_ms: int | None = None
    limit_reason: Text | None = None
    waits_until_ms: int | None = None
    wait_reason: Text | None = None
    paired: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendView:
    """One line of the history."""

    id: str
    at_ms: int
    stage: Stage
    tool: str
    title: str
    robot: str
    project: str
    errcode: int | None = None
    reason: Text | None = None
    hint: Text | None = None
    said: str = ""  # in the chat service's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """One call that waits for the owner's approval."""

    id: str
    tool: str
    risk: Risk
    title: str
    robot: str
    project: str
    client: str
    reason: Text
    created_ms: int
    expires_ms: int
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question that an agent asks in the terminal. `said` begins it; `answers` are its words, each with a label."""

    id: str
    agent: str
    project: str
    session: str
    tool: str
    kind: QuestionKind
    said: str
    asked_ms: int
    expires_ms: int
    answers: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolView:
    """What the policy says to a tool. `used` of `most` in `window_ms`: its limit closest to its end (None: no limit).

    `custom`: it has conditions too, which a menu cannot show.
    """

    name: str
    risk: Risk
    stance: Stance
    hidden: bool
    custom: bool
    used: int | None = None
    most: int | None = None
    window_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalView:
    """A call that the policy refused: `id` of the decision, `delivery_id` of its message if one was kept.

    `frees_ms`: when one more call is allowed, of one that was refused for coming too often.
    """

    id: str
    delivery_id: str
    at_ms: int
    tool: str
    client: str
    rule: str
    reason: Text | None
    counter: str = ""
    used: int | None = None
    most: int | None = None
    frees_ms: int | None = None

    @property
    def passable(self) -> bool:
        """Whether one such call can be let through: no exception shows a hidden tool."""
        return self.rule != HIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The policy as it holds now. `from_file`: the owner has one, else the default holds.

    `everything_until_ms`: the owner allows every call until then.
    """

    default: Stance = Stance.DENY
    mode: Mode = Mode.ENFORCE
    from_file: bool = False
    tools: tuple[ToolView, ...] = ()
    last_refusal: RefusalView | None = None
    everything_until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneView:
    """The app robot that speaks to the owner's phone: whether it hears, whether somebody is paired; why it does not."""

    robot: str
    paired: bool
    hears: StreamPhase
    reason: Text | None = None
    hint: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a face shows. Equal snapshots draw equal faces."""

    now_ms: int
    version: str
    endpoint: EndpointState
    url: str
    port: int
    pause: PauseView | None
    robots: tuple[RobotView, ...]
    vault: VaultState
    store: StoreState
    recent: tuple[SendView, ...]  # newest first, at most 10
    queued: int
    sending: int
    clients: int  # distinct clients that called in the last 10 minutes
    problems: tuple[Problem, ...]
    sessions: tuple[SessionView, ...] = ()  # live ones; those that wait for the owner first
    today: DayView = NO_USE
    week: tuple[int, ...] = ()  # what each of the last seven days cost, today last (tokens where no price is known)
    budgets: tuple[BudgetView, ...] = ()  # of the day, then of the week; only those that there are
    waiting: tuple[WaitingView, ...] = ()  # for the owner's approval, oldest first
    questions: tuple[QuestionView, ...] = ()  # of agents in the terminal, oldest first
    policy: PolicyView = PolicyView()
    mutes: tuple[Mute, ...] = ()  # what the owner does not want to be told of now
    agents: tuple[AgentView, ...] = ()  # every kind that is known, in the order of the table

    @property
    def waits(self) -> int:
        """How much waits for the owner: calls and questions."""
        return len(self.waiting) + len(self.questions)

    def is_muted(self, *, session: str, project: str) -> bool:
        """Whether the owner has muted this session or project: nothing calls for it."""
        return any(one.covers(session=session, project=project) for one in self.mutes if not one.kind)

    @property
    def muted_questions(self) -> frozenset[str]:
        """Ids of questions whose session the owner has muted: they show everywhere, and nothing calls for them."""
        return frozenset(
            asked.id for asked in self.questions if self.is_muted(session=asked.session, project=asked.project)
        )

    login: LoginStart = LoginStart.UNKNOWN
    phone: PhoneView | None = None  # None: no app robot is set up
