"""`settings.toml` on disk: read strictly, written so that the owner's comments and order stay."""

import os
import tempfile
import tomllib
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tray_app.core.errors import InvalidSettings
from tray_app.core.settings import RobotSettings, Settings
from tray_app.core.settings_reader import joined, read
from tray_app.core.texts import Text, text
from tray_app.core.toml_lines import line_of, lines

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_HEADING = "dingtalk-tray: your settings. Webhooks and signing keys are in the system's keyring, never here."


@dataclass(slots=True)
class SettingsFile:
    """One file and the settings it last held in good order (`current`; defaults before the first load)."""

    path: Path
    current: Settings = field(default_factory=Settings)

    def load(self) -> Settings:
        """Read the file; without one, the defaults hold.

        Raises InvalidSettings naming line or keys; `current` then keeps what was last good.
        """
        self.current = self._read(self._bytes())
        return self.current

    def add_robot(self, name: str, robot: RobotSettings) -> Settings:
        """Add `[robots.NAME]`, or replace its values; a default robot takes the mark from the others."""

        def add(document: MutableMapping[str, Any]) -> None:
            table = _table(_table(document, "robots", super_table=True), name)
            table["host"] = robot.host
            for key, value, usual in (
                ("keywords", list(robot.keywords), []),
                ("per_minute", robot.per_minute, RobotSettings().per_minute),
                ("monthly_cap", robot.monthly_cap, RobotSettings().monthly_cap),
            ):
                if value != usual or key in table:
                    table[key] = value
            if robot.default:
                _mark_default(document, name)
            else:
                table.pop("default", None)

        return self._edit(add)

    def remove_robot(self, name: str) -> Settings:
        """Remove `[robots.NAME]`; nothing there is fine."""
        return self._edit(lambda document: document.get("robots", {}).pop(name, None))

    def set_default(self, name: str) -> Settings:
        """Make one robot the default one. Raises InvalidSettings where it is not in the file."""
        if name not in self.current.robots:
            raise InvalidSettings(text("credentials.unknown_robot", robot=name), self._hint())
        return self._edit(lambda document: _mark_default(document, name))

    def set_value(self, key: str, value: str | float | bool | list[str]) -> Settings:  # noqa: FBT001 - any TOML value
        """Set one value by its dotted key, e.g. `set_value("endpoint.port", 8738)`; refused unless `read` takes it."""

        def put(document: MutableMapping[str, Any]) -> None:
            *tables, last = key.split(".")
            for part in tables:
                document = _table(document, part)
                if not isinstance(document, MutableMapping):
                    raise InvalidSettings(text("settings.want_table", key=part), self._hint())
            document[last] = value

        return self._edit(put)

    def _edit(self, change: Callable[[MutableMapping[str, Any]], object]) -> Settings:
        """Change the file's newest text, check the whole, write it in one step.

        Raises InvalidSettings where the file is broken already, the result would be, or it cannot be written; the file
        is then as before.
        """
        import tomlkit  # 30 ms, and most runs never write

        before = self._bytes()
        self._read(before)
        document: TOMLDocument = tomlkit.parse(before.decode("utf-8-sig"))
        if not before:
            document.add(tomlkit.comment(_HEADING))
        change(document)
        after = tomlkit.dumps(document).encode()
        settings = self._read(after)
        try:
            _replace(self.path, after)
        except OSError as error:
            raise InvalidSettings(
                text("settings.unwritable", why=_why(error)), text("settings.unwritable_hint", path=str(self.path))
            ) from error
        self.current = settings
        return settings

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise InvalidSettings(text("settings.unreadable", why=_why(error)), self._hint()) from error

    def _read(self, raw: bytes) -> Settings:
        try:
            written = raw.decode("utf-8-sig")  # Windows editors put a byte order mark in front
        except UnicodeDecodeError as error:
            raise InvalidSettings(text("settings.not_text"), self._hint()) from error
        try:
            return read(tomllib.loads(written))
        except tomllib.TOMLDecodeError as error:
            raise InvalidSettings(text("settings.not_toml", line=_line(error, written)), self._hint()) from None
        except RecursionError as error:
            raise InvalidSettings(text("settings.not_toml", line=1), self._hint()) from error
        except InvalidSettings as error:
            raise InvalidSettings(_in_file(error.faults, written), self._hint(), error.faults) from None

    def _hint(self) -> Text:
        return text("settings.mend_hint", path=str(self.path))


def _table(parent: MutableMapping[str, Any], name: str, *, super_table: bool = False) -> MutableMapping[str, Any]:
    import tomlkit

    if name not in parent:
        parent[name] = tomlkit.table(super_table)
    table: MutableMapping[str, Any] = parent[name]
    return table


def _mark_default(document: MutableMapping[str, Any], name: str) -> None:
    for other, table in document.get("robots", {}).items():
        if other == name:
            table["default"] = True
        else:
            table.pop("default", None)


def _in_file(faults: Sequence[Text], written: str) -> Text:
    """Say all faults, each with its line where that can be told."""
    known = lines(written)
    return text("settings.in_file", fault=joined([_at_line(fault, known) for fault in faults]))


def _at_line(fault: Text, known: dict[str, int]) -> Text:
    line = line_of(str(fault.args.get("key", "")), known)
    return fault if line is None else text("settings.at_line", line=line, fault=fault)


def _line(error: tomllib.TOMLDecodeError, written: str) -> int:
    """Line of the fault: an attribute since Python 3.14, before that the message's end: `(at line 3, column 5)`."""
    words = str(error).rpartition("(at line ")[2].partition(",")[0]
    return int(words) if words.isdecimal() else written.count("\n") + 1


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then swap: a reader or a crash sees the old text or the new one, never half of it.

    A link is followed, so that settings kept in a dot-files folder stay there.
    """
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
