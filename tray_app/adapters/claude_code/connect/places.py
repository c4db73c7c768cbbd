"""Where Claude Code keeps what a connection needs: its servers, its permissions and hooks, its program."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

_USUAL = (
    "~/.local/bin/claude",
    "~/.claude/local/claude",
    "~/.npm-global/bin/claude",
    "~/.bun/bin/claude",
    "~/.volta/bin/claude",
    "/opt/homebrew/bin/claude",
    "/usr/local/bin/claude",
    "/usr/bin/claude",
)


class Scope(StrEnum):
    """For every project of this person, or for one project's folder."""

    USER = "user"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`servers` holds `mcpServers`; `settings` holds `permissions` and `hooks`."""

    scope: Scope
    servers: Path
    settings: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Self:
        """The person's own files. `CLAUDE_CONFIG_DIR` moves both (measured with 2.1.330)."""
        home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
        moved = environ.get("CLAUDE_CONFIG_DIR", "").strip()
        folder = Path(moved) if moved else home / ".claude"
        servers = folder / ".claude.json" if moved else home / ".claude.json"
        return cls(scope=Scope.USER, servers=servers, settings=folder / "settings.json")

    @classmethod
    def of_project(cls, folder: Path) -> Self:
        """One project's files. The hooks name programs of this computer, so they go where git does not look."""
        return cls(
            scope=Scope.PROJECT, servers=folder / ".mcp.json", settings=folder / ".claude" / "settings.local.json"
        )


def find_client(environ: Mapping[str, str]) -> Path | None:
    """The `claude` program: on the path, or where its installers put it."""
    found = shutil.which("claude", path=environ.get("PATH", os.defpath))
    if found is not None:
        return Path(found)
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    for place in _USUAL:
        program = Path(place.replace("~", home, 1) + (".exe" if sys.platform == "win32" else ""))
        if program.is_file() and os.access(program, os.X_OK):
            return program
    return None
