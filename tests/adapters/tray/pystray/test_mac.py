"""pystray's real macOS backend, and ours on it, against a fake AppKit that knows its main thread."""

import threading
from collections.abc import Iterator

import pytest

from tests.support.catalogs import catalogs
from tests.support.fake_appkit import FakeMac, fake_mac
from tests.support.snapshots import held, paused, send, shanghai, snapshot
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.tray import Tray
from tray_app.assets import asset
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Action, PauseSends, ResumeSends
from tray_app.core.settings.settings import Sound
from tray_app.core.state.snapshot import Snapshot

ACCESSORY = 1


class Running:
    """The tray on the fake Mac; its main thread is a thread of this test."""

    def __init__(self, mac: FakeMac) -> None:
        from tray_app.adapters.tray.pystray.mac import MacBackend

        self.mac, self.snapshot, self.now_s = mac, snapshot(), 0.0
        self.performed: list[Action] = []
        self.hosted: list[bool] = []
        self.sound = Sound.SYSTEM
        self._told = threading.Condition()
        self.tray = Tray(
            backend=MacBackend(Icons(asset)),
            read_snapshot=lambda: self.snapshot,
            perform=self._perform,
            catalog=catalogs()[Language.EN],
            local=shanghai,
            on_hosted=self.hosted.append,
            now_s=lambda: self.now_s,
            sound=lambda: self.sound,
        )
        self.thread = threading.Thread(target=self.tray.run, name="main thread of the Mac")

    def _perform(self, action: Action) -> None:
        with self._told:
            self.performed.append(action)
            self._told.notify_all()

    def show(self, value: Snapshot) -> None:
        self.snapshot = value
        self.now_s += 1
        self.tray.ping()

    def wait_performed(self, *actions: Action) -> None:
        with self._told:
            self._told.wait_for(lambda: len(self.performed) >= len(actions), 10)
        assert self.performed == list(actions)


@pytest.fixture
def mac() -> Iterator[FakeMac]:
    with pytest.MonkeyPatch.context() as patch, fake_mac(patch) as fake:
        yield fake


@pytest.fixture
def running(mac: FakeMac) -> Iterator[Running]:
    made = Running(mac)
    made.thread.start()
    assert mac.shown.wait(10)
    yield made
    made.tray.stop()
    made.thread.join(10)
    assert mac.loop_ended
    assert mac.violations == []


def test_the_app_has_no_dock_icon_and_a_template_picture_for_retina_too(running: Running) -> None:
    running.mac.open_menu()
    assert running.mac.policy == ACCESSORY
    assert running.hosted == [True]
    image = running.mac.status.image
    assert image.files == [str(asset("tray/normalTemplate.png")), str(asset("tray/normalTemplate@2x.png"))]
    assert image.template
    assert running.mac.status.tips[-1] == "● Running\nNothing sent yet"


def test_the_menu_is_filled_when_it_opens_and_its_lines_act(running: Running) -> None:
    running.snapshot = snapshot(recent=(send(2),))
    menu = running.mac.open_menu()
    assert menu.words()[:8] == [
        "{● Running}",
        "{Last: ✓ 11:58 session report}",
        "---",
        "Pause notifications",
        "  30 minutes",
        "  1 hour",
        "  Until tomorrow 08:00",
        "  Until I resume",
    ]
    running.mac.click(menu.find("1 hour"))
    running.wait_performed(PauseSends(PauseFor.HOUR))
    running.snapshot = snapshot(pause=paused())
    menu = running.mac.open_menu()
    assert "[x] Resume (paused until 14:30, 4 not sent)" in menu.words()
    running.mac.click(menu.find("Resume (paused until 14:30, 4 not sent)"))
    running.wait_performed(PauseSends(PauseFor.HOUR), ResumeSends())


def test_the_badge_counts_what_waits(running: Running) -> None:
    running.mac.open_menu()
    running.snapshot = snapshot(waiting=tuple(held(number) for number in range(10)))
    running.mac.open_menu()
    files = [str(asset(f"tray/attention9plusTemplate{scale}.png")) for scale in ("", "@2x")]
    assert running.mac.status.image.files == files


def test_a_menu_that_did_not_change_is_not_filled_again(running: Running) -> None:
    first = list(running.mac.open_menu().items)
    assert running.mac.open_menu().items == first


def test_no_thread_but_the_main_one_calls_appkit(running: Running) -> None:
    def hammer(number: int) -> None:
        for each in range(20):
            running.show(snapshot(queued=number * 100 + each, pause=paused() if each % 2 else None))

    before = running.mac.handed_over
    workers = [threading.Thread(target=hammer, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    running.mac.open_menu()
    assert running.mac.violations == []
    assert running.mac.handed_over > before  # pings are merged, so few of the 160 are handed over
    assert len(running.mac.status.tips) > 1


def test_stopping_before_the_loop_runs_ends_it(mac: FakeMac) -> None:
    made = Running(mac)
    made.tray.stop()
    made.thread.start()
    made.thread.join(10)
    assert mac.loop_ended
    assert "removeStatusItem_" in mac.calls
    assert mac.violations == []


def test_a_notification_always_has_a_title_and_does_not_hold_the_main_thread(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pystray import _darwin

    told: list[tuple[list[str], str]] = []
    done = threading.Event()

    def check_call(command: list[str]) -> None:
        told.append((command, threading.current_thread().name))
        done.set()

    monkeypatch.setattr(_darwin.subprocess, "check_call", check_call)  # `osascript` exists on a Mac only
    running.tray.notify("", 'it "works"', (("Go", ResumeSends()),), elsewhere="Answer in the menu.", key="a1")
    running.tray.withdraw("a1")
    assert done.wait(10)
    ((command, thread),) = told
    said = 'it \\"works\\"\nAnswer in the menu.'
    assert command == ["osascript", "-e", f'display notification "{said}" with title "dingtalk-tray"']
    assert thread != running.thread.name


def test_a_question_makes_a_sound_where_the_owner_wants_one(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from pystray import _darwin

    told: list[list[str]] = []
    done = threading.Event()

    def check_call(command: list[str]) -> None:
        told.append(command)
        done.set()

    monkeypatch.setattr(_darwin.subprocess, "check_call", check_call)
    running.sound = Sound.ON
    running.tray.notify("Approve?", "b", key="a1")
    assert done.wait(10)
    assert told == [["osascript", "-e", 'display notification "b" with title "Approve?" sound name "Glass"']]


def test_the_fake_sees_what_stock_pystray_does_from_other_threads(mac: FakeMac) -> None:
    from PIL import Image
    from pystray import _darwin

    class Stock(_darwin.Icon):  # its picture code needs more AppKit than the fake has
        def _assert_image(self) -> None:
            self._status_item.button().setImage_(None)

    def show(icon: Stock) -> None:
        icon.visible = True
        mac.call_after(icon.stop)

    def run() -> None:
        Stock("stock", Image.new("RGBA", (8, 8))).run(setup=show)

    main = threading.Thread(target=run)
    main.start()
    main.join(10)
    assert any(violation.startswith("setHidden_") for violation in mac.violations)
