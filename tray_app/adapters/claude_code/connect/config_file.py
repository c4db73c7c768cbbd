"""One file of another program's settings: read whole, written whole, never over what somebody else wrote meanwhile."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tray_app.core.errors import TrayAppError
from tray_app.core.json_edit import NotJson, WrongShape
from tray_app.core.texts import Text, text


class ConfigTrouble(TrayAppError):
    """The file cannot be read, understood or written; it is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A link is followed: settings kept in a dot-files folder stay there."""

    path: Path

    def read(self) -> str | None:
        """The text with every byte in it, None where there is no file. Raises ConfigTrouble."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("unreadable", _why(error)) from error
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ConfigTrouble(
                text("connect.not_text", path=str(self.path), line=line), text("connect.mend_hint", path=str(self.path))
            ) from None

    def write(self, content: str | None, *, instead_of: str | None) -> None:
        """Put `content` in the place of `instead_of` (None: no file) in one step. Raises ConfigTrouble."""
        target = self.path.resolve()
        try:
            if content is None:
                self._expect(instead_of)
                target.unlink(missing_ok=True)
                return
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content.encode("utf-8"))
                    file.flush()
                    os.fsync(file.fileno())
                if target.exists():
                    Path(name).chmod(target.stat().st_mode & 0o7777)
                self._expect(instead_of)  # last: what another program wrote meanwhile must not be lost
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._trouble("unwritable", _why(error)) from error

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

    def _trouble(self, entry: str, why: str) -> ConfigTrouble:
        said: Text = text(f"connect.{entry}", path=str(self.path), why=why)
        return ConfigTrouble(said, text("connect.rights_hint", path=str(self.path)))


def digest(content: str | None) -> str:
    """Tell two states of a file apart."""
    return "" if content is None else hashlib.sha256(content.encode("utf-8")).hexdigest()


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
