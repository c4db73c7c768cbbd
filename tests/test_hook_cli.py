"""The command that Claude Code's hooks run, as a process of its own, against the app's real guard and route."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.hook_app import HOOK_TOKEN, announce, hearing
from tests.support.hook_samples import HOOKS, SESSION
from tests.support.patience import PATIENCE_S
from tray_app import hook_cli
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.claude_code.connect import FOLLOW_UP
from tray_app.core.sessions.live.events import TurnEnded

SCRIPT = hook_cli.__file__
BARE = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}  # Windows has no sockets without it


def run(
    body: bytes | Mapping[str, object], home: Path, **environ: str
) -> "tuple[subprocess.CompletedProcess[bytes], float]":
    given = body if isinstance(body, bytes) else json.dumps(body).encode()
    clean = {**BARE, "PATH": os.environ.get("PATH", ""), "DINGTALK_TRAY_HOME": str(home), **environ}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT],
        input=given,
        env=clean,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done, time.perf_counter() - begun


def silent(done: "subprocess.CompletedProcess[bytes]") -> bool:
    return (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_every_event_reaches_the_app(name: str, tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        done, _ = run(HOOKS[name], tmp_path, CLAUDE_PID="4711", CLAUDE_CODE_SESSION_ID=SESSION)
    assert silent(done)
    assert [event.session_id for event in sink.events] == [SESSION]
    assert "please build it" not in repr(sink.events)  # what the person writes stays with the client
    assert sink.events[0].pid == 4711


def test_it_passes_on_how_many_tasks_run_and_not_what_they_do(tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        run(HOOKS["Stop"], tmp_path)
    assert sink.events[0].what == TurnEnded(last_text="All done. 完成 🎉", background_tasks=1)


def test_named_fields_and_variables_only_leave_the_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        announce(tmp_path, server.getsockname()[1])
        command = [sys.executable, "-I", "-S", SCRIPT]
        secret = "do-not-pass-this-on"
        environ = {
            "DINGTALK_TRAY_HOME": str(tmp_path),
            "CLAUDE_CODE_MESSAGING_TOKEN": secret,
            "ANTHROPIC_API_KEY": secret,
            "CLAUDE_PID": "12",
        }
        body = json.dumps({**HOOKS["PreToolUse"], "tool_input": {"content": secret}}).encode()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ)
        assert process.stdin is not None
        process.stdin.write(body)
        process.stdin.close()
        connection, _ = server.accept()
        with connection:
            connection.settimeout(5)
            sent = connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert process.wait(10) == 0
    head, _, posted = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert secret.encode() not in sent
    assert json.loads(posted) == {
        "hook": {
            name: HOOKS["PreToolUse"][name]
            for name in ("hook_event_name", "session_id", "transcript_path", "cwd", "tool_name", "tool_use_id")
        },
        "environment": {"CLAUDE_PID": "12"},
    }


def test_a_body_larger_than_it_reads_is_passed_on_by_its_beginning(tmp_path: Path) -> None:
    body = {**HOOKS["PreToolUse"], "tool_response": "x" * 3_000_000, "after": 1}
    with hearing(tmp_path) as sink:
        done, _ = run(body, tmp_path)
    assert silent(done)
    assert sink.events[0].session_id == SESSION


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"hook_event_name": 5}'])
def test_junk_is_swallowed(body: bytes, tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        done, _ = run(body, tmp_path)
    assert silent(done)
    assert sink.events == []


def test_it_is_silent_where_no_app_was_ever_started(tmp_path: Path) -> None:
    assert silent(run(HOOKS["Stop"], tmp_path)[0])


def test_it_is_silent_where_the_app_was_killed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        announce(tmp_path, stranger.getsockname()[1], pid=dead.pid)
        assert silent(run(HOOKS["Stop"], tmp_path)[0])
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.accept()  # nothing was told to whoever has the port now


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it would cost the hook more than all the rest")
def test_it_is_silent_where_another_program_has_the_number_of_a_killed_app(tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        file = Paths.under(tmp_path).endpoint
        said = json.loads(file.read_bytes())
        for birth, heard in (("1", 0), (said["born"], 1), ("", 2)):  # apps of before wrote none
            file.write_text(json.dumps({**said, "born": birth}))
            assert silent(run(HOOKS["Stop"], tmp_path)[0])
            assert len(sink.events) == heard


@pytest.mark.parametrize("token", ["", "t" * 43, "c" * 43])
def test_another_areas_token_tells_nothing_and_disturbs_nobody(token: str, tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        announce(tmp_path, sink.port, token=token)
        assert silent(run(HOOKS["Stop"], tmp_path)[0])
    assert sink.events == []


def test_an_app_that_does_not_answer_holds_it_for_a_second_at_most(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        announce(tmp_path, mute.getsockname()[1])
        done, took_s = run(HOOKS["Stop"], tmp_path)
    assert silent(done)
    assert took_s < 5  # and what a busy computer takes to start it


def test_a_client_that_never_closes_its_end_holds_it_for_a_second_at_most(tmp_path: Path) -> None:
    environ = {**BARE, "DINGTALK_TRAY_HOME": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-I", "-S", SCRIPT], stdin=subprocess.PIPE, env=environ)
    assert process.wait(10) == 0
    process.stdin.close()  # type: ignore[union-attr]


def test_the_folder_that_connect_wrote_into_the_command_is_where_it_looks(tmp_path: Path) -> None:
    with hearing(tmp_path / "with a space") as sink:
        command = [sys.executable, "-I", "-S", SCRIPT, "--home", str(tmp_path / "with a space")]
        environ = {**BARE, "DINGTALK_TRAY_HOME": "/elsewhere"}
        subprocess.run(command, input=json.dumps(HOOKS["Stop"]).encode(), env=environ, check=True)
    assert len(sink.events) == 1


class Waiting:
    """The hook of a turn that has ended, and the app that it waits at: a socket on which anything can be said."""

    def __init__(self, home: Path, *, attended: str = "1", announced: bool = True) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(PATIENCE_S)
        if announced:
            announce(home, self.server.getsockname()[1])
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", SCRIPT, "--home", str(home), hook_cli.FOLLOW_UP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"CLAUDE_CODE_SESSION_ATTENDED": attended},
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(HOOKS["Stop"]).encode())
        self.process.stdin.close()
        self.process.stdin = None

    def asks(self) -> tuple[socket.socket, bytes]:
        connection, _ = self.server.accept()
        connection.settimeout(PATIENCE_S)
        return connection, connection.recv(65_536)

    def ends(self) -> tuple[int, bytes, bytes]:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        self.server.close()
        return self.process.returncode, out, err


WORDS = "go on 请".encode()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 9\r\n\r\n" + WORDS


def test_words_of_the_owner_wake_the_session(tmp_path: Path) -> None:
    hook = Waiting(tmp_path)
    connection, sent = hook.asks()
    with connection:
        assert sent.startswith(b"POST /follow-up/claude-code HTTP/1.1\r\n")
        assert f"Bearer {HOOK_TOKEN}".encode() in sent
        connection.sendall(WHOLE[:40])
        connection.sendall(WHOLE[40:])
    assert hook.ends() == (2, b"", WORDS)


@pytest.mark.parametrize(
    "said",
    [
        b"",  # the app has ended
        b"HTTP/1.1 204 No Content\r\n\r\n",
        WHOLE[:-1],  # it was killed while it answered
        WHOLE.replace(b"200", b"401"),
        WHOLE.replace(b"Content-Length: 9\r\n", b""),
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"\xff\xff",
    ],
)
def test_nothing_else_wakes_it(said: bytes, tmp_path: Path) -> None:
    hook = Waiting(tmp_path)
    connection, _ = hook.asks()
    with connection:
        connection.sendall(said)
    assert hook.ends() == (0, b"", b"")


@pytest.mark.parametrize(("attended", "announced"), [("0", True), ("", True), ("1", False)])
def test_without_a_terminal_or_an_app_it_ends_at_once(attended: str, announced: bool, tmp_path: Path) -> None:
    assert Waiting(tmp_path, attended=attended, announced=announced).ends() == (0, b"", b"")


def test_connect_and_the_script_call_the_wait_the_same() -> None:
    assert FOLLOW_UP == hook_cli.FOLLOW_UP


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_one_that_waits_sleeps_and_is_small(tmp_path: Path) -> None:
    hook = Waiting(tmp_path)
    connection, _ = hook.asks()
    with connection:
        process = Path("/proc") / str(hook.process.pid)
        deadline = time.monotonic() + PATIENCE_S
        while process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < deadline
        assert int(process.joinpath("status").read_text().split("VmRSS:")[1].split()[0]) < 16 * 1024  # KiB
    assert hook.ends() == (0, b"", b"")


def test_it_imports_nothing_of_ours_and_nothing_heavy(tmp_path: Path) -> None:
    loaded = set(inside("print(*sys.modules)", tmp_path).split())
    assert not [name for name in loaded if name.startswith("tray_app")]
    assert not loaded & {"http.client", "ssl", "subprocess", "pathlib", "typing", "threading", "asyncio"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of a process")
def test_it_is_small(tmp_path: Path) -> None:
    with hearing(tmp_path) as sink:
        said = inside("print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])", tmp_path)
        sink.wait_for(TurnEnded)
    assert int(said) < 14 * 1024  # KiB; 10.3 MiB in CPython 3.11 here, other builds differ by some


def inside(ask: str, home: Path) -> str:
    """Run the script to its end in a fresh Python, then `ask` that process something."""
    code = f"import sys\ntry: exec(compile(open({SCRIPT!r}).read(), 'x', 'exec'))\nexcept SystemExit: {ask}"
    given = json.dumps(HOOKS["Stop"])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        input=given,
        env={**BARE, "DINGTALK_TRAY_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return done.stdout


@pytest.mark.parametrize(
    "environ",
    [
        {"DINGTALK_TRAY_HOME": "/srv/tray home/文件"},
        {"DINGTALK_TRAY_HOME": " ~/tray "},
        {"DINGTALK_TRAY_HOME": "relative/folder"},
        {"XDG_RUNTIME_DIR": "RUN"},
        {"XDG_DATA_HOME": "/srv/data"},
        {"XDG_DATA_HOME": "  "},
        {},
    ],
)
def test_it_looks_where_the_app_writes(environ: dict[str, str], tmp_path: Path) -> None:
    """In a process of its own: the app reads some folders from the real environment."""
    run_folder = {name: str(tmp_path) if value == "RUN" else value for name, value in environ.items()}
    ask = (
        "import os; from tray_app import hook_cli; from tray_app.adapters.system.paths import Paths\n"
        "print(hook_cli.endpoint_path(os.environ) == str(Paths.of(os.environ).endpoint), ascii(Paths.of(os.environ)))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DINGTALK_"))}
    done = subprocess.run(
        [sys.executable, "-c", ask], env={**kept, **run_folder}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("True "), done.stdout
