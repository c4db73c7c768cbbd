"""What becomes of a pause whose files are taken away while the app is off: the real app, killed and started."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.command import environment, robot_variables
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

MESSAGE: dict[str, object] = {"message": {"kind": "text", "content": "quiet"}}


def remote(app: Child) -> Remote:
    return Remote(running=app.endpoint, language=Language.EN)


def kill(app: Child) -> None:
    app.process.kill()
    app.process.wait(PATIENCE_S)


def is_told(status: dict[str, Any]) -> bool:
    return any(problem["kind"] == "pause" for problem in status["problems"])


@pytest.mark.slow
def test_a_pause_holds_over_kills_without_its_file_and_is_told_where_nobody_knows_of_it(
    tmp_path: Path, robot: SandboxRobot
) -> None:
    paths, environ = Paths.under(tmp_path), environment(tmp_path, **robot_variables(robot))
    with running_app(tmp_path, environ=environ) as app:
        assert remote(app).get("status")["pause"] is None  # a new folder
        remote(app).post("pause", {"length": "1h"})
        until_ms = remote(app).get("status")["pause"]["until_ms"]
        kill(app)
    paths.pause.unlink()
    with running_app(tmp_path, environ=environ) as app:
        status = remote(app).get("status")
        assert abs(status["pause"]["until_ms"] - until_ms) < 10_000
        assert not is_told(status)
        kill(app)
    paths.pause.unlink()
    paths.spare_pause.unlink()
    with running_app(tmp_path, environ=environ) as app:
        status = remote(app).get("status")
        assert status["pause"]["until_ms"] is None
        assert is_told(status)
        assert remote(app).post("send", MESSAGE)["status"] == "paused"
        assert not robot.received
        remote(app).post("resume", {})
        assert not is_told(remote(app).get("status"))
        assert remote(app).post("send", MESSAGE)["status"] == "sent"
        kill(app)
    with running_app(tmp_path, environ=environ) as app:
        assert remote(app).get("status")["pause"] is None
