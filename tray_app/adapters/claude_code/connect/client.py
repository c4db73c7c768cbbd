"""The `claude` program: asked to register the endpoint, and whether it reaches it."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_QUIET = {"DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
_BATCH = frozenset({".cmd", ".bat"})  # Windows reads the quotes of their arguments anew: JSON does not survive that
_STATUS = re.compile(r"^\s*Status:\s*(?P<status>.+?)\s*$", re.MULTILINE)


class Reach(StrEnum):
    """What the client says of our server."""

    CONNECTED = "connected"
    FAILED = "failed"
    UNKNOWN_SERVER = "unknown_server"
    SILENT = "silent"  # no answer in time, or none that can be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeProgram:
    """`environ` is the person's; HOME and CLAUDE_CONFIG_DIR in it say whose settings are meant."""

    program: Path
    environ: Mapping[str, str]

    @property
    def takes_json(self) -> bool:
        """Whether JSON can be handed to it."""
        return self.program.suffix.lower() not in _BATCH

    def add(self, name: str, entry: Mapping[str, Any], *, timeout_s: float = 20.0) -> bool:
        """Register a server for this person; whether it worked, the file says."""
        done = self._run(self.adding(name, entry), timeout_s, folder=None)
        return done is not None and done[0] == 0

    @staticmethod
    def adding(name: str, entry: Mapping[str, Any]) -> list[str]:
        """Give the words that register a server, without the program's own name."""
        return ["mcp", "add-json", name, json.dumps(entry), "--scope", "user"]

    def ask(self, name: str, *, timeout_s: float, folder: Path | None = None) -> tuple[Reach, str]:
        """Have it connect to a server; its own word for how that went comes second."""
        done = self._run(["mcp", "get", name], timeout_s, folder=folder)
        if done is None:
            return Reach.SILENT, ""
        code, said = done
        found = _STATUS.search(said)
        if found is None:
            return (Reach.UNKNOWN_SERVER if code else Reach.SILENT), ""
        status = re.sub(r"[^\x20-\x7e]", "", found["status"]).strip()
        return (Reach.CONNECTED if status == "Connected" else Reach.FAILED), status

    def _run(self, words: list[str], timeout_s: float, *, folder: Path | None) -> tuple[int, str] | None:
        environ = {**self.environ, **_QUIET}
        try:
            done = subprocess.run(
                [str(self.program), *words],
                env=environ,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_s,
                check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if os.name == "nt" else 0,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.returncode, done.stdout.decode("utf-8", "replace")
