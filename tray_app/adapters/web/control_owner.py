"""What the control API asks of the app."""

from collections.abc import Mapping
from typing import Protocol

from tray_app.core.actions import Page, PauseFor
from tray_app.core.approvals import Answer
from tray_app.core.messages import Message
from tray_app.core.receipt import Receipt
from tray_app.core.snapshot import Snapshot
from tray_app.core.texts import Catalog


class Owner(Protocol):
    """What the app does for the person at this computer."""

    def snapshot(self) -> Snapshot:
        """The state as of now."""
        ...

    def history_listing(self, asked: Mapping[str, str], *, limit: int, catalog: Catalog) -> dict[str, object]:
        """Messages of the history that were asked for, newest first."""
        ...

    def session_listing(self, *, everything: bool, limit: int) -> list[dict[str, object]]:
        """Sessions of coding agents: live ones, or past ones too."""
        ...

    def approval_listing(self) -> list[dict[str, object]]:
        """What waits for the owner."""
        ...

    async def settle(self, approval_id: str, answer: Answer) -> dict[str, object]:
        """Say what the owner decided."""
        ...

    def try_call(self, tool: str, args: str | None, *, client: str, session: str) -> dict[str, object]:
        """Say what the policy would do with a call now."""
        ...

    def client_listing(self) -> list[dict[str, object]]:
        """Clients that may call."""
        ...

    def add_client(self, name: str) -> dict[str, object]:
        """Let a client in; the answer holds its token."""
        ...

    def revoke_client(self, name: str) -> dict[str, object]:
        """Let a client in no more."""
        ...

    def rotate_client(self, name: str) -> dict[str, object]:
        """Give a client another token."""
        ...

    async def send(self, message: Message, *, robot: str, client: str) -> Receipt:
        """Send a message."""
        ...

    async def send_test(self, robot: str) -> Receipt:
        """Send the test message."""
        ...

    async def resend(self, delivery_id: str) -> Receipt:
        """Send a message of the history again."""
        ...

    async def pause(self, length: PauseFor) -> None:
        """Pause; returns when nothing is on the wire."""
        ...

    def resume(self) -> None:
        """Resume."""
        ...

    async def reload(self) -> None:
        """Read settings and keyring anew: another program has changed them."""
        ...

    def link(self, page: Page) -> str:
        """Make a one-time link to a page."""
        ...

    def quit(self) -> None:
        """Stop the app soon."""
        ...
