"""endpoint.json: what it holds, who may read it, when it counts."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.processes import born

MINE = Endpoint(
    url="http://127.0.0.1:8737/mcp",
    pid=os.getpid(),
    version="1.0.0",
    token=Secret("t" * 32),
    control_token=Secret("c" * 32),
    hook_token=Secret("h" * 32),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "endpoint.json"


def test_another_process_reads_where_the_app_answers(path: Path) -> None:
    EndpointFile(path).write(MINE)
    assert EndpointFile(path).read_live() == MINE
    assert json.loads(path.read_text()) == {
        "url": "http://127.0.0.1:8737/mcp",
        "pid": os.getpid(),
        "born": born(os.getpid()),
        "version": "1.0.0",
        "token": "t" * 32,
        "control_token": "c" * 32,
        "hook_token": "h" * 32,
    }
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_clean_stop_removes_the_file_and_leaves_another_apps_alone(path: Path) -> None:
    first, second = EndpointFile(path), EndpointFile(path)
    first.write(MINE)
    second.write(replace(MINE, token=Secret("u" * 32)))
    first.remove()
    assert path.exists()
    second.remove()
    second.remove()
    assert not path.exists()


def test_a_killed_apps_file_does_not_count(path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    EndpointFile(path).write(replace(MINE, pid=gone.pid))
    assert EndpointFile(path).read_live() is None


def test_a_killed_apps_file_does_not_count_when_another_process_has_its_number(path: Path) -> None:
    EndpointFile(path).write(MINE)
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "born": "1"}))
    assert EndpointFile(path).read_live() is None
    assert EndpointFile(path).read_left() == MINE
    path.write_text(json.dumps({name: value for name, value in said.items() if name != "born"}))  # an older app's
    assert EndpointFile(path).read_live() == MINE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"url": 1}',
        b'{"url":"u","pid":true,"version":"1","token":"t","control_token":"c"}',
        b'{"url":"u","pid":99999999999999999999,"version":"1","token":"t","control_token":"c"}',
        b'{"url":"u","pid":4294967296,"version":"1","token":"t","control_token":"c"}',
        b'{"url":"u","pid":1,"born":7,"version":"1","token":"t","control_token":"c"}',
        b'{"url":"u","pid":-1,"version":"1","token":"t","control_token":"c"}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_no_running_app(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    assert EndpointFile(path).read_live() is None


def test_a_missing_file_is_no_running_app(path: Path) -> None:
    assert EndpointFile(path).read_live() is None


def test_a_folder_that_is_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TrayAppError) as caught:
        EndpointFile(tmp_path / "gone" / "endpoint.json").write(MINE)
    assert caught.value.reason.key == "settings.no_endpoint_file"
