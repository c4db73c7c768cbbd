"""The command line against the real app: every command as a process, beside an app that runs or does not."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command import Done, command, environment, fresh_command, robot_variables
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tests.support.system import wine_cannot
from tray_app import __version__
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.child import running_app as fresh_app
from tray_app.sandbox.robot import AnswerWith

browser_opens = pytest.mark.skipif(sys.platform == "win32", reason="Windows always has a browser that opens")


class App:
    """A running app and its group."""

    def __init__(self, home: Path, child: Child, sandbox: SandboxRobot) -> None:
        self.home = home
        self.child = child
        self.sandbox = sandbox

    def __call__(self, *arguments: str, given: str | bytes = "", **more: str) -> Done:
        """Run a command as from another terminal: it does not know the robot's variables."""
        return command(*arguments, environ=environment(self.home, **more), given=given)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    with SandboxRobot(per_minute=0) as sandbox:
        settings = home / "config" / "settings.toml"
        settings.parent.mkdir()
        settings.write_text("[robots.environment]\nper_minute = 1000\n")
        environ = environment(home, **robot_variables(sandbox))
        with running_app(home, environ=environ) as child:
            yield App(home, child, sandbox)


@pytest.fixture
def app(shared: App) -> Iterator[App]:
    yield shared
    command("resume", environ=environment(shared.home))


def last(app: App) -> str:
    return str(app.sandbox.received[-1])


def test_send_delivers_every_kind_and_history_tells_it_newest_first(app: App) -> None:
    picture = "https://example.com/p.png"
    sends = {
        "text": ("send", "text", "words of a script", "--at", "13800000000"),
        "markdown": ("send", "markdown", "Build 7", "- green"),
        "link": ("send", "link", "Notes", "what is new", "https://example.com/", "--picture", picture),
        "actionCard": ("send", "card", "Deploy?", "now", "--button", "Yes", "https://example.com/y", "--horizontal"),
        "feedCard": ("send", "feed", "--item", "Morning", "https://example.com/", picture),
    }
    before = len(app.sandbox.received)
    receipts = [app(*arguments, "--json") for arguments in sends.values()]
    assert [(done.code, done.json()["status"], done.err) for done in receipts] == [(0, "sent", "")] * len(sends)
    assert len(app.sandbox.received) == before + len(sends)
    rows = app("history", "--json", "--limit", "5").json()["deliveries"]
    assert [row["kind"] for row in rows] == list(reversed(sends))
    assert [row["id"] for row in rows] == [done.json()["delivery_id"] for done in reversed(receipts)]
    said = {(row["stage"], row["source"], row["tool"], row["client"]) for row in rows}
    assert said == {("sent", "cli", "send", "cli")}


def test_send_reads_the_argument_that_is_a_dash_from_standard_input(app: App) -> None:
    done = app("send", "markdown", "From a pipe", "-", given="# first\n第二行 ✓\n")
    assert (done.code, done.out, done.err) == (0, "✓ Delivered to the group of environment\n", "")
    assert "第二行 ✓" in last(app)
    assert app("send", "text", "--", "-1 and falling").code == 0
    assert "-1 and falling" in last(app)


def test_two_dashes_are_wrong_usage(app: App) -> None:
    done = app("send", "markdown", "-", "-", given="x")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Only one argument can be read from standard input")


def test_an_empty_message_is_refused_and_named(app: App) -> None:
    done = app("send", "text", "-", "--json")
    assert done.code == 1
    assert "content" in done.json()["error"]["reason"]


def test_bytes_that_are_no_text_arrive_with_marks_instead_of_ending_the_command(app: App) -> None:
    assert app("send", "text", "-", given=b"caf\x81 au lait").code == 0
    assert "caf� au lait" in last(app)


def test_an_unknown_robot_fails_and_names_those_there_are(app: App) -> None:
    done = app("send", "text", "hello", "--robot", "nobody")
    assert done.code == 1
    assert done.out.splitlines() == [
        "✖ Not delivered to nobody",
        'There is no robot named "nobody"',
        "Known robots: environment.",
    ]
    assert app("robots", "--test", "nobody", "--json").json()["status"] == "failed"


def test_what_dingtalk_refuses_fails_with_its_reason_and_the_fix(app: App) -> None:
    refusal = {"errcode": 310000, "errmsg": "错误描述:关键词不匹配;"}
    app.sandbox.robot.script(AnswerWith(status=200, headers={}, body=json.dumps(refusal).encode()))
    receipt = app("send", "text", "hello", "--json")
    assert (receipt.code, receipt.json()["status"], receipt.json()["errcode"]) == (1, "failed", 310000)
    assert receipt.json()["reason"]
    assert receipt.json()["hint"]
    begin = receipt.json()["delivery_id"][:8]  # as the list shows it
    assert app("history", "--limit", "1").out.splitlines()[0].endswith(begin)
    again = app("history", "--resend", begin)
    assert (again.code, again.out) == (0, "✓ Delivered to the group of environment\n")


def test_resending_what_is_not_there_says_so(app: App) -> None:
    done = app("history", "--resend", "0" * 32)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 2
    assert app("history", "--resend", "0").err == done.err  # too short to be anybody's


def test_pause_blocks_sends_and_tests_until_resume(app: App) -> None:
    before = app.sandbox.robot.requests
    state = app("pause", "30m", "--json").json()
    assert state["pause"]["until_ms"] > state["now_ms"]
    assert (app("send", "text", "not now", "--json").code, app("robots", "--test", "environment").code) == (1, 1)
    assert "Notifications: paused until" in app("status").out
    told = app("send", "text", "not now").err + app("history").out  # a person reads it, so no words for agents
    assert "Notifications are paused until" in told
    assert "Resend it from the history" in told
    assert "owner" not in told
    assert "Do not retry" not in told
    assert app.sandbox.robot.requests == before
    assert app("resume", "--json").json()["pause"] is None
    assert app("send", "text", "now").code == 0


def test_status_says_where_agents_connect_and_which_robot_is_used(app: App) -> None:
    state = app("status", "--json").json()
    assert (state["url"], state["version"], state["endpoint"]) == (app.child.endpoint.url, __version__, "running")
    (robot,) = state["robots"]
    assert (robot["name"], robot["ready"], robot["signed"]) == ("environment", True, True)
    said = app("status").out.splitlines()
    assert said[0] == f"Endpoint: {app.child.endpoint.url} (running)"
    assert said[2].startswith("Robot environment (127.0.0.1:")


def test_mcp_headers_are_what_a_client_must_send(app: App) -> None:
    done = app("mcp-headers")
    assert (done.code, done.err) == (0, "")
    assert done.json() == {"Authorization": f"Bearer {app.child.endpoint.token.reveal()}"}


@browser_opens
def test_the_set_up_page_link_is_printed_where_no_browser_opens(app: App) -> None:
    done = app("setup", "--page")
    base = app.child.endpoint.url.removesuffix("/mcp")
    assert done.code == 0
    assert done.out.splitlines()[1].startswith(f"{base}/ui/")
    assert app("setup", "--page", "--json").json()["url"].startswith(f"{base}/ui/")


@browser_opens
def test_open_leads_to_any_page_and_to_the_overview_where_none_is_named(app: App) -> None:
    base = app.child.endpoint.url.removesuffix("/mcp")
    done = app("open")
    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "Open this address in a browser on this computer. It works once, within two minutes:",
    )
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as browser:
        for arguments, page in (((), "overview"), (("connect",), "connect")):
            link = app("open", *arguments, "--print").out.strip()
            assert link.startswith(f"{base}/ui/open?t=")
            assert browser.get(link).headers["location"] == f"/ui/{page}"
            assert browser.get(link).status_code == 410
    assert app("open", "setup", "--json").json()["page"] == "setup"
    assert app("open", "nowhere").code == 2


@wine_cannot
def test_a_second_run_shows_the_first_ones_state_and_ends_well(app: App) -> None:
    done = app("run", "--headless", "--port", "0")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        "dingtalk-tray is running already:",
        f"Endpoint: {app.child.endpoint.url} (running)",
    ]


def test_the_reader_of_a_pipe_may_go_away(app: App) -> None:
    for _ in range(3):
        app("send", "text", "x" * 70)
    with subprocess.Popen(
        [sys.executable, "-m", "tray_app", "history", "--limit", "1000", "--json"],
        env=environment(app.home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) in {0, 1}


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("send", "text", "x"), ("pause",), ("quit",), ("history",), ("setup", "--page"), ("open",)],
)
def test_without_an_app_a_command_says_how_to_start_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = fresh_command(*arguments, environ=environment(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "dingtalk-tray is not running",
        "Start it with: dingtalk-tray run   (or run --headless without a desktop)",
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_killed_app_is_not_believed_even_when_its_process_id_lives(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    paths = Paths.under(tmp_path)
    with running_app(tmp_path, environ=environ) as child:
        left = paths.endpoint.read_text()
        child.process.kill()
        child.process.wait()
    assert paths.endpoint.exists()
    assert fresh_command("status", environ=environ).code == 1
    paths.endpoint.write_text(json.dumps({**json.loads(left), "pid": os.getpid()}))  # reused; nobody at the port
    assert fresh_command("status", environ=environ).code == 1
    other = tmp_path / "other"
    with running_app(other, environ=environment(other)) as stranger:  # somebody else's app is there now
        stale = {**json.loads(left), "pid": os.getpid(), "url": stranger.endpoint.url}
        paths.endpoint.write_text(json.dumps(stale))
        done = fresh_command("status", environ=environ)
        assert (done.code, done.out, done.err.splitlines()[0]) == (1, "", "dingtalk-tray is not running")


@pytest.mark.skipif(sys.platform == "win32", reason="there a signal ends a program at once; tests/windows stops it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_app_in_order_and_its_file_goes(tmp_path: Path, number: signal.Signals) -> None:
    with fresh_app(tmp_path, environ=environment(tmp_path)) as child:
        child.process.send_signal(number)
        assert child.process.wait(PATIENCE_S) == 0
        assert EndpointFile(child.paths.endpoint).read_left() is None
        assert "Traceback" not in child.printed.read_text()


def test_quit_returns_when_the_app_is_gone(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    with fresh_app(tmp_path, environ=environ) as child:
        # the child is reaped meanwhile: a zombie would count as alive
        quit_ = [sys.executable, "-m", "tray_app", "quit"]
        with subprocess.Popen(quit_, env=environ, stdout=subprocess.PIPE) as quitting:
            assert child.process.wait(PATIENCE_S) == 0
            said, _ = quitting.communicate(timeout=PATIENCE_S)
        assert (quitting.returncode, said) == (0, b"dingtalk-tray has stopped\n")
        assert not child.paths.endpoint.exists()


def test_headless_on_a_taken_port_ends_with_the_reason_and_the_fix(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = fresh_command("run", "--headless", "--port", str(port), environ=environment(tmp_path))
    assert done.code == 1
    assert done.out == ""
    assert str(port) in done.err.splitlines()[0]
    assert done.err.splitlines()[1].startswith("  ")
    assert not Paths.under(tmp_path).endpoint.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fresh_command("run", "--headless", environ=environment(tmp_path / "file"))
    assert done.code == 1
    assert str(tmp_path / "file") in done.err
    assert "Traceback" not in done.err
