import json
import os
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.adapters.claude_code.files import config_folders
from tray_app.adapters.claude_code.registry import live_processes
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.session import Asks, SessionState

_NOBODY = 2**22 + 7  # above Linux's largest process id


def _enter(home: Path, pid: int | str, **fields: object) -> Path:
    (home / "sessions").mkdir(parents=True, exist_ok=True)
    path = home / "sessions" / f"{pid}.json"
    path.write_text(json.dumps(fields), "utf-8")
    return path


def test_a_running_client_is_listed_with_what_its_file_says(tmp_path: Path) -> None:
    _enter(
        tmp_path,
        os.getpid(),
        sessionId="s1",
        cwd="/code/demo",
        startedAt=4_000_000_000_000,
        version="2.1.330",
        kind="interactive",
        entrypoint="cli",
        name="my session",
        status="waiting",
        waitingFor="permission prompt",
        updatedAt=4_000_000_000_001,
        something_new={"a": 1},
    )
    assert live_processes([tmp_path, tmp_path / "none"]) == (
        LiveProcess(
            pid=os.getpid(),
            session_id="s1",
            cwd="/code/demo",
            name="my session",
            version="2.1.330",
            kind="interactive",
            entrypoint="cli",
            state=SessionState.WAITING,
            asks=Asks.PERMISSION,
            started_ms=4_000_000_000_000,
            updated_ms=4_000_000_000_001,
        ),
    )


@pytest.mark.parametrize(
    "stem",
    [
        *("{beyond}", "{pid}{pid}{pid}{pid}", "9" * 100, "0{pid}", "0", "-{pid}", "{pid}.0", " {pid}"),
        "١٢",  # digits of another script
    ],
)
def test_a_file_whose_name_is_no_process_ends_no_listing_and_stands_for_nobody(tmp_path: Path, stem: str) -> None:
    _enter(tmp_path, os.getpid(), sessionId="s1")
    _enter(tmp_path, stem.format(pid=os.getpid(), beyond=2**32 + os.getpid()), sessionId="s2")
    assert [process.session_id for process in live_processes([tmp_path])] == ["s1"]


def test_a_file_left_by_a_killed_client_is_not_listed(tmp_path: Path) -> None:
    _enter(tmp_path, _NOBODY, sessionId="s1")
    _enter(tmp_path, "99999999999999999999", sessionId="s2")
    assert live_processes([tmp_path]) == ()


def test_a_process_that_began_after_the_session_is_another_programs(tmp_path: Path) -> None:
    _enter(tmp_path, os.getpid(), sessionId="s1", startedAt=1_600_000_000_000)
    assert live_processes([tmp_path]) == ()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"sessionId": 7}', '{"sessionId": ""}', "[" * 50_000])
def test_damaged_files_are_left_out(tmp_path: Path, body: str) -> None:
    _enter(tmp_path, os.getpid()).write_text(body, "utf-8")
    _enter(tmp_path, "notes", sessionId="s1")
    assert live_processes([tmp_path]) == ()


def test_the_clients_secret_key_files_are_never_opened(tmp_path: Path) -> None:
    _enter(tmp_path, os.getpid(), sessionId="s1")
    make_pipe(tmp_path / "sessions" / f"{os.getpid()}.key")  # opening it would wait for ever
    make_pipe(tmp_path / "sessions" / "1.json")
    assert len(live_processes([tmp_path])) == 1


def test_the_folders_are_those_the_client_uses(tmp_path: Path) -> None:
    assert config_folders({}, tmp_path) == (tmp_path / ".config" / "claude", tmp_path / ".claude")
    assert config_folders({"XDG_CONFIG_HOME": "/x"}, tmp_path) == (Path("/x/claude"), tmp_path / ".claude")
    assert config_folders({"CLAUDE_CONFIG_DIR": " /a , ~/b,/a,"}, tmp_path) == (Path("/a"), tmp_path / "b")
