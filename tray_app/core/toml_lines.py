"""Where in a TOML text a key stands: tomllib gives values, and a person who has to mend one wants its line."""

import re
from collections import Counter

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
