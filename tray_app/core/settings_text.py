"""What settings.toml says, as plain data, and how a key finds its value there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.errors import InvalidSettings

TomlValue: TypeAlias = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsText:
    """What settings.toml says, as plain data. `version` changes with every byte of it; empty: it cannot be read.

    `trouble`: it is broken, and `data` is what it said before.
    """

    path: str
    version: str
    data: Mapping[str, object]
    trouble: InvalidSettings | None = None


def look_up(data: Mapping[str, object], key: str) -> TomlValue | None:
    """Find what the file says for a key; `waiting = false` says it for `waiting.enabled`. None: nothing."""
    found: object = data
    for part in parts_of(key):
        if isinstance(found, bool):
            return found if part == "enabled" else None
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        return [str(one) for one in found]
    return found if isinstance(found, str | int | float) else None


def quoted(name: str) -> str:
    """A project's name as one part of a key; it may hold dots."""
    return name.replace("%", "%25").replace(".", "%2E")


def parts_of(key: str) -> list[str]:
    """Cut a key into its parts."""
    return [part.replace("%2E", ".").replace("%25", "%") for part in key.split(".")]


def projects(data: Mapping[str, object]) -> tuple[str, ...]:
    """Projects that have rules of their own."""
    notices = data.get("notices")
    named = notices.get("projects") if isinstance(notices, Mapping) else None
    return tuple(named) if isinstance(named, Mapping) else ()
