"""Which tray a desktop gets, and what is said where it gets none."""

import signal
import threading
from pathlib import Path

import pytest

pytest.importorskip("jeepney", reason="D-Bus is Linux's own")

from tests.support.catalogs import catalogs
from tests.support.snapshots import shanghai, snapshot
from tray_app.adapters.tray.backend import TrayEvents
from tray_app.adapters.tray.choose import choose, no_host, session_bus
from tray_app.adapters.tray.headless import Headless
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.linux.sni import SniBackend
from tray_app.adapters.tray.tray import Tray
from tray_app.assets import asset
from tray_app.core.kernel.texts import Language
from tray_app.core.state.problems import Problem
from tray_app.core.state.snapshot import Snapshot

ICONS = Icons(asset)


def told(environ: dict[str, str], *, headless: bool = False) -> tuple[list[bool], Problem | None]:
    """Run the tray this environment gets until it stops, and return what it said of itself."""
    said: list[bool] = []
    tray = Tray(
        backend=choose(environ=environ, icons=ICONS, headless=headless),
        read_snapshot=snapshot,
        perform=lambda _action: None,
        catalog=catalogs()[Language.EN],
        local=shanghai,
        on_hosted=said.append,
    )
    tray.notify("nobody", "looks")
    tray.stop()
    tray.run()
    return said, tray.problem


def reason(problem: Problem | None) -> str:
    assert problem is not None
    for catalog in catalogs().values():
        assert "⟨" not in catalog(problem.reason) + catalog(problem.hint)
    return problem.reason.key


def test_without_a_session_bus_the_app_runs_headless_and_says_why() -> None:
    said, problem = told({})
    assert (said, reason(problem)) == ([False], "tray.no_bus")


@pytest.mark.parametrize(
    "address",
    ["unix:path=/no/such/socket", "tcp:host=127.0.0.1,port=1", "nonsense", "unix:tmpdir=/x", ";", "unix:", "unix:path"],
)
def test_a_session_bus_that_cannot_be_used_is_said_too(address: str) -> None:
    said, problem = told({"DBUS_SESSION_BUS_ADDRESS": address})
    assert (said, reason(problem)) == ([False], "tray.bus_dead")


def test_an_owner_who_wants_no_icon_has_no_problem() -> None:
    assert told({"DBUS_SESSION_BUS_ADDRESS": "nonsense"}, headless=True) == ([False], None)


def test_a_session_bus_gives_a_status_notifier_item(address: str) -> None:
    backend = choose(environ={"DBUS_SESSION_BUS_ADDRESS": address}, icons=ICONS)
    assert isinstance(backend, SniBackend)
    events = TrayEvents(
        opening=lambda: None, perform=lambda _action: None, shown=lambda: None, absent=lambda _why: backend.stop()
    )
    backend.run(events)  # ends because there is no panel on this bus, and it says so


def test_the_bus_is_found_where_systemd_puts_it(address: str, tmp_path: Path) -> None:
    assert session_bus({"XDG_RUNTIME_DIR": str(tmp_path)}) == ""
    (tmp_path / "bus").symlink_to(address.partition("path=")[2].partition(",")[0])
    assert session_bus({"XDG_RUNTIME_DIR": str(tmp_path)}) == f"unix:path={tmp_path}/bus"
    assert session_bus({"XDG_RUNTIME_DIR": str(tmp_path), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}) == "unix:path=/x"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "tray.no_display"),
        ({"DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "tray.no_host_gnome"),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_CURRENT_DESKTOP": "sway"}, "tray.no_host"),
        ({"DISPLAY": ":0"}, "tray.no_host"),
    ],
)
def test_the_hint_fits_the_desktop(environ: dict[str, str], expected: str) -> None:
    assert reason(no_host(environ)) == expected


def test_without_a_tray_no_menu_is_drawn_and_the_state_is_not_even_read() -> None:
    read: list[Snapshot] = []
    backend = Headless(None)

    def look() -> Snapshot:
        read.append(snapshot())
        return read[-1]

    def change_and_stop(_hosted: object) -> None:
        tray.ping()
        backend.post(tray.stop)  # after whatever the pings have asked for

    tray = Tray(
        backend=backend,
        read_snapshot=look,
        perform=lambda _action: None,
        catalog=catalogs()[Language.EN],
        local=shanghai,
        on_hosted=change_and_stop,
    )
    tray.run()
    assert not read


def test_a_signal_handler_can_stop_the_headless_app() -> None:
    backend = Headless(None)
    tray = Tray(
        backend=backend,
        read_snapshot=snapshot,
        perform=lambda _action: None,
        catalog=catalogs()[Language.EN],
        local=shanghai,
        on_hosted=lambda _hosted: signal.raise_signal(signal.SIGINT),
    )
    before = signal.signal(signal.SIGINT, lambda *_: tray.stop())
    guard = threading.Timer(20, tray.stop)
    guard.start()
    try:
        tray.run()
        assert guard.is_alive()
    finally:
        guard.cancel()
        signal.signal(signal.SIGINT, before)
