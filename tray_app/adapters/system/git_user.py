"""The git user name of a project, for the operator's line of a message."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_TIMEOUT_S = 2.0
_MOST_PROJECTS = 256
_MOST_CHARS = 100
_NO_WINDOW = 0x0800_0000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW: no console flashes up


class GitUser:
    """Implements `services.ports.Operator`: one process per project in the life of the app."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        """`environ` is what git gets, less our own secrets and what would point it at another repository."""
        self._environ = {
            name: value
            for name, value in environ.items()
            if not name.startswith(("DINGTALK_", "GIT_DIR", "GIT_WORK_TREE"))
        }
        self._names: dict[str, asyncio.Future[str]] = {}

    async def name(self, project: str = "") -> str:
        """The name, or an empty string where git is missing, slow, or knows none."""
        asked = self._names.get(project)
        if asked is None or (asked.done() and asked.cancelled()):
            if len(self._names) >= _MOST_PROJECTS:
                self._names.pop(next(iter(self._names)))
            asked = self._names[project] = asyncio.ensure_future(asyncio.to_thread(self._ask, project))
        return await asyncio.shield(asked)

    def _ask(self, project: str) -> str:
        git = shutil.which("git", path=self._environ.get("PATH"))
        if git is None:
            return ""
        folder = project if project and Path(project).is_dir() else str(Path.home())
        try:
            said = subprocess.run(
                [git, "config", "user.name"],
                cwd=folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
                creationflags=_NO_WINDOW,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return ""
        lines = said.stdout.decode("utf-8", "replace").splitlines() if said.returncode == 0 else []
        return lines[0].strip()[:_MOST_CHARS] if lines else ""
