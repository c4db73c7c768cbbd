"""The snapshot: reads every service once and says what is wrong, in the order in which it should be mended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tray_app.core.delivery.delivery import Delivery, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.mutes import Mute
from tray_app.core.sessions.usage.budget import BudgetView
from tray_app.core.settings.reader import joined
from tray_app.core.settings.settings import Settings
from tray_app.core.state.login import LoginStart
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import (
    AgentView,
    EndpointState,
    PauseView,
    PhoneView,
    PolicyView,
    QuestionView,
    RobotView,
    SendView,
    Snapshot,
    StoreState,
    WaitingView,
)
from tray_app.services.delivery import pause as pausing
from tray_app.services.delivery.months import month_of
from tray_app.services.delivery.sender import Sender
from tray_app.services.ports import Clock, RobotFacts, Robots, Vault

T = TypeVar("T")
RECENT = 10
_WARN_SHARE = 0.8  # of the month's quota


class Facts(Protocol):
    """What the history knows in numbers."""

    @property
    def state(self) -> StoreState:
        """Whether it can be used."""
        ...

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """Why not."""
        ...

    def recent(self, limit: int) -> Sequence[Delivery]:
        """Newest rows."""
        ...

    def counts(self) -> Mapping[tuple[str, Stage], int]:
        """Waiting rows by robot and stage."""
        ...

    def month_sent(self, robot: str, month: str) -> int:
        """Sends of a month."""
        ...

    def blocked_since(self, since_ms: int) -> int:
        """Messages a pause has kept back."""
        ...


@dataclass(slots=True, kw_only=True)
class EndpointStatus:
    """The endpoint as its owner in `app.py` last saw it; `trouble` says what is wrong with it."""

    state: EndpointState = EndpointState.STARTING
    url: str = ""
    port: int = 0
    trouble: tuple[Text, Text] | None = None


@dataclass(slots=True, kw_only=True)
class SnapshotBuilder:
    """Builds snapshots. `problems` are those found outside (settings, tray), kept by kind."""

    version: str
    clock: Clock
    store: Facts
    robots: Robots
    vault: Vault
    deliver: Sender
    pause: pausing.Pause
    settings: Callable[[], Settings]
    endpoint: EndpointStatus
    clients: Callable[[], int]
    problems: dict[ProblemKind, Problem]
    sessions: Callable[[], tuple[SessionView, ...]] = lambda: ()
    today: Callable[[], DayView] = DayView
    week: Callable[[], tuple[int, ...]] = lambda: ()
    budgets: Callable[[], tuple[BudgetView, ...]] = lambda: ()
    waiting: Callable[[], tuple[WaitingView, ...]] = lambda: ()
    questions: Callable[[], tuple[QuestionView, ...]] = lambda: ()
    policy: Callable[[], PolicyView] = PolicyView
    policy_problem: Callable[[], Problem | None] = lambda: None
    mutes: Callable[[], tuple[Mute, ...]] = lambda: ()
    agents: tuple[AgentView, ...] = ()
    login: Callable[[], LoginStart] = lambda: LoginStart.UNKNOWN
    phone: Callable[[], PhoneView | None] = lambda: None

    def build(self) -> Snapshot:
        """Look at everything once. A history that cannot be read shows as empty, with its problem beside it."""
        now_ms = self.clock.now_ms()
        pause = self.pause.current()
        none: tuple[Sequence[Delivery], Mapping[tuple[str, Stage], int]] = (), {}
        recent, counts = self._read(lambda: (self.store.recent(RECENT), self.store.counts()), none)
        blocked = 0 if pause is None else self._read(lambda: self.store.blocked_since(pause.since_ms), 0)
        robots = tuple(self._robot(facts, counts, now_ms) for facts in self.robots.facts())
        return Snapshot(
            now_ms=now_ms,
            version=self.version,
            endpoint=self.endpoint.state,
            url=self.endpoint.url,
            port=self.endpoint.port,
            pause=None
            if pause is None
            else PauseView(since_ms=pause.since_ms, until_ms=pause.until_ms, blocked=blocked),
            robots=robots,
            vault=self.vault.state,
            store=self.store.state,
            recent=tuple(_send(row) for row in recent),
            queued=sum(count for (_, stage), count in counts.items() if stage is Stage.QUEUED),
            sending=sum(count for (_, stage), count in counts.items() if stage is Stage.SENDING),
            clients=self.clients(),
            problems=tuple(self._problems(robots, recent)),
            sessions=self.sessions(),
            today=self.today(),
            week=self.week(),
            budgets=self.budgets(),
            waiting=self.waiting(),
            questions=self.questions(),
            policy=self.policy(),
            mutes=self.mutes(),
            agents=self.agents,
            login=self.login(),
            phone=self.phone(),
        )

    def _read(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except StoreUnavailable:  # its state and its words are in the same snapshot
            return otherwise

    def _robot(self, facts: RobotFacts, counts: Mapping[tuple[str, Stage], int], now_ms: int) -> RobotView:
        settings = self.settings().robots[facts.name]
        throttle = self.deliver.queue(facts.name).throttle
        hold = throttle.hold()
        limited = hold if hold is not None and hold.limited else None
        queued = sum(count for (robot, _), count in counts.items() if robot == facts.name)
        waits = hold if hold is not None and not hold.limited and queued else None
        month = month_of(now_ms)
        return RobotView(
            name=facts.name,
            channel=facts.channel,
            host=facts.host,
            origin=facts.origin,
            default=facts.default,
            ready=facts.ready,
            signed=facts.signed,
            keywords=facts.keywords,
            queued=queued,
            minute_used=throttle.minute_used(),
            minute_max=settings.per_minute,
            month_used=self._read(lambda: self.store.month_sent(facts.name, month), 0),
            month_cap=settings.monthly_cap,
            limited_until_ms=None if limited is None else self.clock.now_ms() + throttle.hold_left_ms(),
            limit_reason=None if limited is None else limited.reason,
            waits_until_ms=None if waits is None else now_ms + throttle.hold_left_ms(),
            wait_reason=None if waits is None else waits.reason,
            paired=facts.paired,
        )

    def _problems(self, robots: Sequence[RobotView], recent: Sequence[Delivery]) -> list[Problem]:
        found = dict(self.problems)
        if self.endpoint.trouble is not None:
            port = self.endpoint.state is EndpointState.PORT_IN_USE
            _add(found, ProblemKind.PORT if port else ProblemKind.ENDPOINT, self.endpoint.trouble)
        if self.store.trouble is not None:
            _add(found, ProblemKind.STORE, self.store.trouble)
        if self.pause.problem is not None:
            _add(found, ProblemKind.PAUSE, self.pause.problem)
        if (policy := self.policy_problem()) is not None:
            found.setdefault(policy.kind, policy)
        _add_of_settings(found, self.settings())
        for problem in self.robots.problems():
            found.setdefault(problem.kind, problem)
        if (phone := self.phone()) is not None and phone.reason is not None and phone.hint is not None:
            _add(found, ProblemKind.PHONE, (phone.reason, phone.hint))
        for robot in robots:
            throttle = self.deliver.queue(robot.name).throttle
            if throttle.unreached is not None:
                _add(found, ProblemKind.NETWORK, throttle.unreached)
            if throttle.faulty is not None:
                _add(found, ProblemKind.SERVICE, throttle.faulty)
            if throttle.spent is not None:  # the service says so: before what was counted here
                _add(found, ProblemKind.QUOTA, throttle.spent)
            if robot.month_cap and robot.month_used >= _WARN_SHARE * robot.month_cap:
                said = text("outbox.quota", robot=robot.name, used=robot.month_used, cap=robot.month_cap)
                _add(found, ProblemKind.QUOTA, (said, self.robots.channel(robot.name).usual.cap_hint))
        last = recent[0] if recent else None
        known = [problem.reason for problem in found.values()]
        unsent = last is not None and last.stage in {Stage.PERHAPS, Stage.FAILED}
        if robots:  # what failed for want of one is mended
            known.append(text("credentials.no_robot"))
        if last is not None and unsent and last.hint and last.reason and last.reason not in known:
            _add(found, ProblemKind.LAST_SEND, (last.reason, last.hint))
        return [found[kind] for kind in ProblemKind if kind in found]


def _add(found: dict[ProblemKind, Problem], kind: ProblemKind, said: tuple[Text, Text]) -> None:
    found.setdefault(kind, Problem(kind=kind, reason=said[0], hint=said[1]))


def _add_of_settings(found: dict[ProblemKind, Problem], settings: Settings) -> None:
    for said in settings.without_effect:
        _add(found, ProblemKind.OLD_SETTINGS, (said, text("settings.retired_hint", path="settings.toml")))
    if settings.left_out:
        hint = text("settings.left_out_hint", path="settings.toml")
        _add(found, ProblemKind.SETTINGS, (joined(settings.left_out), hint))
    if settings.templates.fault is not None:
        _add(found, ProblemKind.SETTINGS, (settings.templates.fault, text("templates.faulty_hint")))


def _send(row: Delivery) -> SendView:
    return SendView(
        id=row.id,
        at_ms=row.updated_ms,
        stage=row.stage,
        tool=row.origin.tool,
        title=row.title,
        robot=row.robot,
        project=row.origin.project,
        errcode=row.errcode,
        reason=row.reason,
        hint=row.hint,
        said=row.said,
    )
