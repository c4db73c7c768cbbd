"""`doctor` beside an app that runs or does not, on a healthy computer and on broken ones."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.robot import robot
from tray_app import __version__
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths

__all__ = ["robot"]
DESKTOP = "ok" if sys.platform == "win32" else "note"  # tests on Linux see neither keyring nor tray; Windows has both


def look(home: Path, *arguments: str, **more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the findings by check: the worst where there are several of one kind."""
    done = command("doctor", "--json", *arguments, environ=environment(home, **more))
    said = done.json()
    assert said["ok"] == (done.code == 0)
    assert done.err == ""
    worst: dict[str, dict[str, Any]] = {}
    for finding in said["checks"]:
        order = ["ok", "note", "fault"]
        before = worst.get(finding["check"])
        if before is None or order.index(finding["level"]) > order.index(before["level"]):
            worst[finding["check"]] = finding
    return done.code, worst


def levels(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {check: finding["level"] for check, finding in found.items()}


def test_beside_a_running_app_with_a_robot_all_is_well_and_nothing_is_sent(tmp_path: Path, robot: SandboxRobot) -> None:
    environ = environment(tmp_path, **robot_variables(robot))
    with running_app(tmp_path, environ=environ) as child:
        code, found = look(tmp_path, **robot_variables(robot))
        assert code == 0
        assert levels(found) == {
            "version": "ok",
            "folders": "ok",
            "settings": "ok",
            "app": "ok",
            "database": "ok",
            "keyring": DESKTOP,
            "robot": "ok",
            "mcp": "ok",
            "tray": DESKTOP,
            "autostart": "ok",
            "connection": "ok",
        }
        assert child.endpoint.url in found["mcp"]["found"]
        assert found["robot"]["found"].startswith("environment: webhook in order, a signature can be computed")
        assert command("pause", environ=environ).code == 0
        assert look(tmp_path, **robot_variables(robot))[1]["pause"]["level"] == "note"
    assert (robot.robot.requests, robot.connections) == (0, 0)


def test_a_line_of_an_older_version_is_told_by_doctor_and_by_the_running_app_and_stops_nothing(
    tmp_path: Path, robot: SandboxRobot
) -> None:
    (tmp_path / "config").mkdir()
    written = "allow_configure_tool = false\n[history]\ndays = 7\n"
    (tmp_path / "config" / "settings.toml").write_text(written, encoding="utf-8")
    environ = environment(tmp_path, **robot_variables(robot))
    with running_app(tmp_path, environ=environ):
        code, found = look(tmp_path, **robot_variables(robot))
        problems = command("status", "--json", environ=environ).json()["problems"]
    numbers = '[notices.failure]\nat_mobiles = ["51234567", "13800138000"]\n'
    (tmp_path / "config" / "settings.toml").write_text(written + numbers, encoding="utf-8")
    with running_app(tmp_path, environ=environ):
        wrong, of_number = look(tmp_path, **robot_variables(robot))
        told = command("status", "--json", environ=environ).json()["problems"]
    assert (wrong, of_number["settings"]["level"]) == (1, "fault")
    assert of_number["settings"]["found"] in [problem["reason"] for problem in told if problem["kind"] == "settings"]
    assert '"51234567"' in of_number["settings"]["found"]
    assert (code, found["settings"]["level"]) == (0, "note")
    assert found["settings"]["found"].startswith("allow_configure_tool has no effect any more")
    assert str(tmp_path / "config" / "settings.toml") in found["settings"]["hint"]
    assert [problem["reason"] for problem in problems if problem["kind"] == "old_settings"] == [
        found["settings"]["found"]
    ]


def test_the_robot_of_the_running_apps_environment_counts_though_this_terminal_has_none(
    tmp_path: Path, robot: SandboxRobot
) -> None:
    with running_app(tmp_path, environ=environment(tmp_path, **robot_variables(robot))):
        code, found = look(tmp_path)
    assert (code, found["robot"]["level"], found["keyring"]["level"]) == (0, "ok", DESKTOP)


def test_on_a_new_computer_it_says_what_to_do_first(tmp_path: Path) -> None:
    done = command("doctor", environ=environment(tmp_path))
    lines = done.out.splitlines()
    assert done.code == 1
    assert lines[0].startswith(f"✓ Version: dingtalk-tray {__version__}, Python 3.")
    place = lines.index("✖ App: dingtalk-tray is not running")
    assert "dingtalk-tray run" in lines[place + 1]
    place = lines.index("✖ Robot: No DingTalk robot is set up")
    assert "dingtalk-tray setup" in lines[place + 1]
    assert lines[-2].endswith("dingtalk-tray doctor --online")
    assert lines[-1].startswith("First: dingtalk-tray is not running. Start it with: dingtalk-tray run")
    assert list(tmp_path.iterdir()) == []


def test_every_finding_is_said_in_chinese_too(tmp_path: Path) -> None:
    done = command("doctor", environ=environment(tmp_path, LANGUAGE="zh_CN"))
    assert "✖ 应用：dingtalk-tray 未运行" in done.out.splitlines()
    assert "⟨" not in done.out


def test_a_fault_in_the_settings_is_named_with_its_line(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path).create()
    paths.settings.write_text("language = \n")
    code, found = look(tmp_path)
    assert (code, found["settings"]["level"]) == (1, "fault")
    assert "line 1" in found["settings"]["found"]
    assert found["app"]["level"] == "fault"


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path).create()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        paths.settings.write_text(f"[endpoint]\nport = {port}\n")
        assert look(tmp_path)[1]["port"]["level"] == "fault"
    assert look(tmp_path)[1]["port"] == {"check": "port", "level": "ok", "found": f"{port} is free", "hint": None}


def test_a_damaged_database_is_told_and_left_alone(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path).create()
    paths.history.write_bytes(b"no database at all" * 100)
    assert look(tmp_path)[1]["database"]["level"] == "note"
    assert paths.history.read_bytes() == b"no database at all" * 100


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("root may write everywhere")
    code, found = look(tmp_path)
    assert (code, found["folders"]["level"]) == (1, "fault")


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    code, found = look(tmp_path / "home")
    assert (code, found["folders"]["found"]) == (1, f"{tmp_path / 'home'} cannot be written")


def test_proxies_are_shown_without_their_password(tmp_path: Path) -> None:
    done = command("doctor", environ=environment(tmp_path, https_proxy="http://me:pa55word@proxy.example:3128"))
    assert "! Proxy: https_proxy is set (proxy.example:3128)" in done.out
    assert "pa55word" not in done.out


def test_a_certificate_file_that_is_not_there_keeps_messages_in(tmp_path: Path) -> None:
    code, found = look(tmp_path, SSL_CERT_FILE=str(tmp_path / "gone.pem"))
    assert (code, found["certificates"]["level"]) == (1, "fault")


def test_a_wrong_webhook_of_the_environment_is_a_fault_that_shows_no_secret(tmp_path: Path) -> None:
    token = "c3" * 30
    variables = {"DINGTALK_WEBHOOK": f"https://oapi.dingtalk.com/robot/send?access_token={token}"}
    done = command("doctor", environ=environment(tmp_path, **variables))
    assert "✖ Robot: environment: DINGTALK_WEBHOOK: The webhook is cut off" in done.out
    assert token not in done.out


def test_online_asks_the_robots_host_for_its_time_and_sends_no_message(tmp_path: Path, robot: SandboxRobot) -> None:
    with running_app(tmp_path, environ=environment(tmp_path, **robot_variables(robot))):
        code, found = look(tmp_path, "--online", **robot_variables(robot))
        assert (code, found["network"]["level"], found["clock"]["found"]) == (0, "ok", "this computer's clock is right")
        assert robot.received == ()
        robot.stop()
        code, found = look(tmp_path, "--online", **robot_variables(robot))
        assert (code, found["network"]["level"]) == (1, "fault")


@pytest.mark.parametrize(("off_s", "level"), [(0, "ok"), (400, "note"), (4_000, "fault"), (-4_000, "fault")])
def test_a_clock_that_is_off_is_told_before_dingtalk_refuses_it(tmp_path: Path, off_s: int, level: str) -> None:
    import time

    with SandboxRobot(now_ms=lambda: time.time_ns() // 1_000_000 - off_s * 1000) as sandbox:
        assert look(tmp_path, "--online", **robot_variables(sandbox))[1]["clock"]["level"] == level
