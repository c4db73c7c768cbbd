"""Claude Code's configuration files, changed and undone: read, written whole, and what was there before."""

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tray_app.core.jsontext.edit import NotJson, Undo, WrongShape
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.plain_files import read_plain
from tray_app.whole_files import FileInUse, hint, remove, why, write_whole

MOST_BYTES = 64 << 20  # Claude Code keeps pasted texts in its own file


class ConfigTrouble(TrayAppError):
    """The file cannot be read, understood or written; it is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A link is followed: settings kept in a dot-files folder stay there."""

    path: Path

    def read(self) -> str | None:
        """The text with every byte in it, None where there is no file. Raises ConfigTrouble."""
        try:
            raw = read_plain(self.path, most=MOST_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("unreadable", why(error)) from error
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ConfigTrouble(
                text("connect.not_text", path=str(self.path), line=line), text("connect.mend_hint", path=str(self.path))
            ) from None

    def rehearse(self, content: str | None) -> None:
        """See that `content` could be written here now, and leave nothing behind. Raises ConfigTrouble."""
        target = Path(os.path.realpath(self.path))
        folder = next(there for there in target.parents if there.exists())
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write((content or "").encode("utf-8"))
                file.flush()
        except OSError as error:
            raise self.unwritable(error) from error

    def write(self, content: str | None, *, instead_of: str | None) -> None:
        """Put `content` in the place of `instead_of` (None: no file) in one step. Raises ConfigTrouble."""
        target = Path(os.path.realpath(self.path))
        try:
            if content is None:
                self._expect(instead_of)
                remove(target)
                return
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

            def last(written: Path) -> None:
                if target.exists():
                    written.chmod(target.stat().st_mode & 0o7777)
                self._expect(instead_of)  # last: what another program wrote meanwhile must not be lost

            write_whole(target, content.encode("utf-8"), last=last)
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> ConfigTrouble:
        """Say why it cannot be written."""
        reason = text("connect.unwritable", path=str(self.path), why=why(error))
        return ConfigTrouble(reason, hint(error, self.path) if isinstance(error, FileInUse) else self._rights_hint())

    def half_done(self, backup: Path | None) -> ConfigTrouble:
        """Say that what was written into it could not be taken back."""
        kept = text("connect.no_backup") if backup is None else text("connect.backup", path=str(backup))
        return ConfigTrouble(
            text("connect.half_done", path=str(self.path)), text("connect.half_done_hint", backup=kept)
        )

    def not_json(self, error: NotJson | WrongShape) -> ConfigTrouble:
        """Say what is wrong in the file, with its line or the path of the value."""
        hint = text("connect.mend_hint", path=str(self.path))
        match error:
            case NotJson(line=line, column=column):
                return ConfigTrouble(text("connect.not_json", path=str(self.path), line=line, column=column), hint)
            case WrongShape(path=keys, want=want):
                where = ".".join(keys) or "{}"
                return ConfigTrouble(text(f"connect.want_{want}", path=str(self.path), where=where), hint)

    def _expect(self, content: str | None) -> None:
        if self.read() != content:
            raise ConfigTrouble(text("connect.changed", path=str(self.path)), text("connect.changed_hint"))

    def _trouble(self, entry: str, why: str | Text) -> ConfigTrouble:
        said: Text = text(f"connect.{entry}", path=str(self.path), why=why)
        return ConfigTrouble(said, self._rights_hint())

    def _rights_hint(self) -> Text:
        return text("connect.rights_hint", path=str(self.path))


def digest(content: str | None) -> str:
    """Tell two states of a file apart."""
    return "" if content is None else hashlib.sha256(content.encode("utf-8")).hexdigest()


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
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

    def entry(self, path: Path) -> JournalEntry | None:
        """What is remembered of a file; None where nothing is, or the memory is damaged."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            said = self._read()[str(path)]
            undo = tuple(Undo.from_json(one) for one in said["undo"])
            return JournalEntry(
                undo=undo, after=str(said["after"]), base=None if said["base"] is None else Path(said["base"])
            )
        return None

    def paths(self) -> list[Path]:
        """The files that are remembered. Raises ConfigTrouble."""
        return [Path(name) for name in self._read()]

    def keep(self, path: Path, entry: JournalEntry) -> None:
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
