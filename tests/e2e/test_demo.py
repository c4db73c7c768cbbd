"""The demo as a newcomer runs it: it shows everything, leaves nothing, and fails when a promise is broken."""

import io
import json
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from tests.support.command import environment
from tray_app.adapters.files.texts import catalog
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.demo.demo import KEYWORD
from tray_app.cli.commands.app import demo
from tray_app.cli.console import Console
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.robot import AnswerWith
from tray_app.tools import TOOLS

_TIMEOUT_S = 50


def fresh(folder: Path, **more: str) -> dict[str, str]:
    """A home and a folder for temporary files, both empty."""
    places = {"HOME": folder / "home", "TMPDIR": folder / "tmp", "XDG_CACHE_HOME": folder / "home" / ".cache"}
    for place in (places["HOME"], places["TMPDIR"]):
        place.mkdir()
    environ = environment(folder / "home", **{name: str(path) for name, path in places.items()}, **more)
    del environ["DINGTALK_TRAY_HOME"]
    return environ


def files(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()]


def test_it_shows_endpoint_tools_results_and_the_group_and_leaves_nothing(tmp_path: Path) -> None:
    broken_surroundings = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "SSL_CERT_FILE": str(tmp_path / "no.pem"),
        "DINGTALK_WEBHOOK": "nonsense",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tray_app", "demo"],
        env=fresh(tmp_path, **broken_surroundings),
        cwd=tmp_path,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    said = done.stdout.decode()
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert "Endpoint: http://127.0.0.1:" in said
    assert f"{len(TOOLS)} tools: " in said
    assert [name for name in TOOLS if name not in said] == []
    assert "> npm test" in said
    assert "The agent was told: allow" in said
    assert said.count("  dingtalk_") == said.count(": sent\n") - 1 == 7  # and the one after the pause
    assert "Paused. dingtalk_send_text: paused" in said
    assert "Resumed. dingtalk_send_text: sent" in said
    group = said.partition("What the group got:")[2]
    for words in ("Hello from the demo", "[actionCard] Deploy?", "Moved the parser", "called: @138"):
        assert words in group
    assert "✅ Import the data: done" in group  # the app speaks the reader's language
    assert "You must not see this" not in group
    assert said.splitlines()[-1] == "Everything arrived as promised. Next: dingtalk-tray run"
    assert files(tmp_path) == []


def test_ctrl_c_ends_it_without_a_traceback_and_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tray_app", "demo"],
        env=fresh(tmp_path, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"Endpoint" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, b"")
    assert files(tmp_path) == []


def played(sandbox: SandboxRobot) -> tuple[int, list[str]]:
    """Play it with this robot; give the exit code and what was said on standard error."""
    out, err = io.StringIO(), io.StringIO()
    console = Console(words=catalog(Language.EN), out=out, err=err, given=io.StringIO())
    code = demo.run(Namespace(), console, Paths.of({}), {}, sandbox=sandbox)
    return code, err.getvalue().splitlines()


def test_it_fails_with_the_reason_when_the_robot_refuses() -> None:
    code, said = played(SandboxRobot(keywords=["another keyword"]))
    assert code == 1
    assert said[0].startswith("dingtalk_send_text was not delivered:")
    assert "310000" in said[0]
    assert said[1] == "Please report this output."


def test_it_fails_when_a_message_is_acknowledged_but_does_not_reach_the_group() -> None:
    sandbox = SandboxRobot(keywords=[KEYWORD])
    lost = AnswerWith(status=200, headers={}, body=json.dumps({"errcode": 0, "errmsg": "ok"}).encode())
    sandbox.robot.script(lost)
    assert played(sandbox) == (1, ["7 messages arrived, 8 were expected", "Please report this output."])
