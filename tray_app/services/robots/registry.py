"""Which robots there are, where their credentials come from, and whether they can be used now."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from tray_app.core.kernel.errors import InvalidCredentials, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Channel, Credentials
from tray_app.core.robots.app_robot import AppRobot
from tray_app.core.robots.credentials import host_of
from tray_app.core.settings.settings import (
    APP_CHANNEL,
    DEFAULT_CHANNEL,
    ENVIRONMENT_ROBOT,
    RESERVED_ROBOTS,
    SANDBOX_ROBOT,
    RobotSettings,
    Settings,
    usual_robot,
)
from tray_app.core.settings.values import ROBOT_NAME
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import RobotOrigin, VaultState
from tray_app.services.ports import RobotFacts, Vault
from tray_app.services.robots.environment import read_environ

RESERVED = frozenset(RESERVED_ROBOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A loopback robot that needs no account, brought by the app itself."""

    credentials: Credentials
    settings: RobotSettings


class RobotRegistry:
    """Implements `services.ports.Robots`. Order: the environment's robot, the default one, the others, the sandbox."""

    def __init__(
        self,
        *,
        vault: Vault,
        channels: Mapping[str, Channel],
        settings: Callable[[], Settings],
        environ: Mapping[str, str],
        sandbox: Sandbox | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Read the environment's robots once; wrong ones are a problem, not an error."""
        self._vault = vault
        self._channels = channels
        self._base = settings
        self._sandbox = sandbox
        self._on_change = on_change
        self._environ = read_environ(environ, channels, settings().delivery.extra_hosts)
        self._kept: dict[str, Credentials | UnknownRobot | VaultUnavailable] = {}
        self._told: tuple[Settings, Settings] | None = None  # as in the file, and with all robots

    def settings(self) -> Settings:
        """The owner's settings, with the robots that are not in the file put in: give this to whoever sends."""
        base = self._base()
        if self._told is None or self._told[0] is not base:  # a call asks nine times, the owner changes them seldom
            self._told = base, self._with_all(base)
        return self._told[1]

    def _with_all(self, base: Settings) -> Settings:
        robots = {name: robot for name, robot in base.robots.items() if name not in RESERVED}
        for name, found in self._environ.items():
            robots[name] = self._tuned(name, base.robots.get(name), found)
        if self._sandbox is not None:
            robots[SANDBOX_ROBOT] = self._sandbox.settings
        return replace(base, robots=robots)

    def names(self) -> Sequence[str]:
        """Names, the default one first, those that speak to their owner alone last."""
        base = self._base()
        stored = [name for name in base.robots if name not in RESERVED]
        stored.sort(key=lambda name: (self._is_personal(base.robots[name]), not base.robots[name].default))
        first = [name for name in self._environ if name == ENVIRONMENT_ROBOT]
        last = [name for name in self._environ if name != ENVIRONMENT_ROBOT]
        return [*first, *stored, *([] if self._sandbox is None else [SANDBOX_ROBOT]), *last]

    def _is_personal(self, robot: RobotSettings) -> bool:
        return self._channels[robot.channel].rules.personal

    def origin(self, name: str) -> RobotOrigin:
        """Where its credentials come from."""
        match name:
            case "environment" | "environment-app":
                return RobotOrigin.ENVIRONMENT
            case "sandbox":
                return RobotOrigin.SANDBOX
            case _:
                return RobotOrigin.KEYRING

    def channel(self, name: str) -> Channel:
        """Give the chat service that a robot is of; the usual one where there is no such robot."""
        robot = self.settings().robots.get(name)
        return self._channels[DEFAULT_CHANNEL if robot is None else robot.channel]

    async def credentials(self, name: str) -> Credentials:
        """Webhook, key and keywords, checked. Raises UnknownRobot (with the fix) or VaultUnavailable."""
        return replace(await self._credentials(name), raw_links=self.settings().delivery.links == "raw")

    async def _credentials(self, name: str) -> Credentials:
        names = self.names()
        if name not in names:
            raise _unknown(name, names)
        if name == SANDBOX_ROBOT and self._sandbox is not None:
            return self._sandbox.credentials
        found = self._environ.get(name)
        if isinstance(found, InvalidCredentials):
            raise UnknownRobot(found.reason, found.hint)
        return await self._stored(name) if found is None else found

    def keep_until_the_end(self, name: str, credentials: Credentials) -> None:
        """Have a robot of the environment, which nothing can be written to, hold this until the app ends."""
        self._environ[name] = credentials

    async def refresh(self) -> None:
        """Ask the keyring about every robot it keeps, so that `facts` and `problems` say what is so. Never raises."""
        for name in self.names():
            if self.origin(name) is RobotOrigin.KEYRING:
                try:
                    await self._stored(name)
                except (UnknownRobot, VaultUnavailable):
                    continue  # noted in _kept

    async def watch(self, *, every_s: float = 30.0) -> None:
        """Look again for ever while there is no keyring: at login the app may be up before the keyring is.

        A locked one is left alone, because each question would open another unlock dialog.
        """
        while True:
            await asyncio.sleep(every_s)
            if self._vault.state in {VaultState.NO_BACKEND, VaultState.ERROR}:
                await self.refresh()

    def facts(self) -> tuple[RobotFacts, ...]:
        """All robots, the default one first, as last seen: the keyring is not asked."""
        settings = self.settings()
        return tuple(
            self._fact(name, settings, default=index == 0 and not self._is_personal(settings.robots[name]))
            for index, name in enumerate(self.names())
        )

    def problems(self) -> tuple[Problem, ...]:
        """What keeps robots from being used, each said once."""
        if not self.names():
            return (_problem(UnknownRobot(text("credentials.no_robot"), text("credentials.set_up_hint"))),)
        faults = [*self._environ.values(), *(self._kept.get(name) for name in self.names())]
        problems: list[Problem] = []
        for fault in faults:
            if fault is not None and not isinstance(fault, Credentials) and (said := _problem(fault)) not in problems:
                problems.append(said)
        return tuple(problems)

    async def _stored(self, name: str) -> Credentials:
        """Read a robot from the keyring and note what came of it."""
        settings = self._base()
        try:
            found = await self._vault.read(name)
            if found is None:
                hint = text("credentials.nothing_stored_hint", robot=name)
                raise UnknownRobot(text("credentials.nothing_stored", robot=name), hint)
            credentials = self._checked(name, found, settings)
        except (UnknownRobot, VaultUnavailable) as error:
            self._note(name, error)
            raise
        self._note(name, credentials)
        return credentials

    def _note(self, name: str, found: Credentials | UnknownRobot | VaultUnavailable) -> None:
        before, self._kept[name] = self._kept.get(name), found
        if _mark(before) != _mark(found):
            self._on_change()

    def _checked(self, name: str, found: Credentials, settings: Settings) -> Credentials:
        """What is in the keyring may have been changed there, and the owner may have taken a host off the list."""
        robot = settings.robots[name]
        try:
            return self._channels[robot.channel].check(
                webhook=found.webhook.reveal(),
                secret=found.secret.reveal(),
                keywords=robot.keywords,
                extra_hosts=settings.delivery.extra_hosts,
            )
        except InvalidCredentials as error:
            reason = text("credentials.stored_unusable", robot=name, fault=error.reason)
            raise UnknownRobot(reason, error.hint) from None

    def _tuned(self, name: str, tuning: RobotSettings | None, found: Credentials | InvalidCredentials) -> RobotSettings:
        """Settings of the environment's robot: `[robots.environment]` where it is, never above the host's own limit."""
        service = DEFAULT_CHANNEL if name == ENVIRONMENT_ROBOT else APP_CHANNEL
        channel = self._channels[service]
        robot = replace(tuning or usual_robot(service, channel), channel=service, default=name == ENVIRONMENT_ROBOT)
        if isinstance(found, InvalidCredentials):
            return robot
        host = host_of(found.webhook)
        limit = channel.host_limit(host)
        most = robot.per_minute if limit is None else min(robot.per_minute, limit.per_minute)
        return replace(robot, host=host, keywords=found.keywords, per_minute=most)

    def _fact(self, name: str, settings: Settings, *, default: bool) -> RobotFacts:
        robot = settings.robots[name]
        origin = self.origin(name)
        known: object = self._kept.get(name)
        if origin is RobotOrigin.ENVIRONMENT:
            known = self._environ.get(name)
        elif origin is RobotOrigin.SANDBOX and self._sandbox is not None:
            known = self._sandbox.credentials
        ready = isinstance(known, Credentials)
        return RobotFacts(
            name=name,
            channel=robot.channel,
            host=host_of(known.webhook) if isinstance(known, Credentials) else robot.host,
            origin=origin,
            default=default,
            ready=ready,
            signed=isinstance(known, Credentials) and bool(known.secret),
            keywords=known.keywords if isinstance(known, Credentials) else robot.keywords,
            mark=_mark_of(known.webhook) if isinstance(known, Credentials) else "",
            paired=_is_paired(known) if self._is_personal(robot) else None,
        )


def _unknown(name: str, names: Sequence[str]) -> UnknownRobot:
    if not names:
        return UnknownRobot(text("credentials.no_robot"), text("credentials.set_up_hint"))
    hint = text("credentials.unknown_robot_hint", known=", ".join(names))
    shown = name if ROBOT_NAME.fullmatch(name) else "…"  # a key pasted in the wrong place is not repeated
    return UnknownRobot(text("credentials.unknown_robot", robot=shown), hint)


def _problem(fault: InvalidCredentials | UnknownRobot | VaultUnavailable) -> Problem:
    kind = ProblemKind.KEYRING if isinstance(fault, VaultUnavailable) else ProblemKind.NOT_SET_UP
    return Problem(kind=kind, reason=fault.reason, hint=fault.hint)


def _is_paired(known: object) -> bool:
    return isinstance(known, Credentials) and AppRobot.of(known).recipient is not None


def _mark_of(webhook: Secret) -> str:
    """Tell webhooks apart without telling them: DingTalk's hold 256 random bits, which nobody finds from a hash."""
    return sha256(webhook.reveal().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _mark(found: Credentials | UnknownRobot | VaultUnavailable | None) -> object:
    """What a reader of `facts` and `problems` could tell apart."""
    return found if found is None or isinstance(found, Credentials) else (found.reason, found.hint)
