"""Who of the desktop hears of a new snapshot: only what shows something to somebody."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.support.catalogs import catalogs
from tests.support.snapshots import shanghai, snapshot
from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.adapters.tray.tray import Tray
from tray_app.app.desktop.listeners import DesktopListeners
from tray_app.app.desktop.prompts import WaitingPrompts
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.menu import Menu
from tray_app.core.state.snapshot import Snapshot
from tray_app.services.state.hub import Hub

pytestmark = pytest.mark.anyio


@dataclass
class Desktop:
    """A tray backend whose panel comes and goes as a test says."""

    notifies: bool
    happens: Callable[[TrayEvents], None]  # while it runs
    menus: list[Menu] = field(default_factory=list)

    def run(self, events: TrayEvents) -> None:
        self.menus.clear()  # the first one, which is drawn before it is known whether anybody looks
        self.happens(events)

    def post(self, work: Callable[[], None]) -> None:
        work()

    def stop(self) -> None:
        pass

    def show(self, menu: Menu) -> None:
        self.menus.append(menu)

    def notify(self, note: Notification) -> None:
        pass

    def withdraw(self, key: str) -> None:
        pass


class Stage:
    """A hub, and a desktop that follows it."""

    def __init__(self, *, notifies: bool, happens: Callable[["Stage", TrayEvents], None]) -> None:
        self.built = self.asked = 0
        self.now_s = 0.0
        self.desktop = Desktop(notifies, lambda events: happens(self, events))
        self.hub = Hub(self._build, first=snapshot())
        tray = Tray(
            backend=self.desktop,
            read_snapshot=lambda: self.hub.snapshot,
            perform=lambda _action: None,
            catalog=catalogs()[Language.EN],
            local=shanghai,
            on_hosted=lambda _hosted: self.listeners.follow(),
            now_s=self._now_s,
        )
        asking = WaitingPrompts(
            look=self._look,
            waiting=lambda: (),
            questions=lambda: (),
            tray=tray,
            words=catalogs()[Language.EN],
            later=lambda _seconds, _look: None,
        )
        self.listeners = DesktopListeners(self.hub, tray, asking)
        self.listeners.follow()
        tray.run()

    def change(self) -> tuple[int, int]:
        """Have a snapshot built; gives how often questions were looked for and menus shown since the beginning."""
        self.hub.refresh()
        return self.asked, len(self.desktop.menus)

    def _build(self) -> Snapshot:
        self.built += 1
        return snapshot(queued=self.built)

    def _look(self) -> Snapshot:
        self.asked += 1
        return self.hub.snapshot

    def _now_s(self) -> float:
        self.now_s += 1
        return self.now_s


async def test_where_nothing_reaches_a_desktop_nothing_is_asked_and_no_menu_shown() -> None:
    def happens(stage: Stage, events: TrayEvents) -> None:
        events.absent(None)
        assert stage.change() == (0, 0)

    Stage(notifies=False, happens=happens)


async def test_a_desktop_without_a_panel_is_asked_and_shows_no_menu_until_a_panel_comes() -> None:
    def happens(stage: Stage, events: TrayEvents) -> None:
        events.absent(None)
        assert stage.change() == (1, 0)
        events.shown()
        assert len(stage.desktop.menus) == 1
        assert stage.change() == (2, 2)
        events.absent(None)
        assert stage.change() == (3, 2)

    Stage(notifies=True, happens=happens)
