"""The real Claude Code, from npm into `.dev/`, run in a home of its own against whatever API it is told.

Import `claude_binary` in a test file. Where it cannot be had, the test is skipped with the reason; in CI that fails.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done
from tray_app.adapters.system.single_instance import SingleInstance

NEWEST, OLDEST = "2.1.330", "2.1.197"  # the two that Claude Code's facts in this app were measured with
API_KEY = "k" * 20
_CACHE = Path(__file__).parents[2] / ".dev"
_PACKAGE = "@anthropic-ai/claude-code"
_INSTALL_S = 240
_RUN_S = 50
_LOOK_S = 0.2


def install(version: str = NEWEST) -> Path:
    """Give the client's binary, fetched once; its install script is not run. Skips the test where it cannot be had."""
    target = _CACHE / f"claude-code-{version}"
    if not target.exists():
        _CACHE.mkdir(exist_ok=True)
        with _alone(target):
            if not target.exists():
                _fetch(version, target)
    found = [path for path in target.glob(f"node_modules/{_PACKAGE}-*/claude*") if path.stem == "claude"]
    if not found:
        pytest.skip(f"needs Claude Code {version}, of which npm has no build for this system")
    return found[0]


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Let one of several test processes fetch; the others wait for it."""
    lock, deadline = SingleInstance(target.with_name(f"{target.name}.lock")), time.monotonic() + _INSTALL_S
    while not lock.acquire():
        assert time.monotonic() < deadline, "another test run does not finish to install Claude Code"
        time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()


def _fetch(version: str, target: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"needs npm to install {_PACKAGE}")
    with tempfile.TemporaryDirectory(prefix="new-", dir=_CACHE, ignore_cleanup_errors=True) as folder:
        quiet = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error")
        words = [npm, "install", *quiet, "--prefix", folder, f"{_PACKAGE}@{version}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_INSTALL_S, cwd=folder)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"needs {_PACKAGE}@{version}, and npm could not install it: {last}")
        Path(folder).rename(target)


@pytest.fixture(scope="session")
def claude_binary() -> Path:
    """The newest client."""
    return install()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `claude -p` printed at its end."""

    text: str
    session_id: str
    is_error: bool
    full: Mapping[str, Any]
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeClient:
    """One person's Claude Code: all it knows is below `home`; `model_url` is its API. Nothing leaves 127.0.0.1."""

    binary: Path
    home: Path
    model_url: str = "http://127.0.0.1:9"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """Its configuration folder."""
        return self.home / ".claude"

    @property
    def environ(self) -> dict[str, str]:
        """Its whole environment: nothing of this process's but where programs are."""
        return {
            "PATH": os.pathsep.join([str(self.binary.parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.home),
            "CLAUDE_CONFIG_DIR": str(self.config),
            "LC_ALL": "C.UTF-8",
            "ANTHROPIC_BASE_URL": self.model_url,
            "ANTHROPIC_API_KEY": API_KEY,
            "DISABLE_TELEMETRY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            **self.more,
        }

    def run(self, *arguments: str, cwd: Path | None = None, given: str = "") -> Done:
        """Run `claude ARGUMENTS` to its end."""
        self.config.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [str(self.binary), *arguments],
            env=self.environ,
            cwd=cwd or self.home,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_RUN_S,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def ask(self, prompt: str, *arguments: str, cwd: Path) -> Answer:
        """Have one whole session without a person: `claude -p`."""
        done = self.run("-p", prompt, "--output-format", "json", *arguments, cwd=cwd)
        try:
            said = done.json()
        except json.JSONDecodeError:
            raise AssertionError(f"claude -p ended with {done.code}: {done.out}\n{done.err}") from None
        return Answer(
            text=said.get("result", ""),
            session_id=said["session_id"],
            is_error=said["is_error"],
            full=said,
            err=done.err,
        )
