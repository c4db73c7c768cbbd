"""Start at login from the outside: the command, the menu, the page; and starting without a terminal."""

import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.test_tray_app import desktop, shows
from tests.support.command import command, environment
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import running_app as fresh_app


def test_the_command_writes_an_entry_that_starts_this_folder_and_takes_it_away(tmp_path: Path) -> None:
    home = tmp_path / "home folder"
    environ = environment(home, XDG_CONFIG_HOME=str(tmp_path / "config"), HOME=str(tmp_path))
    entry = tmp_path / "config" / "autostart" / "dingtalk-tray.desktop"
    assert command("autostart", "--json", environ=environ).json()["state"] == "off"
    said = command("autostart", "on", "--json", environ=environ).json()
    assert (said["state"], said["place"], f'run --home "{home}"' in said["command"]) == ("on", str(entry), True)
    entry.write_text(entry.read_text() + "Hidden=true\n")
    assert "switched off in the system's settings" in command("autostart", environ=environ).out
    assert (command("autostart", "off", environ=environ).code, entry.exists()) == (0, False)


def test_a_box_without_a_desktop_gets_a_unit_that_is_started_again_where_it_fails(tmp_path: Path) -> None:
    environ = environment(tmp_path / "home", HOME=str(tmp_path), PATH="/nowhere")
    folder = tmp_path / ".config" / "systemd" / "user"
    done = command("autostart", "--headless", environ=environ)
    unit = (folder / "dingtalk-tray.service").read_text()
    assert (done.code, "next login" in done.out) == (0, True)
    assert "Restart=on-failure" in unit
    assert f"run --headless --home {tmp_path / 'home'}" in unit
    link = folder / "default.target.wants" / "dingtalk-tray.service"
    assert link.resolve() == folder / "dingtalk-tray.service"
    assert command("autostart", "off", "--headless", environ=environ).code == 0
    assert not (tmp_path / ".config").exists() or list((tmp_path / ".config").iterdir()) == []


def test_in_the_background_it_serves_after_the_command_has_returned(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = environment(home)
    done = command("run", "--background", "--headless", "--port", "0", environ=environ)
    assert (done.code, done.out.startswith("Serving")) == (0, True), done
    try:
        assert command("status", environ=environ).code == 0
        assert "already" in command("run", "--background", environ=environ).out
    finally:
        assert command("quit", environ=environ).code == 0


def test_in_the_background_it_says_why_it_does_not_serve(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("run", "--background", "--headless", "--port", str(port), environ=environment(home))
    assert (done.code, str(port) in done.err) == (1, True), done


@pytest.mark.anyio
@pytest.mark.needs("dbus")
async def test_the_menu_switches_it_and_shows_how_it_stands(tmp_path: Path) -> None:
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    entry = tmp_path / "config" / "autostart" / "dingtalk-tray.desktop"
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, **config) as (child, host):
            await shows(host, "[ ] Start at login")
            await host.click("Start at login")
            await shows(host, "[x] Start at login")
            assert f"run --home {child.paths.run.parent}" in entry.read_text()
            await host.click("Start at login")
            await shows(host, "[ ] Start at login")
            assert not entry.exists()


@pytest.mark.anyio
@pytest.mark.needs("dbus")
async def test_an_app_with_an_icon_goes_on_when_its_terminal_is_closed(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, fresh_app) as (child, host):
            await shows(host, "● Running")
            child.process.send_signal(signal.Signals["SIGHUP"])
            await shows(host, "● Running")
            await host.click("Pause notifications", "Until I resume")
            await shows(host, "Paused until you resume")
            assert child.process.poll() is None
