"""Conditions on a call's arguments, and the patterns in them: RE2's, which every search ends with in linear time."""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

from tray_app.core.kernel.mobiles import mobile_of
from tray_app.core.policy.model import Condition, JsonValue, Op

if TYPE_CHECKING:
    import re2

MAX_PATTERN_CHARS = 1_000
_MOST_STEPS = 10_000  # of a compiled pattern; more could keep the longest message for seconds


class BadPattern(ValueError):
    """The pattern is none of RE2's, or one too big; `why` is the library's own word, empty for too big."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "re2._Regexp":
    r"""Compile it, once. As in hosted policies `\w`, `\d`, `\s` and `\b` know ASCII alone. Raises BadPattern."""
    import re2  # few policies have a pattern

    if len(pattern) > MAX_PATTERN_CHARS:
        raise BadPattern
    options = re2.Options()
    options.log_errors = False  # it would write to standard error
    try:
        found = re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace")
        raise BadPattern("" if "too large" in why else why) from None
    except UnicodeEncodeError:
        raise BadPattern("half a surrogate pair") from None
    if found.programsize > _MOST_STEPS:
        raise BadPattern
    return found


def finder(pattern: str) -> Callable[[object], bool | None]:
    """Make the question whether a value is a text in which the pattern is found; None where that cannot be said."""
    try:
        search = compiled(pattern).search
    except BadPattern:
        return lambda _value: None

    def found(value: object) -> bool | None:
        try:
            return isinstance(value, str) and search(value) is not None
        except UnicodeEncodeError:  # half a surrogate pair: no text that RE2 could look at
            return None

    return found


Check: TypeAlias = Callable[[object], "bool | None"]
MISSING = object()
_MOST_SHOWN = 60
_MOBILES = ("atMobiles",)
_INDEX = re.compile("[0-9]{1,9}")


def value_at(arguments: Mapping[str, object], path: Sequence[str]) -> object:
    """Find the value at a path; MISSING where there is none."""
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
    """Make the check of the value at the condition's path; it gives None where a pattern cannot be said.

    Phone numbers are compared as they are called, however the policy and the agent write them.
    """
    if condition.path[:1] != _MOBILES:
        return _check_of(condition)
    wanted = condition.value if condition.op is Op.REGEX else cast("JsonValue", _as_called(condition.value))
    check = _check_of(replace(condition, value=wanted))
    return lambda value: check(_as_called(value))


def _as_called(value: object) -> object:
    if isinstance(value, str):
        return mobile_of(value) or value
    return type(value)(map(_as_called, value)) if isinstance(value, list | tuple) else value


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
