"""The real Claude Code, from npm into `.dev/`, run in a home of its own against whatever API it is told.

Import `claude_binary` in a test file. Where it cannot be had, the test is skipped with the reason; in CI that fails.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done
from tests.support.npm import CannotBeHad, fetched

NEWEST, OLDEST = "2.1.330", "2.1.197"  # the two that Claude Code's facts in this app were measured with
API_KEY = "k" * 20
_PACKAGE = "@anthropic-ai/claude-code"
_RUN_S = 50
_LOOK_S = 0.2


def install(version: str = NEWEST) -> Path:
    """Give the client's binary, fetched once. Skips the test where it cannot be had."""
    try:
        target = fetched(f"{_PACKAGE}@{version}", f"claude-code-{version}")
    except CannotBeHad as why:
        pytest.skip(f"needs {_PACKAGE}@{version}: {why}")
    found = [path for path in target.glob(f"node_modules/{_PACKAGE}-*/claude*") if path.stem == "claude"]
    if not found:
        pytest.skip(f"needs Claude Code {version}, of which npm has no build for this system")
    return found[0]


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
