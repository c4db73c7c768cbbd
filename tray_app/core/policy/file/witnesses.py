"""Values that an argument can have, chosen so that what no two of them tell apart, no call does.

Patterns are the exception: that none of these texts has what a pattern looks for says nothing about other texts.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from tray_app.core.policy.conditions import MISSING, check_of, comparable
from tray_app.core.policy.model import ELEMENT, Condition, JsonValue, Op, ToolArgument, ToolFacts

_SOME_TEXTS = ("x", "0", " ", "\n", "-", "@", "/", "中", "é", "Zz 9.", "a\nb", "https://example.com/a?b=c")
_MOST_REPEATED = 200  # letters of the longest text that is tried


def general(path: Sequence[str]) -> str:
    """Spell a path as the tool's arguments are: each number is any element."""
    return ".".join(ELEMENT if name.isascii() and name.isdigit() else name for name in path)


def is_open(condition: Condition, argument: ToolArgument) -> bool:
    """Whether the answer may hang on texts that are not among the witnesses."""
    return condition.op is Op.REGEX and argument.kind == "string" and not argument.choices


def differs(condition: Condition, tool: ToolFacts, argument: ToolArgument) -> bool:
    """Say whether there is an argument of which the comparison is true, and one of which it is false."""
    check = check_of(condition)
    answers = {check(value) for value in _values(condition.path, [condition], tool, argument)}
    return len(answers) > 1 or (is_open(condition, argument) and answers == {False})


def passes(require: Iterable[Condition], deny: Iterable[Condition], tool: ToolFacts) -> bool:
    """Say whether some value at their (one) path meets all of `require` and none of `deny`."""
    wanted, refused = list(require), list(deny)
    first = (*wanted, *refused)[0]
    argument = tool.arguments[general(first.path)]
    values = _values(first.path, [*wanted, *refused], tool, argument)
    must = [check_of(each) for each in wanted if not is_open(each, argument)]
    must_not = [check_of(each) for each in refused if not is_open(each, argument)]
    if not (len(first.path) == 1 and first.path[0] in tool.required):
        values = [MISSING, *values]
    return any(all(check(value) for check in must) and not any(check(value) for check in must_not) for value in values)


def _values(
    path: Sequence[str], conditions: Sequence[Condition], tool: ToolFacts, argument: ToolArgument
) -> list[object]:
    named = list(_named(conditions))
    match argument.kind:
        case "boolean":
            return [True, False]
        case "string":
            found: list[object] = [*argument.choices] or _texts(conditions, named, argument)
        case "integer" | "number":
            found = list(_numbers(named, argument))
        case "array":
            found = _lists(named, tool.arguments.get(f"{general(path)}.{ELEMENT}"))
        case _:
            found = [{}]
    return [comparable(path, value) for value in found if _fits(value, argument)]


def _named(conditions: Iterable[Condition]) -> Iterator[JsonValue]:
    """Every value that a comparison names; of a list each element too."""
    for condition in conditions:
        yield condition.value
        if isinstance(condition.value, tuple):
            yield from condition.value


def _texts(conditions: Sequence[Condition], named: Sequence[JsonValue], argument: ToolArgument) -> list[object]:
    texts = [value for value in named if isinstance(value, str)]
    looked_for = [str(condition.value) for condition in conditions if condition.op is Op.CONTAINS]
    other = next(letter for letter in map(chr, range(0x4E00, 0x9FFF)) if not any(letter in text for text in texts))
    length = argument.shortest if argument.longest is None else min(argument.longest, _MOST_REPEATED)
    return ["", *texts, "".join(looked_for), other * max(1, argument.shortest), other * max(1, length), *_SOME_TEXTS]


def _numbers(named: Iterable[JsonValue], argument: ToolArgument) -> Iterator[int | float]:
    ends = [end for end in (argument.least, argument.most) if end is not None]
    for number in (0, *ends, *(value for value in named if isinstance(value, int | float))):
        whole = math.floor(number)
        yield from (number, whole - 1, whole, whole + 1, whole + 2)
        if argument.kind == "number":
            yield from (number - 0.5, number + 0.5)


def _lists(named: Sequence[JsonValue], element: ToolArgument | None) -> list[object]:
    element = ToolArgument(kind="") if element is None else element
    items = [value for value in named if not isinstance(value, tuple) and _fits(value, element)]
    some = _texts([], [str(item) for item in items], element) if element.kind == "string" else [{}]
    others = [value for value in some if _fits(value, element)]
    whole = [list(value) for value in named if isinstance(value, tuple) and all(_fits(item, element) for item in value)]
    return [[], *whole, *([item] for item in items), items, others[:1]]


def _fits(value: object, argument: ToolArgument) -> bool:
    """Whether the argument can have this value."""
    match argument.kind:
        case "boolean":
            return isinstance(value, bool)
        case "string":
            known = not argument.choices or value in argument.choices
            return isinstance(value, str) and known and _within(len(value), argument.shortest, argument.longest)
        case "integer" | "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            whole = argument.kind == "number" or float(value).is_integer()
            return whole and _within(value, argument.least, argument.most)
        case "array":
            return isinstance(value, list) and _within(len(value), argument.shortest, argument.longest)
        case "object":
            return isinstance(value, dict)
        case _:
            return False


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
