"""Setting robots up and removing them: keyring and settings.toml change together or not at all."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from tray_app.core.kernel.errors import InvalidCredentials, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel, Credentials, Rejected
from tray_app.core.robots.app_robot import CODE, paired_as_before
from tray_app.core.robots.credentials import host_of, only_one
from tray_app.core.settings.settings import (
    DEFAULT_CHANNEL,
    MOST_PER_MINUTE,
    MOST_PER_MONTH,
    RobotSettings,
    Settings,
    usual_robot,
)
from tray_app.core.settings.values import ROBOT_NAME
from tray_app.core.state.snapshot import RobotOrigin, VaultState
from tray_app.services.ports import Vault
from tray_app.services.robots.registry import RESERVED, RobotRegistry
from tray_app.services.robots.token_check import TokenCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotLimits:
    """How many messages a robot may send in a minute and in a month; None: as it is, or as usual."""

    per_minute: int | None = None
    monthly_cap: int | None = None

    def on(self, robot: RobotSettings, channel: Channel) -> RobotSettings:
        """Set them on a robot of this chat service. Raises InvalidCredentials naming the field."""
        changed = replace(
            robot,
            per_minute=robot.per_minute if self.per_minute is None else self.per_minute,
            monthly_cap=robot.monthly_cap if self.monthly_cap is None else self.monthly_cap,
        )
        limit = channel.host_limit(changed.host)
        most = MOST_PER_MINUTE if limit is None else limit.per_minute
        if not 1 <= changed.per_minute <= most:
            hint = text("credentials.bad_limit_hint") if limit is None else limit.hint
            raise InvalidCredentials("per_minute", text("credentials.bad_per_minute", most=most), hint)
        if not 1 <= changed.monthly_cap <= MOST_PER_MONTH:
            reason = text("credentials.bad_monthly_cap", most=MOST_PER_MONTH)
            raise InvalidCredentials("monthly_cap", reason, text("credentials.bad_limit_hint"))
        return changed


AS_IT_IS = RobotLimits()


async def _no_check(_channel: Channel, _credentials: Credentials) -> None:
    return None


class SettingsKeeper(Protocol):
    """The owner's settings, and the edits this service needs. Each raises InvalidSettings and then changed nothing."""

    def load(self) -> Settings:
        """Read the newest."""
        ...

    def add_robot(self, name: str, robot: RobotSettings) -> Settings:
        """Add a robot or replace its values."""
        ...

    def remove_robot(self, name: str) -> Settings:
        """Remove a robot, and the routes that lead to it; nothing there is fine."""
        ...

    def set_default(self, name: str) -> Settings:
        """Make one robot the default one."""
        ...


class RobotSetup:
    """One change at a time. Raises InvalidCredentials, VaultUnavailable, InvalidSettings or UnknownRobot."""

    def __init__(
        self,
        *,
        settings: SettingsKeeper,
        vault: Vault,
        channels: Mapping[str, Channel],
        robots: RobotRegistry,
        changed: Callable[[], None],
        check_token: TokenCheck = _no_check,
    ) -> None:
        """After each change `changed` is called, and `robots` asked to look again. `check_token` asks the service."""
        self._check_token = check_token
        self._settings = settings
        self._changed = changed
        self._vault = vault
        self._channels = channels
        self._robots = robots
        self._one_at_a_time = asyncio.Lock()

    def check_name(self, name: str) -> None:
        """Refuse a name that no robot can be stored under. Raises InvalidCredentials."""
        if name in RESERVED:
            entry = "read_only" if self._robots.origin(name) is RobotOrigin.ENVIRONMENT else "reserved_name"
            hint = text("credentials.read_only_hint" if entry == "read_only" else "credentials.bad_name_hint")
            raise InvalidCredentials("name", text(f"credentials.{entry}", robot=name), hint)
        if not ROBOT_NAME.fullmatch(name):
            raise InvalidCredentials("name", text("credentials.bad_name"), text("credentials.bad_name_hint"))

    async def checked(self, *, name: str, webhook: Secret, secret: Secret, keywords: tuple[str, ...]) -> Credentials:
        """Check and sort out what an agent would store; nothing is stored. Raises InvalidCredentials."""
        self.check_name(name)
        settings = await asyncio.to_thread(self._settings.load)
        robot = self._robot(name, "", settings)
        if self._is_personal(robot):
            raise InvalidCredentials("robot", text("gate.personal", robot=name), text("app_robot.owner_sets_up_hint"))
        return self._checked(robot, webhook, secret, keywords, settings)

    async def save(
        self,
        *,
        name: str,
        webhook: Secret,
        secret: Secret,
        keywords: tuple[str, ...],
        channel: str = "",
        default: bool = False,
        limits: RobotLimits = AS_IT_IS,
        robot_code: str = "",
    ) -> Text | None:
        """Check and store a robot, new or known. Webhook and key may be swapped, or both in one field.

        `channel` names its chat service; empty: as it is, or the usual one. `robot_code` is an app's robot's; empty: as
        it is, or the app's id. Returns why the service could not be asked about it, None where it was, or knows no
        asking. Whom an app robot speaks to is never given here: it stays as it is where the app is the same, else
        nobody is paired.

        The keyring comes first: a robot in settings.toml without a webhook would be a broken one.
        """
        self.check_name(name)
        async with self._one_at_a_time:
            settings = await asyncio.to_thread(self._settings.load)
            known = self._robot(name, channel, settings)
            checked = self._checked(known, webhook, secret, keywords, settings)
            personal = self._is_personal(known)
            others = [one for other, one in settings.robots.items() if other not in RESERVED and other != name]
            first = all(self._is_personal(one) for one in others)
            robot = replace(
                known,
                host=host_of(checked.webhook),
                keywords=checked.keywords,
                default=not personal and (default or first or known.default),
            )
            robot = limits.on(robot, self._channels[robot.channel])
            if robot_code and not personal:
                raise InvalidCredentials("robot_code", text("app_robot.no_robot_code"), text("app_robot.name_app_hint"))
            if robot_code and not CODE.fullmatch(robot_code):
                raise InvalidCredentials("robot_code", text("app_robot.bad_robot_code"), text("app_robot.where_hint"))
            refusal = await self._check_token(self._channels[robot.channel], checked)
            if isinstance(refusal, Rejected):
                raise InvalidCredentials("secret", refusal.reason, refusal.hint)
            before = await self._before(name)
            if personal:
                checked = paired_as_before(checked, before, robot_code)
            await self._vault.write(name, webhook=checked.webhook, secret=checked.secret)
            try:
                await asyncio.to_thread(self._settings.add_robot, name, robot)
            except BaseException:
                await self._put_back(name, before)
                raise
        self._changed()
        await self._robots.refresh()
        return None if refusal is None else refusal.reason

    async def remove(self, name: str) -> None:
        """Forget a robot in keyring and settings."""
        self.check_name(name)
        async with self._one_at_a_time:
            settings = await asyncio.to_thread(self._settings.load)
            if name not in settings.robots:
                raise UnknownRobot(text("credentials.unknown_robot", robot=name), text("credentials.set_up_hint"))
            before = await self._before(name)
            try:
                await self._vault.delete(name)
            except VaultUnavailable:
                if self._vault.state is not VaultState.NO_BACKEND:  # without a keyring nothing is left to forget
                    raise
            try:
                await asyncio.to_thread(self._settings.remove_robot, name)
            except BaseException:
                await self._put_back(name, before)
                raise
        self._changed()
        await self._robots.refresh()

    async def set_default(self, name: str) -> None:
        """Use this robot where none is named; one that speaks to its owner alone cannot be."""
        self.check_name(name)
        if self._robots.channel(name).rules.personal:
            raise InvalidCredentials("name", text("gate.personal", robot=name), text("gate.personal_hint"))
        async with self._one_at_a_time:
            await asyncio.to_thread(self._settings.set_default, name)
        self._changed()
        await self._robots.refresh()

    async def _before(self, name: str) -> Credentials | None:
        """What is stored now, to be put back. A locked keyring is no reason to stop: the write waits for its dialog."""
        try:
            return await self._vault.read(name)
        except VaultUnavailable:
            return None

    async def _put_back(self, name: str, before: Credentials | None) -> None:
        if before is None:
            await self._vault.delete(name)
        else:
            await self._vault.write(name, webhook=before.webhook, secret=before.secret)

    def _is_personal(self, robot: RobotSettings) -> bool:
        return self._channels[robot.channel].rules.personal

    def _robot(self, name: str, channel: str, settings: Settings) -> RobotSettings:
        """The robot as it is, or a new one."""
        known = settings.robots.get(name)
        chosen = channel or (DEFAULT_CHANNEL if known is None else known.channel)
        if known is not None and known.channel == chosen:
            return known
        new = usual_robot(chosen, self._channels[chosen])
        return new if known is None else replace(new, default=known.default)

    def _checked(
        self, robot: RobotSettings, webhook: Secret, secret: Secret, keywords: tuple[str, ...], settings: Settings
    ) -> Credentials:
        channel = self._channels[robot.channel]
        found = only_one(channel.read_pasted(webhook.reveal(), secret.reveal()))
        return channel.check(
            webhook=found.webhook.reveal() or webhook.reveal(),
            secret=found.secret.reveal() or secret.reveal(),
            keywords=keywords or found.keywords,
            extra_hosts=settings.delivery.extra_hosts,
        )
