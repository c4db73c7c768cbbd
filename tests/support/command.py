"""Commands as a person or a script runs them: the real process, its exit code and what it prints."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import forks
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import HOME_VARIABLE
from tray_app.app.client.child import clean_environment

_TIMEOUT_S = 2 * PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    """English, everything below `home`, nothing of the owner's."""
    person = {"USERPROFILE": more["HOME"]} if "HOME" in more else {}  # Windows' name of it
    return {**clean_environment(), "LANGUAGE": "", "LC_ALL": "C.UTF-8", HOME_VARIABLE: str(home), **person, **more}


def robot_variables(sandbox: SandboxRobot) -> dict[str, str]:
    """The environment's robot."""
    return {"DINGTALK_WEBHOOK": sandbox.webhook, "DINGTALK_SECRET": sandbox.secret}


def command(*arguments: str, environ: Mapping[str, str], given: str | bytes = "") -> Done:
    """Run `dingtalk-tray ARGUMENTS` with `given` on standard input, in a process of its own."""
    return _done(forks.run(_words(arguments), environ, _bytes(given), timeout=_TIMEOUT_S))


def fresh_command(*arguments: str, environ: Mapping[str, str], given: str | bytes = "") -> Done:
    """Start Python for it too, for tests whose subject is the start."""
    words, handed = _words(arguments), _bytes(given)
    return _done(
        subprocess.run(words, env=dict(environ), input=handed, capture_output=True, timeout=_TIMEOUT_S, check=False)
    )


def _words(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tray_app", *arguments]


def _bytes(given: str | bytes) -> bytes:
    return given if isinstance(given, bytes) else given.encode()


def _done(done: "subprocess.CompletedProcess[bytes]") -> Done:
    said = [each.decode("utf-8").replace(os.linesep, "\n") for each in (done.stdout, done.stderr)]
    return Done(code=done.returncode, out=said[0], err=said[1])
