"""What was changed in which file, kept so that it can be taken back after any number of restarts and upgrades."""

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tray_app.adapters.claude_code.connect.config_file import ConfigFile
from tray_app.core.json_edit import Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file: the steps back, the state we left (`after`, a digest), a copy of the state before (None: no file)."""

    undo: tuple[Undo, ...]
    after: str
    base: Path | None


class Journal:
    """`connect.json` and the copies beside it, for the owner alone."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the app's data folder; it exists."""
        self._file = ConfigFile(path=folder / "connect.json")
        self._copies = folder / "backups"

    @property
    def copies(self) -> Path:
        """Where copies are kept; made with the first."""
        return self._copies

    def entry(self, path: Path) -> Entry | None:
        """What is remembered of a file; None where nothing is, or the memory is damaged."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            said = self._read()[str(path)]
            undo = tuple(Undo.from_json(one) for one in said["undo"])
            return Entry(undo=undo, after=str(said["after"]), base=None if said["base"] is None else Path(said["base"]))
        return None

    def keep(self, path: Path, entry: Entry) -> None:
        """Remember a file's change."""
        said = {
            "undo": [undo.to_json() for undo in entry.undo],
            "after": entry.after,
            "base": None if entry.base is None else str(entry.base),
        }
        self._write({**self._read(), str(path): said})

    def forget(self, path: Path) -> None:
        """The file is as it was."""
        self._write({name: said for name, said in self._read().items() if name != str(path)})

    def copy(self, path: Path, content: str) -> Path:
        """Keep a copy of a file's text; returns where."""
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
            return place.read_bytes().decode("utf-8")
        return None

    def files(self) -> Sequence[Path]:
        """All files that are remembered."""
        return [Path(name) for name in self._read()]

    def _read(self) -> dict[str, Any]:
        with suppress(ValueError, RecursionError):
            said = json.loads(self._file.read() or "{}")
            return said if isinstance(said, dict) else {}
        return {}

    def _write(self, said: dict[str, Any]) -> None:
        self._file.write(json.dumps(said, indent=2), instead_of=self._file.read())
