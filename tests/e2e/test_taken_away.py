"""What is the app's own and is taken away while it runs: noticed by itself, said, mended; nothing is lost at a kill."""

import contextlib
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tests.support.system import make_pipe
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nobody takes an open file away there")
LATER = AnswerWith(status=503, headers={"retry-after": "300"})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths.under(tmp_path).create()
    found.settings.write_text("[delivery]\nwait_s = 1\n", "utf-8")
    return found


def home(paths: Paths) -> Path:
    return paths.data.parent


def running(paths: Paths, robot: SandboxRobot) -> Any:
    return running_app(home(paths), environ=environment(home(paths), **robot_variables(robot)))


def remote(app: Child) -> Remote:
    return Remote(running=app.endpoint, language=Language.EN)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def send(app: Child, content: str) -> str:
    status: str = remote(app).post("send", {"message": {"kind": "text", "content": content}})["status"]
    return status


def database(paths: Paths) -> None:
    paths.history.unlink()


def log_of_it(paths: Paths) -> None:
    paths.history_log.unlink()


def all_of_it(paths: Paths) -> None:
    for file in paths.data.glob("history.sqlite3*"):
        file.unlink()


def data_folder(paths: Paths) -> None:
    shutil.rmtree(paths.data, ignore_errors=True)  # it may be there again already


def slowly(paths: Paths) -> None:
    """As `rm -rf` does it over a network: the app has time to see the first file go before the last one is."""
    for ending in ("-wal", "", "-wal", "-shm", ""):
        Path(f"{paths.history}{ending}").unlink(missing_ok=True)
        time.sleep(0.03)


def everything(paths: Paths) -> None:
    for folder in (paths.data, paths.logs, paths.run):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("take", [database, log_of_it, all_of_it, slowly, data_folder, everything])
def test_the_database_is_there_again_before_anybody_asks(
    paths: Paths, robot: SandboxRobot, take: Callable[[Paths], None]
) -> None:
    with running(paths, robot) as app:
        assert send(app, "sent before") == "sent"
        robot.robot.script(LATER)
        assert send(app, "accepted before") == "queued"
        take(paths)
        until(lambda: remote(app).get("status")["store"] == "restored")
        assert send(app, "accepted after") == "queued"
        until(paths.endpoint.exists)
        until(paths.pause.exists)  # a kill before leaves a history without it: then there is a pause, which is said
        (problem,) = [each for each in remote(app).get("status")["problems"] if each["kind"] == "store"]
        assert "taken away while the app ran" in problem["reason"]
        doctor = command("doctor", environ=environment(home(paths), **robot_variables(robot)))
        assert f"! History: {problem['reason']}" in doctor.out
        app.process.kill()
        app.process.wait(PATIENCE_S)
    with running(paths, robot) as app:
        found = remote(app).get("history", limit="9")["deliveries"]
        assert {row["title"] for row in found} == {"sent before", "accepted before", "accepted after"}
        assert remote(app).get("status")["store"] == "ok"
        until(lambda: len(robot.received) == len(found))


def test_a_removed_log_folder_is_made_again_and_written(paths: Paths, robot: SandboxRobot) -> None:
    with running(paths, robot):
        shutil.rmtree(paths.logs)
        until(lambda: any(paths.logs.glob("*.log")))
        until(lambda: "the log was taken away" in next(paths.logs.glob("*.log")).read_text("utf-8"))


def test_a_log_that_cannot_be_written_is_a_problem_until_it_can_be(paths: Paths, robot: SandboxRobot) -> None:
    with running(paths, robot) as app:

        def problems() -> set[str]:
            return {problem["kind"] for problem in remote(app).get("status")["problems"]}

        shutil.rmtree(paths.logs)
        paths.logs.write_text("a file is in the way")
        until(lambda: "log" in problems())
        paths.logs.unlink()
        until(lambda: any(paths.logs.glob("*.log")))
        until(lambda: "log" not in problems())


@pytest.mark.parametrize(
    "how",
    ["removed", pytest.param("a pipe", marks=pytest.mark.slow), pytest.param("of another app", marks=pytest.mark.slow)],
)
def test_the_endpoint_file_is_written_again(paths: Paths, robot: SandboxRobot, how: str) -> None:
    with running(paths, robot) as app:
        before = paths.endpoint.read_bytes()
        paths.endpoint.unlink()
        if how == "a pipe":
            make_pipe(paths.endpoint)
        if how == "of another app":
            paths.endpoint.write_bytes(before.replace(app.endpoint.token.reveal().encode(), b"x" * 43))
        until(lambda: paths.endpoint.is_file() and paths.endpoint.read_bytes() == before)
        assert command("status", environ=environment(home(paths))).code == 0


def test_the_token_that_agents_hold_outlives_the_removal_of_its_file(paths: Paths, robot: SandboxRobot) -> None:
    with running(paths, robot) as app:
        token = app.endpoint.token.reveal()
        paths.client_token.unlink()
        until(paths.client_token.exists)
    with running(paths, robot) as app:
        assert app.endpoint.token.reveal() == token


def test_a_pause_whose_file_is_removed_holds_over_a_kill(paths: Paths, robot: SandboxRobot) -> None:
    with running(paths, robot) as app:
        remote(app).post("pause", {"length": "open"})
        paths.pause.unlink()
        until(paths.pause.exists)
        app.process.kill()
        app.process.wait(PATIENCE_S)
    with running(paths, robot) as app:
        assert send(app, "quiet") == "paused"
    assert not robot.received


def test_with_its_lock_removed_it_is_still_the_only_one(paths: Paths, robot: SandboxRobot) -> None:
    with running(paths, robot):
        paths.lock.unlink()
        until(paths.lock.exists)
        second = command("run", "--headless", "--port", "0", environ=environment(home(paths)))
        assert (second.code, "already" in second.out) == (0, True)


def pipe(path: Path) -> None:
    make_pipe(path)


def folder(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("trap", [pipe, folder, device, huge])
@pytest.mark.parametrize("name", ["settings", "policy", "pause", "client_token"])
def test_nothing_in_the_place_of_a_file_stops_the_app(
    paths: Paths, robot: SandboxRobot, trap: Callable[[Path], None], name: str
) -> None:
    path: Path = getattr(paths, name)
    with running(paths, robot) as app:
        path.unlink(missing_ok=True)
        trap(path)
        if (name, trap) == ("pause", huge):
            until(lambda: path.stat().st_size < 1 << 20)  # the app's own: it is written over
        elif name != "client_token":  # it is read at the start, and known since
            until(lambda: any(each["kind"] == name for each in remote(app).get("status")["problems"]))
        assert send(app, "goes on") in {"sent", "queued", "held"}  # queued where it takes longer than the call waits
    with running(paths, robot) as app:
        assert remote(app).get("status")["endpoint"] == "running"
        assert command("doctor", environ=environment(home(paths))).out


@pytest.mark.parametrize("take", [database, log_of_it, all_of_it])
def test_again_and_again_while_others_read(paths: Paths, robot: SandboxRobot, take: Callable[[Paths], None]) -> None:
    kept = set()
    with running(paths, robot) as app:
        for number in range(6):
            kept.add(f"message {number}")
            assert send(app, f"message {number}") == "sent"
            assert {row["title"] for row in remote(app).get("history", limit="9")["deliveries"]} == kept
            take(paths)
            until(lambda: remote(app).get("status")["store"] == "restored" and paths.history_log.exists())
            with contextlib.closing(sqlite3.connect(f"file:{paths.history}?mode=ro", uri=True)) as reader:
                assert {row[0] for row in reader.execute("SELECT title FROM deliveries")} == kept
                assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        app.process.kill()
        app.process.wait(PATIENCE_S)
    with running(paths, robot) as app:
        assert {row["title"] for row in remote(app).get("history", limit="9")["deliveries"]} == kept
