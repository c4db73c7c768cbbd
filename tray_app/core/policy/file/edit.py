"""Changes one tool's stance or limits in the text of a policy file."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tray_app.core.jsontext.edit import Add, Put, Undo, edit, parse, revert
from tray_app.core.jsontext.spans import JsonSpan, container, document
from tray_app.core.policy.file.writer import window_word
from tray_app.core.policy.model import SECOND_MS, WINDOWS_MS, Limit, LimitScope, Mode, Stance

_EVERYTHING = "*"
_HIDE = ("hide",)


def with_stance(source: str, tool: str, stance: Stance, *, tools: Collection[str] = ()) -> str:
    """Say allow, ask or deny to a tool; a hidden one is shown again. Raises NotJson or WrongShape.

    With `tools` (all there are), one that is hidden with all others is shown too: the others are then hidden by name.
    """
    if tools and _hides_all(source):
        shown = edit(source, [Put(path=_HIDE, value=[name for name in tools if name != tool])]).text
    else:
        shown = revert(source, [Undo(path=_HIDE, value=tool, element=True)])
    return edit(shown, [Put(path=("tools", tool, "action"), value=stance.value)]).text


def with_hidden(source: str, tool: str) -> str:
    """Take a tool out of agents' sight; what the file says about it stays for later. Raises NotJson or WrongShape."""
    return source if _hides_all(source) else edit(source, [Add(path=_HIDE, value=tool)]).text


def with_default(source: str, stance: Stance) -> str:
    """Allow or deny what the file does not name. Raises NotJson or WrongShape."""
    return edit(source, [Put(path=("default",), value=stance.value)]).text


def with_mode(source: str, mode: Mode) -> str:
    """Enforce the policy, or only observe. Raises NotJson or WrongShape."""
    return edit(source, [Put(path=("mode",), value=mode.value)]).text


def asking_no_more(source: str, tool: str, rule: str) -> str:
    """Take out what made a tool ask: the stance, or the condition that `rule` names. Raises NotJson or WrongShape."""
    stem, _, index = rule.rpartition("[")
    path = ("tools", tool, "require_approval_if")
    if stem != ".".join(path) or not index.removesuffix("]").isdigit():
        return with_stance(source, tool, Stance.ALLOW)
    found: object = parse(source)
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    at = int(index.removesuffix("]"))
    if not isinstance(found, list) or at >= len(found):
        return source
    return revert(source, [Undo(path=path, value=found[at], element=True)])


def _hides_all(source: str) -> bool:
    found = parse(source)
    hide = found.get("hide") if isinstance(found, Mapping) else None
    return hide == _EVERYTHING or (isinstance(hide, list) and _EVERYTHING in hide)


ALL_TOOLS = "all_tools"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitKey:
    """Which limit: of a tool or of `all_tools` (`where`), by what no two limits of one list have in common."""

    where: str
    counter: str
    window_ms: int
    scope: LimitScope


def key_of(where: str, limit: Limit) -> LimitKey:
    """Name a limit of a policy."""
    return LimitKey(where=where, counter=limit.counter, window_ms=limit.window_ms, scope=limit.scope)


def with_most(source: str, key: LimitKey, most: int | None) -> str:
    """Set how many calls it allows; None takes it out. One that the file does not have stays away. Raises NotJson."""
    parse(source)
    path = _path(key.where)
    listed = _span(source, (*path, "limits"))
    items = None if listed is None else container(source, listed.start)
    for item in () if items is None else items.items:
        value = json.loads(source[item.start : item.end])
        if _is(value, key):
            if most is None:
                return revert(source, [Undo(path=(*path, "limits"), value=value, element=True)])
            return _with_max(source, item, most)
    rate = _span(source, (*path, "rate_limit"))
    if rate is None or not _is_rate(json.loads(source[rate.start : rate.end]), key):
        return source
    if most is None:
        return revert(source, [Undo(path=(*path, "rate_limit"), value=None, element=False)])
    return _with_max(source, rate, most)


def with_limit(source: str, where: str, *, window_ms: int, most: int, stance: Stance) -> str:
    """Add a limit for each client. Raises NotJson or WrongShape.

    A tool that the file does not name gets the stance that holds for it: naming it alone would allow it.
    """
    path = _path(where)
    steps: list[Put | Add] = []
    if where != ALL_TOOLS and _span_of(source, path) is None:
        steps.append(Put(path=(*path, "action"), value=stance.value))
    value = {"counter": _free_counter(source, where, window_ms), "window": window_word(window_ms), "max": most}
    return edit(source, [*steps, Add(path=(*path, "limits"), value=value)]).text


def _free_counter(source: str, where: str, window_ms: int) -> str:
    """Name a counter as PolicyLayer's catalogue does; a second one of the same window says which."""
    name = f"{where}_rate"
    parse(source)
    return name if _span(source, (*_path(where), "limits")) is None else f"{where}_{window_word(window_ms)}_rate"


def _path(where: str) -> tuple[str, ...]:
    return (ALL_TOOLS,) if where == ALL_TOOLS else ("tools", where)


def _span_of(source: str, path: tuple[str, ...]) -> JsonSpan | None:
    parse(source)
    return _span(source, path)


def _span(source: str, path: tuple[str, ...]) -> JsonSpan | None:
    span = document(source)
    for name in path:
        items = container(source, span.start)
        at = None if items is None or items.is_list else items.find(name)
        if items is None or at is None:
            return None
        span = items.items[at]
    return span


def _with_max(source: str, span: JsonSpan, most: int) -> str:
    items = container(source, span.start)
    at = None if items is None else items.find("max")
    if items is None or at is None:
        return source
    number = items.items[at]
    return f"{source[: number.start]}{most}{source[number.end :]}"


def _is(value: object, key: LimitKey) -> bool:
    if not isinstance(value, Mapping) or value.get("counter") != key.counter:
        return False
    return _window_ms(value) == key.window_ms and value.get("scope", LimitScope.GRANT.value) == key.scope.value


def _is_rate(value: object, key: LimitKey) -> bool:
    """Whether it is the limit that the short form stands for: each client's, with a counter of its own."""
    if not isinstance(value, Mapping) or key.scope is not LimitScope.GRANT:
        return False
    return key.counter == f"{key.where}_rate" and _window_ms(value) == key.window_ms


def _window_ms(value: Mapping[str, object]) -> int:
    window = value.get("window")
    if isinstance(window, int):
        return window * SECOND_MS
    return WINDOWS_MS.get(window, 0) if isinstance(window, str) else 0
