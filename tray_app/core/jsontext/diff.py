"""How two JSON values differ, in lines that people read: `+ permissions.allow[]: "x"`, `- hooks.Stop[]: {…}`."""

import json
from collections.abc import Iterator, Mapping

_PRIVATE = frozenset({"headers", "http_headers", "env", "environment"})  # what an MCP server's tokens are in
_HIDDEN = "…"


def differences(before: object, after: object, path: str = "") -> Iterator[str]:
    """Yield what was taken away and what came, each with its path; values of headers and variables are not shown."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            where = f"{path}.{key}" if path else str(key)
            if key in _PRIVATE:
                yield from _hidden(where, before.get(key), after.get(key))
            elif key not in after:
                yield from _leaves("-", where, before[key])
            elif key not in before:
                yield from _leaves("+", where, after[key])
            else:
                yield from differences(before[key], after[key], where)
    elif isinstance(before, list) and isinstance(after, list):
        gone = [f"- {path}[]: {_shown(item)}" for item in _only_in(before, after)]
        came = [f"+ {path}[]: {_shown(item)}" for item in _only_in(after, before)]
        yield from gone + came or _whole(path, before, after)  # in another order, or more often
    else:
        yield from _whole(path, before, after)


def _only_in(items: list[object], others: list[object]) -> Iterator[object]:
    known = {json.dumps(item, sort_keys=True) for item in others}
    return (item for item in items if json.dumps(item, sort_keys=True) not in known)


def _whole(path: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield f"- {path}: {_shown(before)}"
        yield f"+ {path}: {_shown(after)}"


def _hidden(path: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield from (f"{sign} {path}: {_HIDDEN}" for sign, side in (("-", before), ("+", after)) if side is not None)


def _leaves(sign: str, path: str, value: object) -> Iterator[str]:
    """A new table of tables is shown by what is in it."""
    if isinstance(value, Mapping) and value and all(isinstance(inner, Mapping | list) for inner in value.values()):
        for key, inner in value.items():
            yield from _leaves(sign, f"{path}.{key}", inner)
    elif isinstance(value, list) and value:
        yield from (f"{sign} {path}[]: {_shown(item)}" for item in value)
    else:
        yield f"{sign} {path}: {_shown(value)}"


def _shown(value: object) -> str:
    return json.dumps(_without_private(value), ensure_ascii=False)


def _without_private(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _HIDDEN if key in _PRIVATE else _without_private(inner) for key, inner in value.items()}
    return [_without_private(inner) for inner in value] if isinstance(value, list) else value
