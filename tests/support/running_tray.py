"""The real tray on a bus, in a thread of the test: the test sets its snapshot, and reads what clicks asked for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.support.catalogs import catalogs
from tests.support.snapshots import shanghai, snapshot
from tests.support.tray_host import TrayHost
from tray_app.adapters.tray.choose import choose
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.tray import Tray
from tray_app.assets import asset
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Action
from tray_app.core.settings.settings import Sound
from tray_app.core.state.snapshot import Snapshot


class RunningTray:
    """`show` sets the snapshot and pings; `performed` and `hosted` record what came back."""

    def __init__(self, address: str, *, language: Language = Language.EN, told: Callable[[], object]) -> None:
        self.snapshot: Snapshot = snapshot()
        self.performed: list[Action] = []
        self.hosted: list[bool] = []
        self.drawn = 0  # how often the snapshot was read
        self.fault: Exception | None = None  # raised by the app's side instead of answering
        self._told = told
        self.now_s, self.sound = 0.0, Sound.SYSTEM
        self.backend = choose(environ={"DBUS_SESSION_BUS_ADDRESS": address, "DISPLAY": ":0"}, icons=Icons(asset))
        self.tray = Tray(
            backend=self.backend,
            read_snapshot=self._read,
            perform=self._perform,
            catalog=catalogs()[language],
            local=shanghai,
            on_hosted=self._hosted,
            now_s=lambda: self.now_s,
            sound=lambda: self.sound,
        )
        self.thread = threading.Thread(target=self.tray.run)

    def show(self, value: Snapshot) -> None:
        """Change the app's state; half a second later by the tray's clock, so that it draws at once."""
        self.snapshot = value
        self.now_s += 1
        self.tray.ping()

    def _read(self) -> Snapshot:
        self.drawn += 1
        if self.fault is not None:
            raise self.fault
        return self.snapshot

    def _perform(self, action: Action) -> None:
        if self.fault is not None:
            raise self.fault
        self.performed.append(action)
        self._told()

    def _hosted(self, hosted: bool) -> None:
        self.hosted.append(hosted)
        self._told()


@asynccontextmanager
async def running_tray(address: str, host: TrayHost, *, language: Language = Language.EN) -> AsyncIterator[RunningTray]:
    """Run a tray on the bus at `address`, and stop it cleanly afterwards."""
    loop = asyncio.get_running_loop()
    running = RunningTray(address, language=language, told=lambda: loop.call_soon_threadsafe(host.nudge))
    running.thread.start()
    try:
        yield running
    finally:
        running.tray.stop()
        await asyncio.to_thread(running.thread.join, 5)
        assert not running.thread.is_alive(), "the tray did not stop"
