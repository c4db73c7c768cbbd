"""A client's configuration file: read as text, and written whole or not at all."""

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tray_app.core.connect.toml_entry import NotToml
from tray_app.core.jsontext.edit import NotJson, WrongShape
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.plain_files import read_plain
from tray_app.whole_files import FileInUse, hint, remove, why, write_whole

MOST_BYTES = 64 << 20  # one of the clients keeps pasted texts in its own file


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

    def mode(self) -> int | None:
        """Its rights, None where there is no file or the system has no such rights."""
        if sys.platform == "win32":
            return None
        try:
            return self.path.stat().st_mode & 0o7777
        except OSError:
            return None

    def write(self, content: str | None, *, instead_of: str | None, mode: int | None = None) -> None:
        """Put `content` in the place of `instead_of` (None: no file) in one step. Raises ConfigTrouble.

        `mode`: the rights it has then; None: those it has now, and its owner's alone where it is new.
        """
        target = Path(os.path.realpath(self.path))
        try:
            if content is None:
                self._expect(instead_of)
                remove(target)
                return
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

            def last(written: Path) -> None:
                if mode is not None:
                    written.chmod(mode)
                elif target.exists():
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

    def not_understood(self, error: NotJson | NotToml | WrongShape) -> ConfigTrouble:
        """Say what is wrong in the file, with its line or the path of the value."""
        hint = text("connect.mend_hint", path=str(self.path))
        match error:
            case NotJson(line=line, column=column):
                return ConfigTrouble(text("connect.not_json", path=str(self.path), line=line, column=column), hint)
            case NotToml(line=line):
                return ConfigTrouble(text("connect.not_toml", path=str(self.path), line=line), hint)
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
