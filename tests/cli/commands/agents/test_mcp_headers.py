"""`mcp-headers` as Claude Code runs it: prints the header, and has the app running first."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.command import command, environment
from tests.support.free_port import settle_port
from tests.support.strays import end_strays
from tests.support.system import kill, slow_on_wine
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.system.paths import Paths

SEES_MEMORY = sys.platform == "linux" and os.geteuid() == 0  # the app's is closed to other programs of its own user
pytestmark = slow_on_wine


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose app, whoever started it, is stopped afterwards."""
    folder = tmp_path / "tray home 文件"
    folder.mkdir()
    yield folder
    end_strays(folder)  # also one that does not serve, or not yet


def pids(home: Path) -> set[int]:
    """Processes that run `tray_app run` below this home, by what Linux says of them."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, variables = (process / "cmdline").read_bytes().split(b"\0"), (process / "environ").read_bytes()
        except OSError:
            continue
        if b"run" in words and f"DINGTALK_TRAY_HOME={home}".encode() in variables:
            found.add(int(process.name))
    return found


def test_it_starts_the_app_and_prints_the_header_alone(home: Path) -> None:
    port = settle_port(home)
    done = command("mcp-headers", environ=environment(home))
    endpoint = EndpointFile(Paths.under(home).endpoint).read_live()
    assert endpoint is not None
    assert endpoint.url == f"http://127.0.0.1:{port}/mcp"
    assert (done.code, done.json(), done.err) == (0, {"Authorization": f"Bearer {endpoint.token.reveal()}"}, "")
    again = command("mcp-headers", environ=environment(home))
    assert (again.code, again.out) == (0, done.out)


@pytest.mark.skipif(not SEES_MEMORY, reason="only root sees whose an app is: it hides its environment")
def test_ten_at_once_start_one_app(home: Path) -> None:
    settle_port(home)
    seen: set[int] = set()
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(command, "mcp-headers", environ=environment(home)) for _ in range(10)]
        while not all(one.done() for one in waiting):
            seen |= pids(home)
            time.sleep(0.02)  # a second app would take longer to see that there is one
    answers = [one.result() for one in waiting]
    assert {(answer.code, answer.out) for answer in answers} == {(0, answers[0].out)}
    assert len(seen) == 1


def test_the_app_outlives_its_starter_and_inherits_none_of_the_agents_secrets(home: Path) -> None:
    settle_port(home)
    secrets = {"CLAUDE_CODE_MESSAGING_TOKEN": "s" * 20, "ANTHROPIC_API_KEY": "k" * 20}
    environ = environment(home, CLAUDE_CONFIG_DIR="/c", **secrets)
    starter = subprocess.Popen(
        [sys.executable, "-m", "tray_app", "mcp-headers"], env=environ, stdout=subprocess.PIPE, start_new_session=True
    )
    assert starter.communicate(timeout=20)[0]
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.killpg(starter.pid, signal.SIGTERM)  # nothing of it is left to end
    endpoint = EndpointFile(Paths.under(home).endpoint).read_live()
    assert endpoint is not None
    if SEES_MEMORY:
        variables = Path(f"/proc/{endpoint.pid}/environ").read_bytes().split(b"\0")
        assert b"CLAUDE_CONFIG_DIR=/c" in variables
        assert not [one for one in variables if one.startswith((b"CLAUDE_CODE", b"ANTHROPIC"))]


def test_a_killed_app_is_started_again_and_its_token_still_holds(home: Path) -> None:
    settle_port(home)
    first = command("mcp-headers", environ=environment(home))
    endpoint = EndpointFile(Paths.under(home).endpoint).read_live()
    assert endpoint is not None
    kill(endpoint.pid)
    second = command("mcp-headers", environ=environment(home))
    assert (second.code, second.out) == (0, first.out)


def test_another_address_than_the_clients_gets_no_token(home: Path) -> None:
    settle_port(home)
    assert command("mcp-headers", environ=environment(home)).code == 0
    asked = "http://127.0.0.1:1/mcp"
    done = command("mcp-headers", environ=environment(home, CLAUDE_CODE_MCP_SERVER_URL=asked))
    assert (done.code, done.out) == (1, "")
    assert asked in done.err


@pytest.mark.slow
def test_a_port_that_another_program_has_is_said_within_ten_seconds(home: Path) -> None:
    port = settle_port(home)
    with socket.create_server(("127.0.0.1", port)):
        done = command("mcp-headers", environ=environment(home))
    assert (done.code, done.out) == (1, "")
    assert "8 seconds" in done.err  # Claude Code gives it ten
    assert f"Port {port} is used by another program" in done.err


def test_while_the_app_runs_only_the_standard_library_is_loaded(home: Path) -> None:
    settle_port(home)
    assert command("mcp-headers", environ=environment(home)).code == 0
    ask = "import sys; sys.argv[1:] = ['mcp-headers']; from tray_app.__main__ import main; main(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environment(home), capture_output=True, text=True, check=True
    )
    line, _, modules = done.stdout.partition("\n")
    assert json.loads(line).keys() == {"Authorization"}
    ours = {name for name in modules.split() if name.startswith("tray_app")}
    assert ours == {"tray_app", "tray_app.__main__", "tray_app.headers_cli", "tray_app.hook_cli"}
