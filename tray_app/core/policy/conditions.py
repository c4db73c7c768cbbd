"""Conditions on a call's arguments, and the patterns in them, within bounds of time."""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from tray_app.core.policy.model import Condition, JsonValue, Op

if TYPE_CHECKING:
    import regex

MAX_PATTERN_CHARS = 1_000
_MOST_EXPANDED = 20_000  # (((a{1000}){1000}){1000}) filled all memory: `regex` writes counted repeats out
_STEP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[^()]{0,3})?|\)|\{\d*,?\d*\}|.", re.DOTALL)


class BadPattern(ValueError):
    """The pattern is no regular expression, or one too big; `why` is the library's own word, empty for too big."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Compile it, once. Raises BadPattern."""
    import regex  # 30 ms, and few policies have a pattern

    if len(pattern) > MAX_PATTERN_CHARS or _expanded(pattern) > _MOST_EXPANDED:
        raise BadPattern
    try:
        return regex.compile(pattern, cache_pattern=False)
    except regex.error as error:
        raise BadPattern(str(error)) from None
    except (RecursionError, OverflowError, MemoryError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise BadPattern from None  # its parser meets some broken patterns with errors of its own


def finder(pattern: str, *, timeout_s: float) -> Callable[[object], bool | None]:
    """Make the question whether a value is a text in which the pattern is found; None where that takes too long."""
    try:
        search = compiled(pattern).search
    except BadPattern:
        return lambda _value: None

    def found(value: object) -> bool | None:
        try:
            return isinstance(value, str) and search(value, timeout=timeout_s) is not None
        except (TimeoutError, MemoryError, RecursionError):
            return None

    return found


def _expanded(pattern: str) -> int:
    """Estimate the size with counted repeats written out, from above."""
    sizes, last = [0], 0
    for step in _STEP.findall(pattern):
        if step[0] == "(":
            sizes[-1] += last
            sizes.append(0)
            last = 0
        elif step == ")" and len(sizes) > 1:
            last += sizes.pop()
        elif step[0] == "{" and len(step) > 1:
            last *= max([1, *(int(count[:9]) for count in step[1:-1].split(",") if count)])
        else:
            sizes[-1] += last
            last = 1
    return sum(sizes) + last


Check: TypeAlias = Callable[[object], "bool | None"]
MISSING = object()
_MOST_SHOWN = 60


def value_at(arguments: Mapping[str, object], path: Sequence[str]) -> object:
    """Find the value at a path; MISSING where there is none."""
    value = arguments.get(path[0], MISSING) if path else arguments
    for name in path[1:]:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return MISSING
    return value


def check_of(condition: Condition, *, timeout_s: float) -> Check:
    """Make the check of the value at the condition's path; it gives None where a pattern did not end in time."""
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
            return finder(wanted, timeout_s=timeout_s)
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
        return (
            isinstance(value, list)
            and len(value) == len(wanted)
            and all(_same(one, other) for one, other in zip(value, wanted, strict=True))
        )
    return not isinstance(value, list) and value == wanted
