"""Whether a policy's condition is true of a call's arguments. Total: any JSON value may stand anywhere."""

import json
from collections.abc import Mapping, Sequence

from tray_app.core.patterns import found
from tray_app.core.policy import Condition, JsonValue, Op

# names of their own: looking a member up in its class takes a tenth of a microsecond, and a call asks dozens of times
_EQ, _NEQ, _IN, _NOT_IN, _LT, _LTE, _GT, _GTE = Op.EQ, Op.NEQ, Op.IN, Op.NOT_IN, Op.LT, Op.LTE, Op.GT, Op.GTE
_REGEX, _CONTAINS, _EXISTS = Op.REGEX, Op.CONTAINS, Op.EXISTS
_MISSING = object()
_MOST_SHOWN = 60


def holds(condition: Condition, arguments: Mapping[str, object], *, timeout_s: float) -> bool | None:
    """Compare; None where a pattern did not end within `timeout_s`.

    A missing argument, or one of a kind that the comparison does not know, makes it false, whatever the comparison;
    `exists` alone can be true of a missing one.
    """
    path, op, wanted = condition.path, condition.op, condition.value
    value = arguments.get(path[0], _MISSING) if len(path) == 1 else _at(dict(arguments), path)
    if op is _EXISTS:
        return (value is not _MISSING) is wanted
    if value is _MISSING:
        return False
    if op is _REGEX:
        if not isinstance(value, str) or not isinstance(wanted, str):
            return False
        return found(wanted, value, timeout_s=timeout_s)
    return _compare(op, value, wanted)


def shown(condition: Condition) -> str:
    """Spell it for people: `args.atAll eq true`."""
    value = json.dumps(condition.value, ensure_ascii=False)
    value = value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + "…"
    return f"args.{'.'.join(condition.path)} {condition.op} {value}"


def _at(value: object, path: Sequence[str]) -> object:
    for name in path:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return _MISSING
    return value


def _compare(op: Op, value: object, wanted: JsonValue) -> bool:
    if op is _EQ or op is _NEQ:
        return _same(value, wanted) is (op is _EQ)
    if op is _CONTAINS:
        if isinstance(value, str):
            return isinstance(wanted, str) and wanted in value
        return isinstance(value, list) and any(_same(item, wanted) for item in value)
    if op is _IN or op is _NOT_IN:
        return isinstance(wanted, tuple) and _among(value, wanted) is (op is _IN)
    return _ordered(op, value, wanted)


def _ordered(op: Op, value: object, wanted: JsonValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(wanted, int | float):
        return False
    if op is _LT:
        return value < wanted
    if op is _LTE:
        return value <= wanted
    return value > wanted if op is _GT else op is _GTE and value >= wanted


def _among(value: object, wanted: tuple[JsonValue, ...]) -> bool:
    return value in wanted if isinstance(value, str) else any(_same(value, item) for item in wanted)


def _same(value: object, wanted: JsonValue) -> bool:
    """Equal as JSON: `true` is not 1, 1 is 1.0."""
    if isinstance(value, str):
        return value == wanted
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, tuple):
        return (
            isinstance(value, list)
            and len(value) == len(wanted)
            and all(_same(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return not isinstance(value, list) and value == wanted
