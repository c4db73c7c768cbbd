"""A client's own command: found where its installers put it, and asked how its servers are."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tray_app.core.connect.clients import SERVER, ClientKind
from tray_app.core.connect.variables import home_of

_FOLDERS = ("~/.local/bin", "~/.npm-global/bin", "~/.bun/bin", "~/.volta/bin", "~/.opencode/bin", "/opt/homebrew/bin")
_USUAL = (*_FOLDERS, "/usr/local/bin", "/usr/bin")
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LONGEST = 200


class Listed(StrEnum):
    """What the client says of our server."""

    CONNECTED = "connected"
    LISTED = "listed"  # it knows it, and does not say whether it reaches it
    FAILED = "failed"
    UNKNOWN_SERVER = "unknown_server"
    SILENT = "silent"  # no answer in time, or one that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProgram:
    """`environ` is the person's; HOME and the client's own variables in it say whose settings are meant."""

    kind: ClientKind
    program: Path
    environ: Mapping[str, str]

    def ask(self, *, timeout_s: float) -> tuple[Listed, str]:
        """Have it list its servers; its own line for ours comes second. A client may start each of them for that."""
        try:
            done = subprocess.run(
                [str(self.program), *self.kind.list_words],
                env={**self.environ, **self.kind.list_variables, "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # some of them list there
                timeout=timeout_s,
                check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if os.name == "nt" else 0,
            )
        except (OSError, subprocess.TimeoutExpired):
            return Listed.SILENT, ""
        return said_of(self.kind, _COLOURS.sub("", done.stdout.decode("utf-8", "replace")))


def said_of(kind: ClientKind, said: str) -> tuple[Listed, str]:
    """Find our server in what a client printed."""
    lines = [" ".join(line.split()) for line in said.splitlines()]
    ours = re.compile(rf"(?<![\w-]){SERVER}(?![\w-])")
    line = next((line for line in lines if ours.search(line)), None)
    if line is None:
        return (Listed.UNKNOWN_SERVER if said.strip() else Listed.SILENT), ""
    shown = "".join(letter for letter in line if letter.isprintable())[:_LONGEST]
    if not kind.connected:
        return Listed.LISTED, shown
    return (Listed.CONNECTED if re.search(rf"\b{kind.connected}\b", line) else Listed.FAILED), shown


def find_program(kind: ClientKind, environ: Mapping[str, str]) -> ClientProgram | None:
    """Look on the path, then where installers put it; None where it is not, or the client has no command."""
    if not kind.program:
        return None
    found = shutil.which(kind.program, path=environ.get("PATH", os.defpath))
    if found is None:
        home = home_of(environ)
        ending = ".cmd" if sys.platform == "win32" else ""
        places = (Path(folder.replace("~", home, 1)) / f"{kind.program}{ending}" for folder in _USUAL)
        found = next((str(place) for place in places if place.is_file() and os.access(place, os.X_OK)), None)
    return None if found is None else ClientProgram(kind=kind, program=Path(found), environ=environ)
