"""What the pages ask of the app."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.actions import PauseFor
from tray_app.core.connection import ConnectionCheck, ConnectionView
from tray_app.core.receipt import Receipt
from tray_app.core.secret import Secret
from tray_app.core.snapshot import Snapshot, VaultState
from tray_app.core.texts import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotHint:
    """The last four characters of webhook and signing key, by which an owner recognises them; empty where unknown."""

    webhook: str = ""
    secret: str = ""


class Desk(Protocol):
    """The app, as the pages need it. Expected trouble is a TrayAppError; everything else is a bug."""

    def snapshot(self) -> Snapshot:
        """The state now."""
        ...

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the server's loop whenever something has changed; the returned function ends that."""
        ...

    def language(self) -> Language:
        """The owner's language."""
        ...

    async def pause(self, length: PauseFor) -> None:
        """Keep everything back; returns when nothing is on the wire."""
        ...

    def resume(self) -> None:
        """Let messages out again. Raises StoreUnavailable where what waited should be discarded and cannot be."""
        ...

    async def robot_hint(self, name: str) -> RobotHint:
        """Never raises for a locked or missing keyring: it then knows nothing."""
        ...

    async def save_robot(
        self,
        *,
        name: str,
        webhook: Secret,
        secret: Secret,
        keywords: Sequence[str],
        default: bool,
        per_minute: int | None = None,
        monthly_cap: int | None = None,
    ) -> None:
        """Check and store a new robot, or a change of a known one.

        For a known robot an empty webhook keeps the stored one, and so does an empty key beside an empty webhook. The
        first robot is the default one whatever `default` says. A limit that is None stays as it is.
        Raises InvalidCredentials (its `field` is the argument's name) or VaultUnavailable.
        """
        ...

    async def make_default(self, name: str) -> None:
        """Use it where none is named. Raises UnknownRobot or InvalidSettings."""
        ...

    async def test(self, robot: str) -> Receipt:
        """Send a test message and wait a bounded time for what becomes of it."""
        ...

    async def remove_robot(self, name: str) -> None:
        """Forget its credentials and settings. Raises UnknownRobot or VaultUnavailable."""
        ...

    async def retry_keyring(self) -> VaultState:
        """Look for the keyring anew."""
        ...

    async def connection(self) -> ConnectionView:
        """How Claude Code's settings stand, and what connecting and disconnecting would change."""
        ...

    async def connect(self, plan: str) -> tuple[str, ...]:
        """Carry out the plan with this id; gives the backups. Raises TrayAppError where the files changed meanwhile."""
        ...

    async def disconnect(self, plan: str) -> tuple[str, ...]:
        """The way back, likewise."""
        ...

    async def check_connection(self) -> ConnectionCheck:
        """Have the client connect; about 10 s at most. Raises TrayAppError."""
        ...
