"""Conditions on a call's arguments: what they look at, and the comparisons as functions of it."""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from tray_app.core.policy.as_sent import comparable
from tray_app.core.policy.model import Condition, JsonValue, Op
from tray_app.core.policy.patterns import finder

Check: TypeAlias = Callable[[object], "bool | None"]
MISSING = object()
_MOST_SHOWN = 60
_INDEX = re.compile("[0-9]{1,9}")


def value_at(arguments: Mapping[str, object], path: Sequence[str]) -> object:
    """Find what conditions compare at a path, `comparable` to what they name; MISSING where there is nothing."""
    return comparable(path, _written_at(arguments, path))


def _written_at(arguments: Mapping[str, object], path: Sequence[str]) -> object:
    value = arguments.get(path[0], MISSING) if path else arguments
    for name in path[1:]:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def check_of(condition: Condition) -> Check:
    """Make the check of what `value_at` gives for the condition's path; it gives None where a pattern cannot be said.

    What is named is read as the argument is (`comparable`); a part of it, which `regex` and `contains` name, is not.
    """
    path = condition.path
    part = condition.op is Op.CONTAINS and path[:1] != ("atMobiles",) and path != ("atUserIds",)
    if part or condition.op is Op.REGEX:
        return _check_of(condition)
    return _check_of(replace(condition, value=cast("JsonValue", comparable(path, condition.value))))


def _check_of(condition: Condition) -> Check:
    wanted = condition.value
    match condition.op:
        case Op.EQ if isinstance(wanted, str):
            return lambda value: value == wanted
        case Op.EQ:
            return lambda value: _same(value, wanted)
        case Op.NEQ:
            return lambda value: value is not MISSING and not _same(value, wanted)
        case Op.IN:
            return _among(wanted, good=True)
        case Op.NOT_IN:
            return _among(wanted, good=False)
        case Op.LT | Op.LTE | Op.GT | Op.GTE:
            return _ordered(condition.op, wanted)
        case Op.REGEX if isinstance(wanted, str):
            return finder(wanted)
        case Op.REGEX:
            return lambda _value: False
        case Op.CONTAINS if isinstance(wanted, str):
            return lambda value: isinstance(value, (str, list)) and wanted in value
        case Op.CONTAINS:
            return lambda value: isinstance(value, list) and any(_same(item, wanted) for item in value)
        case Op.EXISTS:
            return lambda value: (value is not MISSING) is wanted


def shown(condition: Condition) -> str:
    """Spell it for people: `args.atAll eq true`."""
    value = json.dumps(condition.value, ensure_ascii=False)
    value = value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + "…"
    return f"args.{'.'.join(condition.path)} {condition.op} {value}"


def _among(wanted: JsonValue, *, good: bool) -> Check:
    if not isinstance(wanted, tuple):
        return lambda _value: False

    def among(value: object) -> bool:
        if isinstance(value, str):
            return (value in wanted) is good
        return value is not MISSING and any(_same(value, item) for item in wanted) is good

    return among


def _ordered(op: Op, wanted: JsonValue) -> Check:
    if not isinstance(wanted, int | float):
        return lambda _value: False
    compare = {Op.LT: operator.lt, Op.LTE: operator.le, Op.GT: operator.gt, Op.GTE: operator.ge}[op]

    def ordered(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and compare(value, wanted)

    return ordered


def _same(value: object, wanted: JsonValue) -> bool:
    """Equal as JSON: `true` is not 1, 1 is 1.0."""
    if isinstance(value, str):
        return value == wanted
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, tuple):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(_same, value, wanted))
    return not isinstance(value, list) and value == wanted
