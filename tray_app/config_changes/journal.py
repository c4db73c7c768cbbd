"""What was changed in clients' files and how they were before: `connect.json` and the copies beside it."""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tray_app.config_changes.files import MOST_BYTES, ConfigFile
from tray_app.core.jsontext.edit import Undo
from tray_app.plain_files import read_plain

_CLIENT, _LEFT = "client", "left"  # beside absolute paths


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One file: the steps back, the state we left (`after`, a digest), a copy of the state before (None: no file).

    `mode` are the rights it had, where they were changed; `folders` those that were made for it, the innermost first.
    """

    undo: tuple[Undo, ...]
    after: str
    base: Path | None
    mode: int | None = None
    folders: tuple[Path, ...] = ()


class Journal:
    """`connect.json`, or `connect-NAME.json` of another client, and the copies beside it, for the owner alone."""

    def __init__(self, folder: Path, client: str = "") -> None:
        """`folder` is the app's data folder; it exists."""
        self._file = ConfigFile(path=folder / (f"connect-{client}.json" if client else "connect.json"))
        self._copies = folder / "backups"

    @property
    def copies(self) -> Path:
        """Where copies are kept; made with the first."""
        return self._copies

    def entry(self, path: Path) -> JournalEntry | None:
        """What is remembered of a file; None where nothing is, or the memory is damaged."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            said = self._read()[str(path)]
            undo = tuple(Undo.from_json(one) for one in said["undo"])
            base, mode = said["base"], said.get("mode")
            return JournalEntry(
                undo=undo,
                after=str(said["after"]),
                base=None if base is None else Path(base),
                mode=None if mode is None else int(mode),
                folders=tuple(Path(folder) for folder in said.get("folders", ())),
            )
        return None

    def keep(self, path: Path, entry: JournalEntry) -> None:
        """Remember a file's change."""
        said = {
            "undo": [undo.to_json() for undo in entry.undo],
            "after": entry.after,
            "base": None if entry.base is None else str(entry.base),
            **({} if entry.mode is None else {"mode": entry.mode}),
            **({"folders": [str(folder) for folder in entry.folders]} if entry.folders else {}),
        }
        self._write({**self._read(), str(path): said})

    def forget(self, path: Path) -> None:
        """The file is as it was."""
        self._write({name: said for name, said in self._read().items() if name != str(path)})

    def paths(self) -> list[Path]:
        """The files that are remembered. Raises ConfigTrouble."""
        return [Path(name) for name in self._read() if name not in (_CLIENT, _LEFT)]

    def drawn(self) -> str | None:
        """The name of the client whose token was drawn for this agent; None where there is none."""
        name = self._read().get(_CLIENT)
        return name if isinstance(name, str) else None

    def keep_drawn(self, name: str | None) -> None:
        """Remember it (None: it is no longer there). Raises ConfigTrouble."""
        rest = {key: value for key, value in self._read().items() if key not in (_CLIENT, _LEFT)}
        self._write(rest if name is None else {_CLIENT: name, **rest})

    def has_left(self) -> bool:
        """Whether that client is disconnected, and only its token still has to go."""
        return self.drawn() is not None and self._read().get(_LEFT) is True

    def keep_left(self) -> None:
        """Remember that, until `keep_drawn` says otherwise. Raises ConfigTrouble."""
        self._write({**self._read(), _LEFT: True})

    def copy(self, path: Path, content: str) -> Path:
        """Keep a copy of a file's text; returns where. Raises ConfigTrouble."""
        try:
            return self._copy(path, content)
        except OSError as error:
            raise ConfigFile(path=self._copies).unwritable(error) from error

    def _copy(self, path: Path, content: str) -> Path:
        self._copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for number in range(1000):
            place = self._copies / f"{path.name.lstrip('.')}.{stamp}{f'-{number}' if number else ''}"
            with suppress(FileExistsError):
                handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(content.encode("utf-8"))
                return place
        raise FileExistsError(self._copies)

    @staticmethod
    def read_copy(place: Path) -> str | None:
        """The copy's text, None where it is gone."""
        with suppress(OSError, UnicodeDecodeError):
            return read_plain(place, most=MOST_BYTES).decode("utf-8")
        return None

    def rehearse(self) -> None:
        """See that something could be remembered. Raises ConfigTrouble."""
        self._file.rehearse(self.text())

    def text(self) -> str | None:
        """All that is remembered, for `restore`."""
        return self._file.read()

    def restore(self, memory: str | None) -> None:
        """Remember what `text` gave, and nothing else. Raises ConfigTrouble."""
        now = self._file.read()
        if now != memory:
            self._file.write(memory, instead_of=now)

    def _read(self) -> dict[str, Any]:
        with suppress(ValueError, RecursionError):
            said = json.loads(self._file.read() or "{}")
            return said if isinstance(said, dict) else {}
        return {}

    def _write(self, said: dict[str, Any]) -> None:
        self._file.write(json.dumps(said, indent=2), instead_of=self._file.read())
