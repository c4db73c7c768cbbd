"""Whether a comparison can tell one call from another: `atAll eq "true"` cannot, for `atAll` is never a text."""

from typing import assert_never

from tray_app.core.policy import JsonValue, Op
from tray_app.core.tool_facts import Argument

_NUMBERS = frozenset({"integer", "number"})


def can_differ(op: Op, value: JsonValue, argument: Argument) -> bool:
    """Say whether there is an argument of which the comparison is true, and one of which it is false."""
    match op:
        case Op.EQ | Op.NEQ:
            return _can_be(value, argument)
        case Op.IN | Op.NOT_IN:
            return isinstance(value, tuple) and any(_can_be(item, argument) for item in value)
        case Op.LT | Op.LTE | Op.GT | Op.GTE:
            return argument.kind in _NUMBERS
        case Op.REGEX:
            return argument.kind == "string"
        case Op.CONTAINS:
            return argument.kind == "array" or (argument.kind == "string" and isinstance(value, str))
        case Op.EXISTS:
            return True
        case _:
            assert_never(op)


def _can_be(value: JsonValue, argument: Argument) -> bool:
    """Whether the argument can have this value."""
    match value:
        case bool():
            return argument.kind == "boolean"
        case str():
            return argument.kind == "string" and (not argument.choices or value in argument.choices)
        case int() | float():
            return argument.kind in _NUMBERS
        case tuple():
            return argument.kind == "array"
        case None:
            return False
        case _:
            assert_never(value)
