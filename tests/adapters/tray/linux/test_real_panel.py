"""The tray in a real panel: xfce4-panel under Xvfb, a real pointer, real keys. `pytest -m panel` runs these."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.panel import Panel, above, missing, panel
from tests.support.running_tray import RunningTray
from tests.support.snapshots import paused, send, snapshot
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.menu.actions import OpenPage, Page, PauseSends, Quit, ResumeSends

pytestmark = [
    pytest.mark.panel,
    pytest.mark.skipif(bool(missing()), reason=f"no real panel here: {', '.join(missing())} missing"),
]


class Desk:
    """A panel with our tray in it."""

    def __init__(self, address: str, screen: Panel) -> None:
        self.screen, self._told = screen, threading.Condition()
        self.running = RunningTray(address, told=self._tell)

    def _tell(self) -> None:
        with self._told:
            self._told.notify_all()

    def wait_shown(self) -> None:
        with self._told:
            assert self._told.wait_for(lambda: self.running.tray.hosted, 15), "the panel did not take the icon"

    def wait_hosted(self, *said: bool) -> None:
        with self._told:
            assert self._told.wait_for(lambda: self.running.hosted[-len(said) :] == list(said), 15), self.running.hosted

    def wait_performed(self, *actions: object) -> None:
        with self._told:
            self._told.wait_for(lambda: len(self.running.performed) >= len(actions), 10)
        assert self.running.performed == list(actions)

    def open_menu(self) -> None:
        bare = self.screen.settled()
        self.screen.point(*self.screen.icon_at(), button=3)
        self.screen.settled(lambda shot: above(shot) != above(bare))


@pytest.fixture
def desk(address: str, tmp_path: Path) -> Iterator[Desk]:
    with panel(tmp_path, address) as screen:
        made = Desk(address, screen)
        made.running.thread.start()
        try:
            made.wait_shown()
            yield made
        finally:
            made.running.tray.stop()
            made.running.thread.join(5)


def test_a_pointer_and_keys_reach_the_menu_in_a_real_panel(desk: Desk) -> None:
    desk.open_menu()
    desk.screen.keys("Down", "Right", "Down", "Return")
    desk.wait_performed(PauseSends(PauseFor.HOUR))


def test_a_left_click_in_a_real_panel_opens_the_default_page(desk: Desk) -> None:
    desk.screen.point(*desk.screen.icon_at(), button=1)
    desk.wait_performed(OpenPage(Page.OVERVIEW))


def test_a_real_panel_that_crashed_and_came_back_has_the_icon_again(desk: Desk) -> None:
    desk.screen.restart()
    desk.wait_hosted(True, False, True)
    desk.open_menu()
    desk.screen.keys("Up", "Return")
    desk.wait_performed(Quit())


def test_an_open_menu_in_a_real_panel_stays_open_and_shows_new_words(desk: Desk) -> None:
    desk.open_menu()
    first = desk.screen.settled()
    for number in range(1, 6):
        desk.running.show(snapshot(queued=number, recent=tuple(send(each) for each in range(number))))
    desk.running.show(snapshot(pause=paused()))
    desk.screen.settled(lambda shot: above(shot) != above(first))
    desk.screen.keys("Down", "Return")
    desk.wait_performed(ResumeSends())
