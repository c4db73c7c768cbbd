"""What the pages ask of the app."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.approvals.approval import Answer, Approval
from tray_app.core.connect.view import ConnectionCheck, ConnectionView
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.file.findings import PolicyText
from tray_app.core.policy.model import Limit, Policy
from tray_app.core.settings.routes import Route, Subject
from tray_app.core.settings.text import SettingsText, TomlValue
from tray_app.core.state.snapshot import RefusalView, Snapshot, VaultState


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotHint:
    """The last four characters of webhook and signing key, by which an owner recognises them; empty where unknown."""

    webhook: str = ""
    secret: str = ""


class PageServices(Protocol):
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
        """How the agent's settings stand, and what connecting and disconnecting would change."""
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


class PolicyServices(Protocol):
    """`policy.json`, the counters, and what was refused. Expected trouble is a TrayAppError."""

    @property
    def current(self) -> Policy:
        """The policy that holds."""
        ...

    async def look(self) -> PolicyText:
        """What the file says now."""
        ...

    async def save(self, source: str, *, version: str) -> None:
        """Put it in the file's place. Raises InvalidPolicy, or PolicyChanged where the file is another version."""
        ...

    async def reset(self) -> str:
        """Write the default policy; gives the path of the old file's copy, empty where there was no file."""
        ...

    def used(self, limit: Limit) -> int:
        """How many calls count now towards a limit."""
        ...

    def would(self, call: Call) -> Decided:
        """What would become of a call now; nothing is counted."""
        ...

    def refusals(self) -> Sequence[RefusalView]:
        """The last refused calls, newest first. Raises StoreUnavailable."""
        ...

    async def allow_once(self, refusal_id: str) -> Receipt | None:
        """Let a refused call through: its message is sent (the receipt), or the next such call passes (None)."""
        ...

    def allow_everything(self, *, on: bool) -> None:
        """Let every call through for ten minutes, or end that."""
        ...


class ApprovalServices(Protocol):
    """Calls that wait for the owner."""

    def waiting(self) -> Sequence[Approval]:
        """All of them, oldest first. Raises StoreUnavailable."""
        ...

    async def settle(self, approval_id: str, answer: Answer) -> Approval:
        """Say what the owner decided. Raises TrayAppError where somebody was first, or it cannot be done."""
        ...


class SettingsServices(Protocol):
    """settings.toml. Changes raise InvalidSettings, or SettingsChanged where the file is not the version named."""

    async def look(self) -> SettingsText:
        """What the file says now."""
        ...

    async def change(self, values: Mapping[str, TomlValue | None], *, version: str) -> None:
        """Set values by key (None: take it out), and have them take effect."""
        ...

    async def show_file(self) -> bool:
        """Show the file's folder on the desktop; False where there is none."""
        ...

    def routes(self) -> Sequence[Route]:
        """The routes that hold."""
        ...

    async def add_route(self, route: Route) -> None:
        """Add one behind the others."""
        ...

    async def remove_route(self, number: int, *, version: str) -> None:
        """Remove one, counted from 0."""
        ...

    async def raise_route(self, number: int, *, version: str) -> None:
        """Ask one before the one above it."""
        ...

    def route_of(self, subject: Subject) -> Route | None:
        """The route that such a message would take; None: it goes to the default robot."""
        ...

    def folders(self) -> Sequence[str]:
        """Folders of known sessions, the newest first."""
        ...
