"""Everything around a session of the real Claude Code: the running app, a strict robot, a scripted model, a project.

Import `stage` (and `claude_binary`) in a test file.
"""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.claude_client import Answer, ClaudeClient
from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.free_port import free_port
from tests.support.model_api import ModelApi, model_api
from tests.support.patience import PATIENCE_S
from tests.support.strays import end_strays
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.program import OwnProgram
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_LOOK_S = 0.05


@dataclass(slots=True, kw_only=True)
class Stage:
    """`environ` is the person's: the app, its commands and the client share it. `app` is the one that runs."""

    home: Path
    port: int
    robot: SandboxRobot
    model: ModelApi
    claude: ClaudeClient
    project: Path
    environ: dict[str, str]
    app: Child | None = None
    _apps: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start_app(self) -> Child:
        """Start it at the port that the client knows."""
        arguments = ("--headless", "--port", str(self.port))
        self.app = self._apps.enter_context(running_app(self.home, environ=self.environ, arguments=arguments))
        return self.app

    def kill_app(self) -> None:
        """`kill -9`."""
        assert self.app is not None
        self.app.process.kill()
        self.app.process.wait(10)
        self.app = None

    def use(self, binary: Path) -> None:
        """Have another version of the client."""
        self.claude = replace(self.claude, binary=binary)

    def tray(self, *arguments: str) -> Done:
        """Run `dingtalk-tray ARGUMENTS` as the person would."""
        return command(*arguments, environ=self.environ)

    def register(self) -> None:
        """Tell the client of our server and nothing else: no hooks, no permission."""
        helper = OwnProgram.of_process(self.environ).shell_line("mcp-headers")
        server = {"type": "http", "url": self.url, "headersHelper": helper, "alwaysLoad": True}
        self.claude.config.mkdir(parents=True, exist_ok=True)
        (self.claude.config / ".claude.json").write_text(json.dumps({"mcpServers": {"dingtalk": server}}), "utf-8")

    @property
    def url(self) -> str:
        """Where agents find the app."""
        return f"http://127.0.0.1:{self.port}/mcp"

    def ask(self, prompt: str, *arguments: str) -> Answer:
        """Have a whole session in the project."""
        return self.claude.ask(prompt, *arguments, cwd=self.project)

    def connect(self) -> None:
        """`dingtalk-tray connect`, agreed to."""
        done = self.tray("connect", "--yes")
        assert done.code == 0, done.err

    def settings(self, lines: str) -> None:
        """Write `settings.toml` before the app starts; the words are English, the port is the one that is known."""
        always = f'language = "en"\nmessage_language = "en"\n[endpoint]\nport = {self.port}\n'
        file = Paths.under(self.home).settings
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(always + lines, "utf-8")

    @property
    def remote(self) -> Remote:
        """The running app, as commands reach it."""
        return Remote.find(Paths.under(self.home), Language.EN)

    def session(self, session_id: str, *, state: str) -> dict[str, Any]:
        """What `sessions --all --json` prints of one session, once it is in this state."""
        deadline = time.monotonic() + PATIENCE_S
        found: dict[str, dict[str, Any]] = {}
        while time.monotonic() < deadline:
            found = {each["session_id"]: each for each in self.remote.get("sessions", all="1")["sessions"]}
            if found.get(session_id, {}).get("state") == state:
                return found[session_id]
            time.sleep(_LOOK_S)
        raise AssertionError(f"{session_id} is not {state}: {found}")

    def history(self, *, rows: int) -> list[dict[str, Any]]:
        """What `history --json` prints, the oldest first, once there are so many rows."""
        deadline = time.monotonic() + PATIENCE_S
        found: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            found = self.remote.get("history")["deliveries"]
            if len(found) >= rows:
                break
            time.sleep(_LOOK_S)
        assert len(found) == rows, found
        return found[::-1]

    def close(self) -> None:
        """Stop the app, and one that the client has started."""
        self._apps.close()
        started = EndpointFile(Paths.under(self.home).endpoint).read_live()
        if started is not None:
            self.tray("quit")
        end_strays(self.home)  # one that the client has started too late to be asked


@pytest.fixture
def stage(tmp_path: Path, claude_binary: Path) -> Iterator[Stage]:
    """A person's computer with nothing running yet."""
    with stage_in(tmp_path, claude_binary) as built:
        yield built


@contextlib.contextmanager
def stage_in(folder: Path, claude_binary: Path) -> Iterator[Stage]:
    """The same without a test."""
    home, port = folder / "tray", free_port()
    project = folder / "proj ekt"
    project.mkdir()
    with SandboxRobot() as robot, model_api() as model:
        person = folder / "person"
        ours = environment(home, HOME=str(person), CLAUDE_CONFIG_DIR=str(person / ".claude"), **robot_variables(robot))
        passed_on = {name: ours[name] for name in ("DINGTALK_TRAY_HOME", "PYTHONPATH", *robot_variables(robot))}
        claude = ClaudeClient(binary=claude_binary, home=person, model_url=model.url, more=passed_on)
        ours["PATH"] = claude.environ["PATH"]
        built = Stage(home=home, port=port, robot=robot, model=model, claude=claude, project=project, environ=ours)
        built.settings("")
        try:
            yield built
            assert model.broken is None, repr(model.broken)
            shown = json.dumps([asked.body for asked in model.asked])
            assert robot.secret not in shown
            assert robot.robot.token not in shown  # no secret ever stands in a model's context
        finally:
            built.close()
