"""The formats of clients' configuration files: each reads a text, puts one member in, and takes it out again."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tray_app.core.connect.toml_entry import TomlTables
from tray_app.core.jsontext.comments import CommentedJson
from tray_app.core.jsontext.edit import Edited, JsonPath, Put, Undo, edit, parse, revert


class ConfigFormat(Protocol):
    """Raises NotJson or NotToml for a text that is none, WrongShape where something else is in the way."""

    def parse(self, text: str) -> object:
        """Read a document."""
        ...

    def put(self, text: str, path: JsonPath, value: Mapping[str, Any]) -> Edited:
        """Set the member at `path`; no undo where it is so already."""
        ...

    def revert(self, text: str, undo: Sequence[Undo]) -> str:
        """Take the steps back."""
        ...

    def begun(self, text: str | None) -> str:
        """Give a document to begin with where there is nothing yet: no file, or one that says nothing."""
        ...


class _Json:
    """JSON as the standard has it."""

    def parse(self, text: str) -> object:
        return parse(text)

    def put(self, text: str, path: JsonPath, value: Mapping[str, Any]) -> Edited:
        return edit(text, [Put(path=path, value=value)])

    def revert(self, text: str, undo: Sequence[Undo]) -> str:
        return revert(text, undo)

    def begun(self, text: str | None) -> str:
        return _begun(text)


class _Jsonc(CommentedJson):
    def begun(self, text: str | None) -> str:
        return _begun(text)


class _Toml(TomlTables):
    def begun(self, text: str | None) -> str:
        return text or ""


def _begun(text: str | None) -> str:
    given = text or ""
    return given if given.strip("\ufeff \t\r\n") else given + "{\n}\n"


STRICT_JSON: ConfigFormat = _Json()
COMMENTED_JSON: ConfigFormat = _Jsonc(last_commas=False)
JSONC: ConfigFormat = _Jsonc(last_commas=True)
TOML: ConfigFormat = _Toml()
