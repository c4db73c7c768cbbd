"""What the phone has said before, and the codes that were given out, kept over restarts: neither counts twice."""

import logging
from collections.abc import Awaitable, Callable, Iterator

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.phone.codes import PickBelow, new_code
from tray_app.services.ports import Clock, StateStore

log = logging.getLogger(__name__)
_HEARD, _CODES = "phone_heard", "phone_codes"
_MOST_HEARD, _MOST_CODES = 500, 500
_REMEMBERED_MS = 86_400_000  # what is not acknowledged comes again after a minute


class PhoneMemory:
    """Lives on the engine's loop. Read when first asked; what cannot be written is remembered until the app ends."""

    def __init__(
        self, store: StateStore, clock: Clock, pick: PickBelow, lasting: Callable[[], Awaitable[None]]
    ) -> None:
        """`pick` draws a number below its argument, for new codes; `lasting` waits until what was kept is on the disk.

        It may raise StoreUnavailable.
        """
        self._lasting = lasting
        self._store = store
        self._clock = clock
        self._pick = pick
        self._heard: dict[str, int] = {}
        self._codes: list[str] = []
        self._read: set[str] = set()  # what was read; until then nothing is written in its place

    def knows(self, msg_id: str) -> bool:
        """Whether this message was heard before."""
        return msg_id in self._read_heard()

    async def keep(self, msg_id: str) -> None:
        """It was heard, and acted on: never again. On the disk when this returns, unless that cannot be written."""
        heard = self._read_heard()
        heard[msg_id] = self._clock.now_ms()
        kept = {name: at_ms for name, at_ms in heard.items() if self._clock.age_ms(at_ms) < _REMEMBERED_MS}
        self._heard = dict(list(kept.items())[-_MOST_HEARD:])
        self._write(_HEARD, self._heard)
        try:
            await self._lasting()
        except StoreUnavailable as trouble:
            log.warning("what the phone said could not be kept: %s", trouble)

    def new_code(self) -> str:
        """Draw a code that was not given out lately, in this run or before."""
        codes = self._read_codes()
        code = new_code(self._pick, taken=codes)
        self._codes = [*codes, code][-_MOST_CODES:]
        self._write(_CODES, self._codes)
        return code

    def gave(self, code: str) -> bool:
        """Whether this computer has given out this code lately."""
        return code in self._read_codes()

    def _read_heard(self) -> dict[str, int]:
        for kept in self._once(_HEARD):
            entries = kept.items() if isinstance(kept, dict) else ()
            before = {str(name): at_ms for name, at_ms in entries if isinstance(at_ms, int)}
            self._heard = {**before, **self._heard}
        return self._heard

    def _read_codes(self) -> list[str]:
        for kept in self._once(_CODES):
            before = [str(code) for code in kept] if isinstance(kept, list) else []
            self._codes = [*before, *self._codes]
        return self._codes

    def _once(self, key: str) -> Iterator[object]:
        """What is on the disk, the first time that it can be read; nothing from then on."""
        if key in self._read:
            return
        try:
            kept = self._store.read_state(key)
        except StoreUnavailable as trouble:
            log.warning("what the phone said before could not be read: %s", trouble)
            return
        self._read.add(key)
        yield kept

    def _write(self, key: str, value: object) -> None:
        if key not in self._read:
            return
        try:
            self._store.write_state(key, value)
        except StoreUnavailable as trouble:
            log.warning("what the phone said could not be kept: %s", trouble)
