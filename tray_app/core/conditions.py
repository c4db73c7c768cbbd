"""Whether a policy's condition is true of a call's arguments. Total: any JSON value may stand anywhere."""

import json
from collections.abc import Mapping, Sequence

from tray_app.core.patterns import found
from tray_app.core.policy import Condition, JsonValue, Op

_MISSING = object()
_MOST_SHOWN = 60


def holds(condition: Condition, arguments: Mapping[str, object], *, timeout_s: float) -> bool | None:
    """Compare; None where a pattern did not end within `timeout_s`.

    A missing argument, or one of a kind that the comparison does not know, makes it false, whatever the comparison;
    `exists` alone can be true of a missing one.
    """
    value = _at(arguments, condition.path)
    if condition.op is Op.EXISTS:
        return (value is not _MISSING) is condition.value
    if value is _MISSING:
        return False
    if condition.op is Op.REGEX:
        pattern = condition.value
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        return found(pattern, value, timeout_s=timeout_s)
    return _compare(condition.op, value, condition.value)


def shown(condition: Condition) -> str:
    """Spell it for people: `args.atAll eq true`."""
    value = json.dumps(condition.value, ensure_ascii=False)
    value = value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + "…"
    return f"args.{'.'.join(condition.path)} {condition.op} {value}"


def _at(arguments: Mapping[str, object], path: Sequence[str]) -> object:
    value: object = arguments
    for name in path:
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return _MISSING
    return value


def _compare(op: Op, value: object, wanted: JsonValue) -> bool:
    match op:
        case Op.EQ:
            return _same(value, wanted)
        case Op.NEQ:
            return not _same(value, wanted)
        case Op.IN:
            return isinstance(wanted, tuple) and any(_same(value, item) for item in wanted)
        case Op.NOT_IN:
            return isinstance(wanted, tuple) and not any(_same(value, item) for item in wanted)
        case Op.CONTAINS if isinstance(value, str):
            return isinstance(wanted, str) and wanted in value
        case Op.CONTAINS:
            return isinstance(value, list) and any(_same(item, wanted) for item in value)
        case _:
            return _ordered(op, value, wanted)


def _ordered(op: Op, value: object, wanted: JsonValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(wanted, int | float):
        return False
    match op:
        case Op.LT:
            return value < wanted
        case Op.LTE:
            return value <= wanted
        case Op.GT:
            return value > wanted
        case Op.GTE:
            return value >= wanted
        case _:
            return False


def _same(value: object, wanted: JsonValue) -> bool:
    """Equal as JSON: `true` is not 1, 1 is 1.0."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(wanted)
            and all(_same(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return not isinstance(value, list | tuple) and value == wanted
