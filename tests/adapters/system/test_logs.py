"""The log keeps secrets out, keeps to its owner, and survives what a desktop does to it."""

import io
import logging
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.held_file import held
from tests.support.patience import PATIENCE_S
from tray_app.adapters.system.logs import Logs, Redactor
from tray_app.core.kernel.secret import Secret

TOKEN = "a1b2" * 16
KEY = "SEC" + "c3d4" * 16
SIGN = "q%2Bz9Kk0aXbYc1d2e3f4g5h6i7j8k9l0m1n2o3p4%3D"
URL = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}&timestamp=1700000000000&sign={SIGN}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def logs(tmp_path: Path, terminal: Terminal) -> Iterator[Logs]:
    logs = Logs(tmp_path, level=logging.DEBUG, terminal=terminal)
    yield logs
    logs.close()


def _clean(words: str) -> None:
    for secret in (TOKEN, KEY, SIGN, "bearer-token-1234"):
        assert secret not in words


@pytest.mark.parametrize(
    ("message", "args"),
    [
        (f"POST {URL}", ()),
        ("POST %s", (URL,)),
        ("POST %s %r", (httpx.URL(URL), {"url": URL})),
        ("key %s", (KEY,)),
        ("headers %s", ({"Authorization": "Bearer bearer-token-1234"},)),
        ("token alone %s", (TOKEN,)),
        ("encoded %s", (URL.replace("=", "%3D").replace("&", "%26"),)),
        ("broken %d", (URL,)),
    ],
)
def test_no_secret_reaches_file_or_terminal(
    logs: Logs, terminal: Terminal, message: str, args: tuple[object, ...]
) -> None:
    logging.getLogger("tray_app.x").error(message, *args)
    written = logs.file.read_text("utf-8")
    assert " ERROR tray_app.x: " in written
    _clean(written + terminal.getvalue())


def test_a_traceback_is_in_the_file_without_its_secrets_and_not_on_the_terminal(logs: Logs, terminal: Terminal) -> None:
    try:
        try:
            raise ValueError(f"no route to {URL}")
        except ValueError as error:
            raise RuntimeError(f"with {KEY}") from error
    except RuntimeError:
        logging.getLogger("tray_app").exception("sending failed", stack_info=True)
    written = logs.file.read_text("utf-8")
    assert "Traceback" in written
    assert "RuntimeError: with [hidden]" in written
    _clean(written)
    assert terminal.getvalue() == "error: sending failed\n"


def test_a_registered_value_is_hidden_whatever_it_looks_like(logs: Logs) -> None:
    logs.redactor.add(Secret("http://127.0.0.1:9/x?access_token=pässword/1"), Secret("ordinary-word"), Secret("no"))
    logging.getLogger("tray_app").warning("an ordinary-word, p%C3%A4ssword%2F1, and no more")
    assert logs.file.read_text("utf-8").endswith("an [hidden], [hidden], and no more\n")


@pytest.mark.usefixtures("logs")
def test_a_real_post_at_debug_level_leaves_no_token(terminal: Terminal, tmp_path: Path) -> None:
    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    for name in ("httpx", "httpcore", ""):
        logging.getLogger(name).setLevel(logging.DEBUG)  # louder than the app ever lets them be
    with HTTPServer(("127.0.0.1", 0), Robot) as robot:
        thread = threading.Thread(target=robot.handle_request)
        thread.start()
        query = f"access_token={TOKEN}&timestamp=1&sign={SIGN}"
        httpx.post(
            f"http://127.0.0.1:{robot.server_port}/robot/send?{query}", json={}, trust_env=False, timeout=PATIENCE_S
        )
        thread.join(10)
    written = "".join(file.read_text("utf-8") for file in tmp_path.iterdir())
    assert "HTTP Request: POST http://127.0.0.1" in written
    _clean(written + terminal.getvalue())


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a matter of access lists there")
@pytest.mark.usefixtures("logs")
def test_log_files_are_for_the_owner_alone_and_old_ones_go(tmp_path: Path) -> None:
    for _ in range(7_000):
        logging.getLogger("tray_app").debug("x" * 1_000)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["dingtalk-tray.log", *[f"dingtalk-tray.log.{n}" for n in range(1, 5)]]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert sum(file.stat().st_size for file in files) < 5_100_000


def test_mcp_after_us_changes_nothing_at_the_root(tmp_path: Path) -> None:
    script = (
        "import logging, sys\nfrom pathlib import Path\nfrom tray_app.adapters.system.logs import Logs\n"
        "Logs(Path(sys.argv[1]), terminal=None)\nroot = logging.getLogger()\n"
        "before = (root.level, list(root.handlers))\n"
        "from mcp.server.mcpserver import MCPServer\nMCPServer('x')\n"
        "assert (root.level, list(root.handlers)) == before\nassert before[0] == logging.WARNING\n"
        "logging.getLogger('httpx').info('HTTP Request')\nlogging.getLogger('tray_app').info('ours')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "HTTP Request" not in (tmp_path / "dingtalk-tray.log").read_text("utf-8")


def test_uncaught_exceptions_go_to_the_log_even_without_standard_error(tmp_path: Path) -> None:
    script = (
        "import sys, threading\nfrom pathlib import Path\nfrom tray_app.adapters.system.logs import Logs\n"
        "sys.stdout = sys.stderr = None\nLogs(Path(sys.argv[1]), terminal=sys.stderr)\n"
        "def fail(): raise ValueError(sys.argv[2])\n"
        "thread = threading.Thread(target=fail)\nthread.start()\nthread.join()\nfail()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), URL], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    written = (tmp_path / "dingtalk-tray.log").read_text("utf-8")
    assert written.count("ValueError: https://oapi.dingtalk.com/robot/send?[hidden]") == 2


def test_a_log_folder_that_is_lost_stops_nothing(tmp_path: Path, terminal: Terminal) -> None:
    logs = Logs(tmp_path / "gone", terminal=terminal)
    try:
        logging.getLogger("tray_app").warning("still here")
    finally:
        logs.close()
    assert terminal.getvalue() == "warning: still here\n"


def test_closed_means_as_before(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook, logging.getLogger("httpx").level)
    Logs(tmp_path, level=logging.DEBUG, terminal=None).close()
    after = (root.level, list(root.handlers), sys.excepthook, threading.excepthook, logging.getLogger("httpx").level)
    assert after == before


@given(before=st.text(), after=st.text())
def test_no_surrounding_brings_a_registered_secret_through(before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(Secret(URL))
    assert TOKEN not in redactor.scrub(before + TOKEN + after)


def _numbers(folder: Path) -> list[int]:
    """What was logged, oldest first."""
    files = sorted(folder.glob("dingtalk-tray.log*"), key=lambda file: file.suffix != ".log" and -int(file.suffix[1:]))
    return [int(line.split()[-2]) for file in files for line in file.read_text("utf-8").splitlines()]


def test_no_line_is_lost_while_a_viewer_has_the_log_open(logs: Logs, tmp_path: Path) -> None:
    log, much = logging.getLogger("tray_app"), "x" * 10_000
    for number in range(10):
        log.info("%d %s", number, much)
    with held(logs.file) as viewer:
        for number in range(10, 130):
            log.info("%d %s", number, much)
        assert viewer.refused.is_set()
        assert _numbers(tmp_path) == list(range(130))
    for number in range(130, 170):
        log.info("%d %s", number, much)
    assert len(list(tmp_path.iterdir())) > 1
    assert _numbers(tmp_path) == list(range(170))


def test_no_line_is_lost_where_an_old_log_cannot_be_moved(logs: Logs, tmp_path: Path) -> None:
    for number in range(1, 5):
        (tmp_path / f"dingtalk-tray.log.{number}" / "of somebody").mkdir(parents=True)
    for number in range(150):
        logging.getLogger("tray_app").info("%d %s", number, "x" * 10_000)
    lines = logs.file.read_text("utf-8").splitlines()
    assert [int(line.split()[-2]) for line in lines] == list(range(150))
