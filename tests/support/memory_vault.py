"""A keyring in memory that keeps the port's promises, and can be locked, lost or full as a real one can."""

from tray_app.core.channel import Credentials
from tray_app.core.errors import VaultUnavailable
from tray_app.core.secret import Secret
from tray_app.core.snapshot import VaultState
from tray_app.core.texts import text


class MemoryVault:
    """`trouble` is the state every call meets; OK lets it through."""

    def __init__(self) -> None:
        self.stored: dict[str, Credentials] = {}
        self.trouble = VaultState.OK

    @property
    def state(self) -> VaultState:
        if self.trouble is not VaultState.OK:
            return self.trouble
        return VaultState.OK if self.stored else VaultState.MISSING

    async def read(self, robot: str) -> Credentials | None:
        self._check()
        return self.stored.get(robot)

    async def write(self, robot: str, *, webhook: Secret, secret: Secret) -> None:
        self._check()
        self.stored[robot] = Credentials(webhook=webhook, secret=secret)

    async def delete(self, robot: str) -> None:
        self._check()
        self.stored.pop(robot, None)

    async def retry(self) -> VaultState:
        return self.state

    def _check(self) -> None:
        if self.trouble is not VaultState.OK:
            raise VaultUnavailable(text("keyring.locked"), text("keyring.locked_hint_linux"))
