"""pystray's real Windows backend, and ours on it, against a fake user32 that keeps Windows' rules."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.fake_user32 import (
    CLOSE,
    DISPLAY_CHANGE,
    END,
    LEFT_CLICK,
    QUERY_END,
    RIGHT_CLICK,
    TASKBAR_CREATED,
    TIMER,
    TOAST_CLICK,
    FakeMenu,
    FakeWindows,
    fake_windows,
)
from tests.support.snapshots import held, paused, send, shanghai, snapshot
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.pystray.menu import utf16
from tray_app.adapters.tray.tray import Tray
from tray_app.assets import asset
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Action, OpenPage, Page, PauseSends, Quit, ResumeSends
from tray_app.core.settings.settings import Sound
from tray_app.core.state.snapshot import Snapshot

DEFAULT, CHECKED, GREY = 0x1000, 0x8, 0x3


class Running:
    """The tray on the fake desktop; its loop runs in a thread of this test."""

    def __init__(self, windows: FakeWindows) -> None:
        from tray_app.adapters.tray.pystray.windows import WindowsBackend

        self.windows, self.snapshot, self.now_s = windows, snapshot(), 0.0
        self.performed: list[Action] = []
        self.hosted: list[bool] = []
        self.sound = Sound.SYSTEM
        self.session_ended = False
        self._told = threading.Condition()
        self.tray = Tray(
            backend=WindowsBackend(Icons(asset)),
            read_snapshot=lambda: self.snapshot,
            perform=self._perform,
            catalog=catalogs()[Language.EN],
            local=shanghai,
            on_hosted=self.hosted.append,
            on_session_end=self._end_of_session,
            now_s=lambda: self.now_s,
            sound=lambda: self.sound,
        )
        self.thread = threading.Thread(target=self.tray.run, name="icon")

    def _perform(self, action: Action) -> None:
        with self._told:
            self.performed.append(action)
            self._told.notify_all()

    def _end_of_session(self) -> None:
        self.session_ended = True

    def show(self, value: Snapshot) -> None:
        self.snapshot = value
        self.now_s += 1
        self.tray.ping()

    def on_the_loop(self) -> None:
        """Wait until the icon's thread has done all it had to do."""
        done = threading.Event()
        self.tray._backend.post(done.set)
        assert done.wait(10)
        self.windows.settle()  # an earlier call to work may have set it, before what was sent in between

    def wait_performed(self, *actions: Action) -> None:
        with self._told:
            self._told.wait_for(lambda: len(self.performed) >= len(actions), 10)
        assert self.performed == list(actions)


@pytest.fixture
def windows() -> Iterator[FakeWindows]:
    with pytest.MonkeyPatch.context() as patch, fake_windows(patch) as fake:
        yield fake


@pytest.fixture
def running(windows: FakeWindows) -> Iterator[Running]:
    made = Running(windows)
    made.thread.start()
    assert windows.icon_shown.wait(10)
    yield made
    made.tray.stop()
    made.thread.join(10)
    assert not made.thread.is_alive()
    assert windows.violations == []


def test_the_icon_shows_with_its_tooltip_and_the_picture_for_this_screen(running: Running) -> None:
    running.on_the_loop()
    assert running.hosted == [True]
    assert running.windows.tips[-1] == "● Running\nNothing sent yet"
    assert running.windows.loaded == [(str(asset("tray/normal.ico")), 20, 20)]
    running.show(snapshot(pause=paused()))
    running.on_the_loop()
    assert running.windows.tips[-1].startswith("⏸ Paused until 14:30")
    assert running.windows.loaded[-1] == (str(asset("tray/paused.ico")), 20, 20)


def test_dpi_awareness_is_said_before_the_first_window(running: Running) -> None:
    names = [name for name, _ in running.windows.calls]
    assert names.index("SetProcessDpiAwareness") < names.index("CreateWindowExW")


def test_a_right_click_builds_the_menu_on_the_icons_thread_and_picks_from_it(running: Running) -> None:
    seen: list[list[str]] = []

    def pick(menu: FakeMenu) -> int:
        seen.append(running.windows.words(menu))
        return running.windows.number(menu, "1 hour")

    running.windows.on_menu = pick
    running.snapshot = snapshot(recent=(send(1, "R&D"),))  # changed without a ping: still fresh when it opens
    running.windows.mouse(RIGHT_CLICK)
    running.wait_performed(PauseSends(PauseFor.HOUR))
    (words,) = seen
    assert words[:6] == [
        "● Running",
        "Last: ✓ 11:59 R&&D",
        "---",
        "Pause notifications",
        "  30 minutes",
        "  1 hour",
    ]
    assert {name for name, thread in running.windows.calls if thread != "icon"} <= {
        "PostMessageW",
        "RegisterWindowMessageW",
    }


def test_states_and_default_reach_windows(running: Running) -> None:
    states: dict[str | None, int] = {}

    def look(menu: FakeMenu) -> int:
        states.update({label: state for label, state, *_ in menu.items})
        return running.windows.number(menu, "Resume (paused until 14:30, 4 not sent)")

    running.windows.on_menu = look
    running.snapshot = snapshot(pause=paused())
    running.windows.mouse(RIGHT_CLICK)
    running.wait_performed(ResumeSends())
    assert states["Resume (paused until 14:30, 4 not sent)"] == CHECKED
    assert states["Open overview…"] == DEFAULT
    assert states["About 1.0.0"] == states["Send test message"] == GREY


def test_a_left_click_is_the_default_line(running: Running) -> None:
    running.windows.mouse(LEFT_CLICK)
    running.wait_performed(OpenPage(Page.OVERVIEW))


def test_a_click_on_a_toast_opens_what_it_is_about(running: Running) -> None:
    about = OpenPage(Page.HISTORY, "d7")
    running.tray.notify("Sent", "to the group", about=about)
    running.on_the_loop()
    running.windows.mouse(TOAST_CLICK)
    running.wait_performed(about)
    running.tray.notify("Copied", "the address")  # about nothing that could be opened
    running.on_the_loop()
    running.windows.mouse(TOAST_CLICK)
    running.wait_performed(about, OpenPage(Page.OVERVIEW))


def test_the_end_of_the_session_is_allowed_and_the_app_ends_before_it_is_answered(running: Running) -> None:
    running.windows.tell(QUERY_END, 0)
    running.windows.tell(END, 0)  # another program has refused
    running.on_the_loop()
    assert running.windows.answers[QUERY_END] == 1
    assert not running.session_ended
    running.windows.tell(END, 1)
    running.on_the_loop()
    assert running.session_ended


def test_who_closes_every_window_ends_the_app_as_its_menu_does(running: Running) -> None:
    running.windows.tell(CLOSE, 0)
    running.wait_performed(Quit())


def test_an_icon_that_no_taskbar_takes_yet_is_shown_once_there_is_one(windows: FakeWindows) -> None:
    windows.taskbar = False
    made = Running(windows)
    made.thread.start()
    try:
        made.on_the_loop()
        assert windows.icons == []
        windows.taskbar = True
        windows.tell(TASKBAR_CREATED, 0)
        made.on_the_loop()
        assert windows.icons == ["● Running\nNothing sent yet"]
    finally:
        made.tray.stop()
        made.thread.join(10)
    assert windows.violations == []


def test_a_taskbar_that_is_too_busy_is_asked_again_and_shows_what_holds_by_then(running: Running) -> None:
    running.on_the_loop()
    running.windows.taskbar = False
    running.show(snapshot(pause=paused()))
    running.on_the_loop()
    assert running.windows.icons[0].startswith("●")
    assert running.windows.timers
    running.windows.tell(TIMER, 1)  # still busy
    running.on_the_loop()
    assert running.windows.timers
    running.windows.taskbar = True
    running.windows.tell(TIMER, 1)
    running.on_the_loop()
    assert running.windows.icons[0].startswith("⏸ Paused until 14:30")
    assert running.windows.loaded[-1][0] == str(asset("tray/paused.ico"))
    assert not running.windows.timers


@pytest.mark.parametrize("message", [TASKBAR_CREATED, DISPLAY_CHANGE])
def test_a_taskbar_that_starts_anew_or_another_resolution_gets_the_icon_again(running: Running, message: int) -> None:
    running.on_the_loop()
    loaded = len(running.windows.loaded)
    if message == TASKBAR_CREATED:  # Windows says so too where only the scale has changed: then the icon is there
        running.windows.icons = []
    running.windows.tell(message, 0)
    running.on_the_loop()
    assert len(running.windows.icons) == 1
    assert len(running.windows.loaded) == loaded + 1  # in the size of now


def test_no_menu_is_destroyed_while_it_is_shown_and_none_is_left_over(running: Running) -> None:
    def meanwhile(menu: FakeMenu) -> int:
        workers = [threading.Thread(target=running.show, args=(snapshot(queued=each),)) for each in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        running.windows.mouse(RIGHT_CLICK)  # a second click while it is open
        return running.windows.number(menu, "1 hour")

    running.windows.on_menu = meanwhile
    for count in range(1, 4):
        running.windows.mouse(RIGHT_CLICK)
        running.wait_performed(*[PauseSends(PauseFor.HOUR)] * count)
    running.on_the_loop()
    assert running.windows.violations == []
    assert not [menu for menu in running.windows.menus.values() if menu.alive]


def test_texts_longer_than_windows_takes_are_cut(running: Running) -> None:
    running.tray.notify("t" * 500, "b" * 500)
    running.tray.notify("", "")
    running.on_the_loop()
    assert [(len(title), len(body)) for title, body in running.windows.toasts][:1] == [(63, 255)]
    assert running.windows.toasts[0][1].endswith("…")


def test_a_question_is_silent_where_the_owner_wants_that(running: Running) -> None:
    running.tray.notify("one", "b", key="a1")
    running.sound = Sound.OFF
    running.tray.notify("two", "b", key="a2")
    running.tray.notify("an answer to a click", "b")
    running.on_the_loop()
    assert running.windows.silent == [False, True, False]


def test_a_question_says_where_to_answer_however_long_it_is_and_is_taken_back(running: Running) -> None:
    running.tray.notify("Approve?", "b" * 500, (("Go", ResumeSends()),), elsewhere="Answer in the menu.", key="a1")
    running.tray.notify("Another?", "short", elsewhere="Answer in the menu.", key="a2")
    running.tray.withdraw("a1")  # no longer the one that is shown
    running.tray.withdraw("a2")
    running.on_the_loop()
    (_, long), (_, short), *after = running.windows.toasts
    assert len(long) == 255
    assert long.endswith("b…\nAnswer in the menu.")
    assert short == "short\nAnswer in the menu."
    assert after == [("", "")]


def test_the_badge_counts_what_waits(running: Running) -> None:
    running.show(snapshot(waiting=(held(1), held(2))))
    running.on_the_loop()
    assert running.windows.loaded[-1] == (str(asset("tray/attention2.ico")), 20, 20)
    assert running.windows.tips[-1].startswith("◆ 2 calls wait for your approval")
    running.show(snapshot(waiting=(held(1),)))
    running.on_the_loop()
    assert running.windows.loaded[-1] == (str(asset("tray/attention1.ico")), 20, 20)


def test_stopping_from_another_thread_ends_the_loop(windows: FakeWindows) -> None:
    made = Running(windows)
    made.tray.stop()  # before it even runs
    made.thread.start()
    made.thread.join(10)
    assert not made.thread.is_alive()
    assert windows.loop_ended
    assert windows.violations == []


def test_the_fake_sees_what_stock_pystray_does_from_other_threads(windows: FakeWindows) -> None:
    from pystray import Menu, MenuItem, _win32

    class Stock(_win32.Icon):  # its picture code writes a temporary file
        def _assert_icon_handle(self) -> None:
            self._icon_handle = 1

    stock = Stock("stock", "picture", menu=Menu(MenuItem("one", lambda: None)))
    thread = threading.Thread(target=stock.run)
    thread.start()
    assert windows.icon_shown.wait(10)

    def meanwhile(_menu: FakeMenu) -> int:
        worker = threading.Thread(target=stock.update_menu, name="worker")
        worker.start()
        worker.join()
        return 0

    windows.on_menu = meanwhile
    windows.mouse(RIGHT_CLICK)
    stock.stop()
    thread.join(10)
    assert windows.loop_ended
    assert "a menu was destroyed while shown" in windows.violations
    assert "DestroyMenu on thread worker" in windows.violations


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_cut_text_fits_windows_units_and_splits_no_character(words: str, units: int) -> None:
    cut = utf16(words, units)
    assert len(cut.encode("utf-16-le", "surrogatepass")) <= 2 * units or cut == words
    cut.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    assert cut == words or cut.endswith("…")
    assert words.startswith(cut.removesuffix("…")) or "?" in cut
