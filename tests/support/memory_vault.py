"""A keyring in memory that keeps the port's promises, and can be locked, lost or full as a real one can."""

from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Credentials
from tray_app.core.state.snapshot import VaultState


class MemoryVault:
    """`trouble` is the state every call meets; OK lets it through."""

    def __init__(self) -> None:
        self.stored: dict[str, Credentials] = {}
        self.trouble = VaultState.OK
        self._state = VaultState.UNASKED

    @property
    def state(self) -> VaultState:
        return self._state

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
        self._look()
        return self._state

    def _look(self) -> None:
        found = VaultState.OK if self.stored else VaultState.MISSING
        self._state = found if self.trouble is VaultState.OK else self.trouble

    def _check(self) -> None:
        self._look()
        if self.trouble is not VaultState.OK:
            raise VaultUnavailable(text("keyring.locked"), text("keyring.locked_hint_linux"))
