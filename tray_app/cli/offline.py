"""What a command does without the running app, and whether there is one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.keyring.vault import KeyringVault
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import AppNotRunning, Remote
from tray_app.channels import CHANNELS
from tray_app.cli.console import Console
from tray_app.core.kernel.errors import TrayAppError, VaultUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel, Credentials
from tray_app.core.robots.credentials import only_one
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL, ENVIRONMENT_ROBOT, Settings
from tray_app.core.state.problems import Problem
from tray_app.core.state.snapshot import VaultState
from tray_app.services.ports import RobotFacts
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.robots.setup import RobotSetup
from tray_app.services.robots.token_check import NoToken, token_check

T = TypeVar("T")
_HOPELESS = frozenset({VaultState.NO_BACKEND, VaultState.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRobots:
    """What there is: all robots, what keeps them from being used, the keyring, and the credentials that can be read."""

    robots: Sequence[RobotFacts]
    problems: Sequence[Problem]
    vault: VaultState
    trouble: VaultUnavailable | None  # the keyring's
    credentials: Mapping[str, Credentials]
    channels: Mapping[str, Channel]

    def channel_of(self, robot: str) -> Channel:
        """Give the chat service that one of `robots` is of."""
        return next(self.channels[facts.channel] for facts in self.robots if facts.name == robot)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    vault: KeyringVault
    registry: RobotRegistry
    configure: RobotSetup


class Offline:
    """Each method runs in an event loop of its own. Raises TrayAppError."""

    def __init__(self, paths: Paths, environ: Mapping[str, str], channels: Mapping[str, Channel] = CHANNELS) -> None:
        """Read the settings; nothing is asked of the keyring and no folder is made yet."""
        self._paths = paths
        self._channels = channels
        self._file = SettingsFile(paths.settings, channels)
        self._file.load()
        self._environ = environ

    @property
    def settings(self) -> Settings:
        """The owner's settings."""
        return self._file.current

    def channel(self, robot: str, wanted: str) -> Channel:
        """Give the chat service `wanted` for a robot; empty: that it is of, or the usual one."""
        known = self.settings.robots.get(robot)
        return self._channels[wanted or (DEFAULT_CHANNEL if known is None else known.channel)]

    def name_of(self, channel: str) -> str:
        """Name the robot that is meant where none is named: an app's own is not the group's."""
        if channel != APP_CHANNEL:
            return "default"
        return next((name for name, robot in self.settings.robots.items() if robot.channel == APP_CHANNEL), "phone")

    def check(self, *pasted: str, channel: Channel, keywords: tuple[str, ...]) -> Credentials:
        """Find webhook and key in what was pasted, in any order, and check them. `keywords` win over pasted ones.

        Of two chunks the second may be a key of any form: a dedicated DingTalk has its own.
        """
        found = only_one(channel.read_pasted(*pasted))
        typed_key = pasted[1] if len(pasted) > 1 else ""
        return channel.check(
            webhook=found.webhook.reveal(),
            secret=found.secret.reveal() or typed_key,
            keywords=keywords or found.keywords,
            extra_hosts=self.settings.delivery.extra_hosts,
        )

    def from_environment(self) -> Credentials:
        """The robot of `DINGTALK_WEBHOOK` and its kin."""

        async def read(services: _Services) -> Credentials:
            if ENVIRONMENT_ROBOT not in services.registry.names():
                raise TrayAppError(text("cli.no_env"), text("cli.no_env_hint"))
            return await services.registry.credentials(ENVIRONMENT_ROBOT)

        return self._run(read)

    def look_at_keyring(self, name: str) -> None:
        """Refuse a name or a keyring that could not keep a robot, before somebody types a secret in vain."""

        async def look(services: _Services) -> None:
            services.configure.check_name(name)
            try:
                await services.vault.read(name)
            except VaultUnavailable:
                if services.vault.state in _HOPELESS:  # a locked one asks for its password when it is written
                    raise

        self._run(look)

    def save(
        self, name: str, credentials: Credentials, *, channel: str, default: bool, robot_code: str = ""
    ) -> tuple[RobotFacts, Text | None]:
        """Store a robot, and say what it is now, and why its service could not be asked about it, if so.

        `channel` empty: as it is, or the usual one. `robot_code` is an app's robot's; empty: as it is, or the app's id.
        """
        self._paths.create()

        async def store(services: _Services) -> tuple[RobotFacts, Text | None]:
            unasked = await services.configure.save(
                name=name,
                webhook=credentials.webhook,
                secret=credentials.secret,
                keywords=credentials.keywords,
                channel=channel,
                default=default,
                robot_code=robot_code,
            )
            return next(facts for facts in services.registry.facts() if facts.name == name), unasked

        return self._run(store)

    def remove(self, name: str) -> None:
        """Forget a robot."""
        self._run(lambda services: services.configure.remove(name))

    def kept(self) -> frozenset[str]:
        """Robots of which the keyring holds a webhook; empty where it cannot be asked. Raises nothing of its own."""

        async def look(services: _Services) -> frozenset[str]:
            found = set()
            for name in self.settings.robots:
                try:
                    if await services.vault.read(name) is not None:
                        found.add(name)
                except VaultUnavailable:
                    if services.vault.state not in _HOPELESS:  # a locked one may hold it
                        found.add(name)
            return frozenset(found)

        return self._run(look)

    def forget(self, names: Sequence[str]) -> None:
        """Take robots out of the keyring; the settings still name them."""

        async def delete(services: _Services) -> None:
            for name in names:
                await services.vault.delete(name)

        self._run(delete)

    def set_default(self, name: str) -> None:
        """Use this robot where none is named."""
        self._run(lambda services: services.configure.set_default(name))

    def look(self) -> SeenRobots:
        """Ask about every robot once."""

        async def read(services: _Services) -> SeenRobots:
            readable: dict[str, Credentials] = {}
            for name in services.registry.names():
                try:
                    readable[name] = await services.registry.credentials(name)
                except TrayAppError:
                    continue  # among the problems
            trouble = await _ask(services.vault)
            facts, problems = services.registry.facts(), services.registry.problems()
            return SeenRobots(
                robots=facts,
                problems=problems,
                vault=services.vault.state,
                trouble=trouble,
                credentials=readable,
                channels=self._channels,
            )

        return self._run(read)

    def _run(self, work: Callable[[_Services], Awaitable[T]]) -> T:
        async def within() -> T:
            vault = KeyringVault(environ=self._environ)
            registry = RobotRegistry(
                vault=vault, channels=self._channels, settings=lambda: self._file.current, environ=self._environ
            )
            configure = RobotSetup(
                settings=self._file,
                vault=vault,
                channels=self._channels,
                robots=registry,
                changed=lambda: None,
                check_token=_check_token,
            )
            try:
                return await work(_Services(vault=vault, registry=registry, configure=configure))
            finally:
                vault.close()

        return asyncio.run(within())


def app_refusals(seen: SeenRobots) -> Mapping[str, NoToken | None]:
    """Ask the chat service of each app robot that can be read for a token: why there is none, None where one came."""
    apps = {name: one for name, one in seen.credentials.items() if seen.channel_of(name).tokens is not None}

    async def ask() -> Mapping[str, NoToken | None]:
        return {name: await _check_token(seen.channel_of(name), one) for name, one in apps.items()}

    return asyncio.run(ask()) if apps else {}


async def _check_token(channel: Channel, credentials: Credentials) -> NoToken | None:
    if channel.tokens is None:
        return None
    from tray_app.adapters.http.poster import HttpPoster  # a tenth of a second, which no other command needs

    poster = HttpPoster()
    try:
        return await token_check(poster, lambda: time.time_ns() // 1_000_000)(channel, credentials)
    finally:
        await poster.aclose()


async def _ask(vault: KeyringVault) -> VaultUnavailable | None:
    """Read any entry, to hear whether the keyring answers."""
    try:
        await vault.read("default")
    except VaultUnavailable as error:
        return error
    return None


def tell_running(paths: Paths, console: Console) -> Remote | None:
    """Let a running app read both anew; None where there is nobody to tell."""
    try:
        remote = Remote.find(paths, console.words.language)
        remote.post("reload")
    except AppNotRunning:
        return None
    return remote
