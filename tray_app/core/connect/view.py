"""The connection with an agent's client as people see it: how it stands, what would change, and how a look at it went.

A plan's `id` names what was shown; whoever has it carried out gives it back, so nothing else can be done. It leaves out
the rest of a file, which is kept whatever it is: the client itself may write it all the time.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text


class ConnectionState(StrEnum):
    """What stands in the client's settings."""

    CONNECTED = "connected"
    PARTLY = "partly"  # some of it, or that of an older version or another address
    NOT_CONNECTED = "not_connected"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """What comes (`added`) or goes: its JSON, and the places in the file where it does."""

    added: bool
    places: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file. `exists`: it is there now, so a copy is made first; `stays`: it is there afterwards too."""

    path: str
    exists: bool
    stays: bool
    lines: tuple[DiffLine, ...]

    def each(self) -> list[str]:
        """Every place on a line of its own, as a terminal shows it: `+ hooks.Stop[]: {…}`."""
        return [
            f"{'+' if line.added else '-'} {place}{line.value and ': '}{line.value}"
            for line in self.lines
            for place in line.places
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """Files in the order they are written. Empty: nothing would change."""

    files: tuple[FileChange, ...]

    @property
    def id(self) -> str:
        """Name it by all that is shown of it."""
        return hashlib.sha256(repr(self.files).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """`client` is the path of the client's program (empty: not found), `by_client` the command it would be given.

    `command` is how a terminal calls our program, `backups` the folder of the copies. `trouble` says why nothing can be
    planned: a settings file that cannot be read, with its line; `obstacle` what leads the client's requests astray.
    `has_program`: it has a command that can be asked; `starts_app`: the app runs once the client asks for it.
    """

    state: ConnectionState
    url: str
    client: str
    command: str
    backups: str
    connect: ChangePlan
    disconnect: ChangePlan
    by_client: str = ""
    trouble: TrayAppError | None = None
    obstacle: TrayAppError | None = None
    has_program: bool = True
    starts_app: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCheck:
    """How a look at the connection went, and what was found, in words.

    `well`: what was asked is in order; `asked`: the client itself was (it is installed), else the app alone. `facts`
    are what `connect --check --json` prints of it beside `ok`: plain JSON, but for Texts.
    """

    well: bool
    asked: bool
    title: Text
    said: tuple[Text, ...]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """What keeps the client's requests from this app (None: nothing); `connected`: it is, so that it matters."""

    trouble: TrayAppError | None
    connected: bool


def diff_lines(said: Iterable[str]) -> tuple[DiffLine, ...]:
    """Read the lines of `core.jsontext.diff` (a sign, a path, a colon, JSON); the same value shows once for all places.

    Our seven hooks are three values: shown one by one they fill four screens of a phone before the button comes.
    """
    places: dict[tuple[bool, str], list[str]] = {}
    for line in said:
        where, _, value = line[2:].partition(": ")
        places.setdefault((line.startswith("+"), value), []).append(where)
    return tuple(DiffLine(added=added, places=tuple(where), value=value) for (added, value), where in places.items())


NOTHING = ChangePlan(files=())
