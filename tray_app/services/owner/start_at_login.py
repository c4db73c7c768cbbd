"""Whether the app starts at login, as the owner last saw it, and the switch."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.login import LoginStart


class AutostartEntry(Protocol):
    """This system's entry. Blocks for a moment; raises OSError."""

    @property
    def place(self) -> str:
        """Where it is."""
        ...

    def look(self) -> LoginStart:
        """How it stands."""
        ...

    def switch_on(self, command: Sequence[str]) -> None:
        """Start `command` at each login."""
        ...

    def switch_off(self) -> None:
        """No longer."""
        ...

    def heal(self, command: Sequence[str], *, same: int) -> bool:
        """Have an entry whose last `same` words are those of `command` start it; others are of another folder."""
        ...


class NoEntryHere(OSError):
    """An entry could be written, and would start nothing; `why` and `hint` are for people."""

    def __init__(self, why: Text, hint: Text) -> None:
        super().__init__(why.key)
        self.why, self.hint = why, hint


class StartAtLogin:
    """`state` is what was seen last; the system's own settings may change it at any time."""

    def __init__(
        self, entry: AutostartEntry, command: Callable[[], Sequence[str]], *, changed: Callable[[], None]
    ) -> None:
        """Look at nothing yet; `changed` hears of another state."""
        self._entry, self._command, self._changed = entry, command, changed
        self.state = LoginStart.UNKNOWN

    async def heal(self) -> None:
        """Have an entry of an earlier installation start this one, and look. Never raises."""
        with contextlib.suppress(OSError):  # it is looked at all the same
            await asyncio.to_thread(self._heal)
        await self.look()

    def _heal(self) -> None:
        command = self._command()
        self._entry.heal(command, same=len(command) - command.index("run"))

    async def look(self) -> LoginStart:
        """See how it stands now. Never raises: what cannot be looked at is not known."""
        try:
            state = await asyncio.to_thread(self._entry.look)
        except OSError:
            state = LoginStart.UNKNOWN
        if state is not self.state:
            self.state = state
            self._changed()
        return state

    async def switch(self, *, on: bool) -> None:
        """Switch it. Raises TrayAppError."""
        try:
            if on:
                await asyncio.to_thread(lambda: self._entry.switch_on(self._command()))
            else:
                await asyncio.to_thread(self._entry.switch_off)
        except OSError as error:
            raise cannot_switch(self._entry.place, error) from error
        await self.look()


def cannot_switch(place: str, error: OSError) -> TrayAppError:
    """Say why the entry cannot be changed."""
    if isinstance(error, NoEntryHere):
        return TrayAppError(text("autostart.unwritable", place=place, why=error.why), error.hint)
    why = error.strerror or type(error).__name__
    return TrayAppError(text("autostart.unwritable", place=place, why=why), text("autostart.unwritable_hint"))
