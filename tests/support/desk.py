"""An app behind the pages that keeps its contract in memory: robots, a keyring with states, a group."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.support.claude_desk import ClaudeSide, StillClaude
from tests.support.settings import robot_settings
from tests.support.snapshots import robot, snapshot
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.channels import CHANNELS
from tray_app.core.approvals.approval import Approval
from tray_app.core.connect.view import ConnectionCheck, ConnectionView
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.pause import PauseFor, end_of
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidCredentials, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.app_robot import AppRobot
from tray_app.core.robots.credentials import host_of
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL
from tray_app.core.settings.values import ROBOT_NAME
from tray_app.core.state.snapshot import PauseView, RobotView, Snapshot, VaultState
from tray_app.services.owner.robot_admin import RobotHint
from tray_app.services.robots.setup import RobotLimits

USABLE = frozenset({VaultState.OK, VaultState.MISSING})


@dataclass
class MemoryVault:
    """A keyring as `services.ports.Vault` describes it: every call may be refused, and what is written can be read."""

    next_state: VaultState = VaultState.OK
    kept: dict[str, Credentials] = field(default_factory=dict)
    state: VaultState = VaultState.OK
    slow: bool = False

    def _ask(self) -> None:
        if self.state not in USABLE:
            raise VaultUnavailable(text(f"pages.vault_{self.state}"), text(f"pages.vault_{self.state}_hint"))

    async def read(self, robot: str) -> Credentials | None:
        self._ask()
        return self.kept.get(robot)

    async def write(self, robot: str, *, webhook: Secret, secret: Secret) -> None:
        self._ask()
        if not webhook:
            raise AssertionError("a robot without a webhook reached the keyring")
        self.kept[robot] = Credentials(webhook=webhook, secret=secret)
        self.state = VaultState.OK

    async def delete(self, robot: str) -> None:
        self._ask()
        self.kept.pop(robot, None)

    async def retry(self) -> VaultState:
        self.state = self.next_state
        return self.state


@dataclass
class FakeServices:
    """The app. `answer` is what becomes of the next test message; `tested` lists the robots that were tried out.

    `app_answer` is what DingTalk says of an app's credentials: None, it knows them; words, it could not be asked.
    """

    vault: MemoryVault = field(default_factory=MemoryVault)
    views: dict[str, RobotView] = field(default_factory=dict)
    spoken: Language = Language.EN
    base: Snapshot = field(default_factory=snapshot)
    answer: Receipt = field(default_factory=lambda: Receipt(status=Status.SENT))
    tested: list[str] = field(default_factory=list)
    app_answer: Text | InvalidCredentials | None = None
    claude: ClaudeSide = field(default_factory=StillClaude)
    held: tuple[Approval, ...] = ()  # the calls that wait, in full
    listeners: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = field(default_factory=list)

    def services(self) -> PageServices:
        """This app as the pages ask it: it is its own hub, control, robots and connector."""
        me = cast("Any", self)
        return PageServices(hub=me, control=me, robots=me, connectors={"claude-code": me}, language=self.spoken)

    def look(self) -> Snapshot:
        return replace(self.base, robots=tuple(self.views.values()), vault=self.vault.state)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        heard = (asyncio.get_running_loop(), listener)
        self.listeners.append(heard)
        return lambda: self.listeners.remove(heard)

    def changed(self) -> None:
        """Tell whoever listens; from any thread."""
        for loop, listener in list(self.listeners):
            loop.call_soon_threadsafe(listener)

    async def pause(self, length: PauseFor) -> None:
        until_ms = end_of(length, now_ms=self.base.now_ms)
        self.base = replace(self.base, pause=PauseView(since_ms=self.base.now_ms, until_ms=until_ms))
        self.changed()

    def resume(self) -> None:
        self.base = replace(self.base, pause=None)
        self.changed()

    async def hint(self, name: str) -> RobotHint:
        if self.vault.slow:
            await asyncio.Event().wait()  # its password window stands open
        kept = self.vault.kept.get(name)
        return RobotHint() if kept is None else RobotHint(webhook=kept.webhook.last4(), secret=kept.secret.last4())

    async def save(
        self,
        *,
        name: str,
        webhook: Secret,
        secret: Secret,
        keywords: Sequence[str],
        default: bool,
        per_minute: int | None = None,
        monthly_cap: int | None = None,
        channel: str = "",
        robot_code: str = "",
    ) -> Text | None:
        if channel == APP_CHANNEL:
            return await self._save_app(name, webhook, secret, robot_code)
        await self._save_group(
            name, webhook, secret, keywords, default=default, per_minute=per_minute, monthly_cap=monthly_cap
        )
        return None

    async def _save_group(
        self,
        name: str,
        webhook: Secret,
        secret: Secret,
        keywords: Sequence[str],
        *,
        default: bool,
        per_minute: int | None,
        monthly_cap: int | None,
    ) -> None:
        if not ROBOT_NAME.fullmatch(name):
            raise InvalidCredentials("name", text("credentials.bad_name"), text("credentials.bad_name_hint"))
        kept = self.vault.kept.get(name)
        if kept is not None and not webhook:
            webhook, secret = kept.webhook, secret or kept.secret
        channel = CHANNELS[DEFAULT_CHANNEL]
        checked = channel.check(webhook=webhook.reveal(), secret=secret.reveal(), keywords=keywords)
        limits = RobotLimits(per_minute=per_minute, monthly_cap=monthly_cap).on(
            robot_settings(host=host_of(checked.webhook)), channel
        )
        await self.vault.write(name, webhook=checked.webhook, secret=checked.secret)
        first = not self.views or (name in self.views and self.views[name].default)
        if default:
            self.views = {other: replace(view, default=False) for other, view in self.views.items()}
        self.views[name] = robot(
            name,
            host=host_of(checked.webhook),
            keywords=checked.keywords,
            signed=bool(checked.secret),
            default=default or first,
            minute_max=limits.per_minute,
            month_cap=limits.monthly_cap,
        )

    async def _save_app(self, name: str, webhook: Secret, secret: Secret, robot_code: str) -> Text | None:
        kept = self.vault.kept.get(name)
        if kept is not None and not webhook:
            webhook, secret = kept.webhook, secret or kept.secret
        checked = CHANNELS[APP_CHANNEL].check(webhook=webhook.reveal(), secret=secret.reveal())
        if isinstance(self.app_answer, InvalidCredentials):
            raise self.app_answer
        if robot_code:
            checked = replace(checked, webhook=replace(AppRobot.of(checked), robot_code=robot_code).address())
        await self.vault.write(name, webhook=checked.webhook, secret=checked.secret)
        paired = name in self.views and bool(self.views[name].paired)
        host = host_of(checked.webhook)
        self.views[name] = robot(name, channel=APP_CHANNEL, host=host, keywords=(), default=False, paired=paired)
        return self.app_answer

    async def make_default(self, name: str) -> None:
        if name not in self.views:
            raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
        self.views = {other: replace(view, default=other == name) for other, view in self.views.items()}

    async def send_test(self, robot: str, *, source: Source) -> Receipt:
        assert source is Source.PAGE
        if robot and robot not in self.views:
            raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
        self.tested.append(robot)
        return replace(self.answer, robot=robot)

    async def remove(self, name: str) -> None:
        if name not in self.views:
            raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
        await self.vault.delete(name)
        del self.views[name]

    async def retry_keyring(self) -> VaultState:
        return await self.vault.retry()

    async def view(self) -> ConnectionView:
        return await asyncio.to_thread(self.claude.view)

    async def connect(self, plan: str) -> tuple[str, ...]:
        return await asyncio.to_thread(self.claude.connect, plan)

    async def disconnect(self, plan: str) -> tuple[str, ...]:
        return await asyncio.to_thread(self.claude.disconnect, plan)

    async def check(self) -> ConnectionCheck:
        return await asyncio.to_thread(self.claude.check)
