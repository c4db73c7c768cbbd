"""settings.toml as text: its lines, and what a page changes in it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.kernel.errors import InvalidSettings

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


_HEAD = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=(.*)""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_MULTI = re.compile(r'"""|\'\'\'')


def lines(written: str) -> dict[str, int]:
    """Give the line, from 1, of every table and key by its dotted path; tables of a list by number: `routes.2.robot`.

    The text must be valid TOML. Keys inside a value written on one line (`a = {b = 1}`) are not told apart.
    """
    found: dict[str, int] = {}
    counts: Counter[str] = Counter()
    table, inside = "", ""
    for number, line in enumerate(written.splitlines(), start=1):
        if inside:
            inside = inside if line.count(inside) % 2 == 0 else ""
            continue
        head = _HEAD.fullmatch(line)
        if head is not None:
            table = _dotted(head[2], counts)
            if head[1] == "[[":
                counts[table] += 1
                table = f"{table}.{counts[table]}"
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key is not None:
            path = ".".join(filter(None, (table, *_names(key[1]))))
            found.setdefault(path, number)
            mark = _MULTI.search(key[2])
            inside = mark[0] if mark and key[2].count(mark[0]) % 2 else ""
    return found


def line_of(path: str, known: dict[str, int]) -> int | None:
    """Find the line of a path, or of the nearest thing around it."""
    while path:
        if path in known:
            return known[path]
        path = path.rpartition(".")[0]
    return None


def _dotted(written: str, counts: Counter[str]) -> str:
    """Join a header's names, with the number of the last table where a list is among them."""
    path = ""
    for name in _names(written):
        path = f"{path}.{counts[path]}" if path in counts else path
        path = f"{path}.{name}" if path else name
    return path


def _names(written: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(written)]
