"""The robot that speaks to its owner alone: which it is, and with whom it is paired, as the keyring keeps it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tray_app.core.kernel.errors import UnknownRobot
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.app_robot import AppRobot, Recipient
from tray_app.core.state.snapshot import RobotOrigin
from tray_app.services.ports import Vault
from tray_app.services.robots.registry import RobotRegistry


class OwnerRobot:
    """Lives on the engine's loop. Of several such robots the first one is it."""

    def __init__(self, *, robots: RobotRegistry, vault: Vault, changed: Callable[[], None]) -> None:
        """`changed` hears that somebody is paired, or nobody any more."""
        self._robots = robots
        self._vault = vault
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()

    @property
    def name(self) -> str:
        """Its name; empty: there is none."""
        return next((name for name in self._robots.names() if self._robots.channel(name).rules.personal), "")

    @property
    def is_paired(self) -> bool:
        """Whether there is one, and somebody is paired with it, as far as is known now."""
        return bool(self.paired_with)

    @property
    def paired_with(self) -> str:
        """A word that is another one where robot or paired person is; empty while nobody is paired."""
        name = self.name
        if not name:
            return ""
        return next(
            (f"{name} {facts.mark}" for facts in self._robots.facts() if facts.name == name and facts.paired), ""
        )

    async def credentials(self) -> Credentials:
        """Give its credentials, paired or not. Raises UnknownRobot or VaultUnavailable."""
        name = self.name
        if not name:
            raise UnknownRobot(text("app_robot.none"), text("app_robot.none_hint"))
        return await self._robots.credentials(name)

    async def person(self) -> Recipient | None:
        """Say who is paired; None: nobody. Raises UnknownRobot or VaultUnavailable."""
        return AppRobot.of(await self.credentials()).recipient

    async def pair(self, person: Recipient | None) -> None:
        """Speak to, and listen to, this person alone from now on; through the environment's robot until the app ends.

        Raises UnknownRobot or VaultUnavailable.
        """
        async with self._one_at_a_time:
            credentials = await self.credentials()
            robot = AppRobot.of(credentials).paired_with(person)
            if self._robots.origin(self.name) is RobotOrigin.ENVIRONMENT:
                self._robots.keep_until_the_end(self.name, replace(credentials, webhook=robot.address()))
            else:
                await self._vault.write(self.name, webhook=robot.address(), secret=credentials.secret)
        await self._robots.refresh()
        self._changed()
