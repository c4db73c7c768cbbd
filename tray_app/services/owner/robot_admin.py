"""What the owner does about robots and their keyring: add, change, remove, try the keyring again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text
from tray_app.core.robots.app_robot import AppRobot
from tray_app.core.state.snapshot import VaultState
from tray_app.services.ports import Robots, Vault
from tray_app.services.robots.setup import RobotLimits, RobotSetup


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotHint:
    """The last four characters of webhook and signing key, by which an owner recognises them; empty where unknown.

    Of an app robot, of its Client ID and Client Secret.
    """

    webhook: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotAdmin:
    """`learn` asks for every robot's credentials anew, `changed` hears that a face should be drawn anew."""

    setup: RobotSetup
    robots: Robots
    vault: Vault
    learn: Callable[[], Awaitable[None]]
    changed: Callable[[], None]

    async def hint(self, name: str) -> RobotHint:
        """Nothing while the keyring does not answer."""
        try:
            credentials = await self.robots.credentials(name)
        except TrayAppError:
            return RobotHint()
        address = credentials.webhook
        if self.robots.channel(name).rules.personal:
            address = Secret(AppRobot.of(credentials).client_id)
        return RobotHint(webhook=address.last4(), secret=credentials.secret.last4())

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
        """Check and store a new robot, or a change of a known one; `channel` of a new one, empty: the usual one.

        `robot_code` is an app's robot's; empty: as it is, or the app's id.
        For a known robot an empty webhook keeps the stored one, and so does an empty key beside an empty webhook. The
        first robot is the default one whatever `default` says. A limit that is None stays as it is.
        Returns why the chat service could not be asked about it, if so.
        Raises InvalidCredentials (its `field` is the argument's name) or VaultUnavailable.
        """
        if not webhook and (kept := await self.vault.read(name)) is not None:
            webhook, secret = kept.webhook, secret or kept.secret
        unasked = await self.setup.save(
            name=name,
            webhook=webhook,
            secret=secret,
            keywords=tuple(keywords),
            channel=channel,
            default=default,
            limits=RobotLimits(per_minute=per_minute, monthly_cap=monthly_cap),
            robot_code=robot_code,
        )
        await self.learn()
        return unasked

    async def make_default(self, name: str) -> None:
        """Use it where none is named. Raises UnknownRobot or InvalidSettings."""
        await self.setup.set_default(name)
        self.changed()

    async def remove(self, name: str) -> None:
        """Forget its credentials and settings. Raises UnknownRobot or VaultUnavailable."""
        await self.setup.remove(name)
        self.changed()

    async def retry_keyring(self) -> VaultState:
        """Look for the keyring anew, and let waiting messages go."""
        state = await self.vault.retry()
        await self.learn()
        return state
