"""`settings.toml` on disk: read strictly, written so that the owner's comments and order stay."""

import hashlib
import threading
import tomllib
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tray_app.adapters.files import toml_edit
from tray_app.adapters.files.toml_text import MOST_BYTES, endless_key
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidSettings, SettingsChanged
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.settings.reader import joined, read
from tray_app.core.settings.routes import Route
from tray_app.core.settings.settings import RobotSettings, Settings, usual_robot
from tray_app.core.settings.text import SettingsText, TomlValue, line_of, lines, parts_of
from tray_app.plain_files import read_plain
from tray_app.whole_files import hint, why, write_whole

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_HEADING = "dingtalk-tray: your settings. Webhooks and signing keys are in the system's keyring, never here."


@dataclass(slots=True)
class SettingsFile:
    """One file and the settings it last held in good order (`current`; defaults before the first load).

    Robots may be of these `channels`. `version` is what was last loaded or written, in good order or not; empty where
    it could not be read. A text that is known, because it was read before or is our own, is not parsed again.
    """

    path: Path
    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)
    current: Settings = field(default_factory=Settings)
    version: str = ""
    _good: Mapping[str, Any] = field(default_factory=dict)
    _known: bytes | None = None  # the text behind `current`
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Settings:
        """Read the file; without one, the defaults hold.

        Raises InvalidSettings naming line or keys; `current` then keeps what was last good.
        """
        self.version = ""
        raw = self._bytes()
        self.version = _version(raw)
        if raw != self._known:
            self._hold(raw, *self._read(raw))
        return self.current

    def look(self) -> SettingsText:
        """What the file says now; where it is broken, what it said when it was last read in good order, and why."""
        try:
            raw = self._bytes()
        except InvalidSettings as error:
            return SettingsText(path=str(self.path), version="", data=self._good, trouble=error)
        version = _version(raw)
        try:
            data = self._good if raw == self._known else self._read(raw)[1]
            return SettingsText(path=str(self.path), version=version, data=data)
        except InvalidSettings as error:
            return SettingsText(path=str(self.path), version=version, data=self._good, trouble=error)

    def add_robot(self, name: str, robot: RobotSettings) -> Settings:
        """Add `[robots.NAME]`, or replace its values; a default robot takes the mark from the others."""
        usual = usual_robot(robot.channel, self.channels[robot.channel])
        return self._edit(lambda document: toml_edit.add_robot(document, name, robot, usual=usual))

    def remove_robot(self, name: str) -> Settings:
        """Remove `[robots.NAME]` and the routes that lead there; nothing there is fine."""
        return self._edit(lambda document: toml_edit.remove_robot(document, name))

    def set_default(self, name: str) -> Settings:
        """Make one robot the default one. Raises InvalidSettings where it is not in the file."""
        if name not in self.current.robots:
            raise InvalidSettings(text("credentials.unknown_robot", robot=name), self._hint())
        return self._edit(lambda document: toml_edit.mark_default(document, name))

    def set_value(self, key: str, value: TomlValue) -> Settings:
        """Set one value by its dotted key, e.g. `set_value("endpoint.port", 8738)`; refused unless `read` takes it."""
        return self.change({key: value})

    def change(self, values: Mapping[str, TomlValue | None], *, version: str = "") -> Settings:
        """Set values by their dotted keys, and take those out that are None; everything else stays as it is written.

        Raises SettingsChanged where the file is no longer the `version` that somebody has read.
        """

        def put(document: MutableMapping[str, Any]) -> None:
            for key, value in values.items():
                toml_edit.put(document, parts_of(key), value)

        return self._edit(put, version=version)

    def add_route(self, route: Route) -> Settings:
        """Add a route behind the others."""
        return self._edit(lambda document: toml_edit.add_route(document, route))

    def change_route(self, number: int, route: Route, *, version: str) -> Settings:
        """Let the route of this number, from 0, say this. Raises SettingsChanged likewise."""
        return self._edit(lambda document: toml_edit.change_route(document, number, route), version=version)

    def remove_route(self, number: int, *, version: str) -> Settings:
        """Remove the route of this number, from 0. Raises SettingsChanged likewise."""
        return self._edit(lambda document: toml_edit.drop_route(document, number), version=version)

    def raise_route(self, number: int, *, version: str) -> Settings:
        """Ask this route before the one above it. Raises SettingsChanged likewise."""
        return self._edit(lambda document: toml_edit.raise_route(document, number), version=version)

    def look_ahead(self, values: Mapping[str, TomlValue]) -> tuple[str, str]:
        """Give the file's text, and what it would be with these values set. Writes nothing. Raises InvalidSettings."""

        def put(document: MutableMapping[str, Any]) -> None:
            for key, value in values.items():
                toml_edit.put(document, parts_of(key), value)

        before = self._bytes()
        return before.decode(), self._changed(before, put)[0].decode()

    def _edit(self, change: Callable[[MutableMapping[str, Any]], object], *, version: str = "") -> Settings:
        """Change the file's newest text, check the whole, write it in one step.

        Raises InvalidSettings where the file is broken already, the result would be, or it cannot be written, and
        SettingsChanged where it is not the expected version; the file is then as before.
        """
        with self._writing:  # a page and a command of the tray may write at once, from two threads
            return self._edited(change, version)

    def _edited(self, change: Callable[[MutableMapping[str, Any]], object], version: str) -> Settings:
        before = self._bytes()
        if version and _version(before) != version:
            raise SettingsChanged(text("settings.changed"), text("settings.changed_hint"))
        after, settings, data = self._changed(before, change)
        try:
            write_whole(self.path.resolve(), after)  # settings kept in a dot-files folder stay there
        except OSError as error:
            raise InvalidSettings(text("settings.unwritable", why=why(error)), hint(error, self.path)) from error
        self._hold(after, settings, data)
        self.version = _version(after)
        return settings

    def _changed(
        self, before: bytes, change: Callable[[MutableMapping[str, Any]], object]
    ) -> tuple[bytes, Settings, Mapping[str, Any]]:
        """Give the text with a change made in it, and what that says. Raises InvalidSettings."""
        import tomlkit  # 30 ms, and most runs never write

        was = self.current if before == self._known else self._read(before)[0]
        document: TOMLDocument = tomlkit.parse(before.decode("utf-8-sig"))
        if not before:
            document.add(tomlkit.comment(_HEADING))
        change(document)
        mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""
        after = mark + tomlkit.dumps(document).encode()
        settings, data = self._read(after)  # what is written, not what was meant
        if new := [fault for fault in settings.left_out if fault not in was.left_out]:
            raise InvalidSettings(text("settings.in_file", fault=joined(new)), self._hint(), tuple(new))
        return after, settings, data

    def _hold(self, raw: bytes, settings: Settings, data: Mapping[str, Any]) -> None:
        self.current, self._good, self._known = settings, data, raw

    def _bytes(self) -> bytes:
        try:
            return read_plain(self.path, most=MOST_BYTES)
        except FileNotFoundError as error:
            if self.path.is_symlink():  # the owner has settings, elsewhere: the usual ones would be others
                raise InvalidSettings(text("settings.dangling"), self._hint()) from error
            return b""
        except OSError as error:
            raise InvalidSettings(text("settings.unreadable", why=why(error)), self._hint()) from error

    def _read(self, raw: bytes) -> tuple[Settings, Mapping[str, Any]]:
        try:
            written = raw.decode("utf-8-sig")  # Windows editors put a byte order mark in front
        except UnicodeDecodeError as error:
            raise InvalidSettings(text("settings.not_text"), self._hint()) from error
        if (line := endless_key(written)) is not None:
            raise InvalidSettings(text("settings.not_toml", line=line), self._hint())
        try:
            data = tomllib.loads(written)
            return read(data, channels=self.channels), data
        except tomllib.TOMLDecodeError as error:
            raise InvalidSettings(text("settings.not_toml", line=_line(error, written)), self._hint()) from None
        except (RecursionError, ValueError) as error:  # nested, or a number, beyond what Python reads
            raise InvalidSettings(text("settings.not_toml", line=1), self._hint()) from error
        except InvalidSettings as error:
            raise InvalidSettings(_in_file(error.faults, written), self._hint(), error.faults) from None

    def _hint(self) -> Text:
        return text("settings.mend_hint", path=str(self.path))


def _version(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


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
