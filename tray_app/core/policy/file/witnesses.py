"""Values that an argument can have, chosen so that what no two of them tell apart, no call does.

Patterns are the exception: that none or all of these texts have what a pattern looks for says nothing about others. So
it is proved (`matching`), or not said.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from tray_app.core.kernel.invisible import is_blank
from tray_app.core.kernel.mobiles import mobile_of
from tray_app.core.kernel.user_ids import names_one, user_id_of
from tray_app.core.policy.as_sent import comparable
from tray_app.core.policy.conditions import MISSING, check_of
from tray_app.core.policy.matching.reach import Proofs
from tray_app.core.policy.model import ELEMENT, Condition, JsonValue, Op, TextForm, ToolArgument, ToolFacts

_SOME_TEXTS = ("x", "X", "0", " ", "\n", *"-@/中éяαアא한😀", "Zz 9.", "a\nb", "https://example.com/a?b=c")
_SOME_MOBILES = (
    *(f"1{second}800138000" for second in range(3, 10)),
    *("+1-2125550123", "+44-2079460000", "+49-3012345678", "+7-4951234567", "+81-312345678", "+852-51234567"),
)
_MOST_REPEATED = 200  # letters of the longest text that is tried
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # in no argument; tab and line ends are
_NAMED_IN = {Op.CONTAINS: "{}", **dict.fromkeys((Op.EQ, Op.NEQ, Op.IN, Op.NOT_IN), "^{}$")}  # as patterns
_INDEX = re.compile("[0-9]+")


def general(path: Sequence[str]) -> str:
    """Spell a path as the tool's arguments are: each number is any element."""
    return ".".join(ELEMENT if _INDEX.fullmatch(name) else name for name in path)


def is_always_there(path: Sequence[str], tool: ToolFacts) -> bool:
    """Whether every call has a value at the path."""
    return all(_is_in_each(path[:end], tool) for end in range(1, len(path) + 1))


def is_never_there(path: Sequence[str], tool: ToolFacts) -> bool:
    """Whether the path names an element beyond the longest list."""
    for end in range(1, len(path)):
        within = tool.arguments.get(general(path[:end]))
        if within and within.longest is not None and _number(path[end]) >= within.longest:
            return True
    return False


def _is_in_each(path: Sequence[str], tool: ToolFacts) -> bool:
    within = tool.arguments.get(general(path[:-1]))
    if within is not None and within.kind == "array":
        return _number(path[-1]) < within.shortest
    return general(path) in tool.required


def _number(name: str) -> int:
    """Read an index; -1 for what is none."""
    return int(name[:20]) if _INDEX.fullmatch(name) else -1


def is_open(condition: Condition, argument: ToolArgument) -> bool:
    """Whether the answer may hang on texts that are not among the witnesses."""
    return condition.op is Op.REGEX and argument.kind == "string" and not argument.choices


def differs(condition: Condition, tool: ToolFacts, argument: ToolArgument, proofs: Proofs) -> bool:
    """Say whether there is an argument of which the comparison is true, and one of which it is false."""
    check = check_of(condition)
    answers = {check(value) for value in _values(condition.path, [condition], [], tool, argument)}
    if len(answers) > 1 or not is_open(condition, argument):
        return len(answers) > 1 and not _is_named_in_vain(condition, argument, proofs)
    return proofs.said_of(str(condition.value), condition.path, argument) is None


def _is_named_in_vain(condition: Condition, argument: ToolArgument, proofs: Proofs) -> bool:
    """Whether a text is named that the argument cannot be, or have in it: an address with a blank for instance."""
    value = condition.value
    values = value if isinstance(value, tuple) and condition.op in {Op.IN, Op.NOT_IN} else (value,)
    form = _NAMED_IN.get(condition.op)
    if form is None or argument.kind != "string" or argument.choices or argument.form is TextForm.MOBILE:
        return False
    texts = [str(comparable(condition.path, each)) for each in values if isinstance(each, str)]
    if condition.op is Op.CONTAINS:
        texts = [each for each in values if isinstance(each, str)]
    return max(map(len, texts), default=0) <= _MOST_REPEATED and all(
        proofs.said_of(form.format(re.escape(each)), condition.path, argument) is False for each in texts
    )


def passes(require: Iterable[Condition], deny: Iterable[Condition], tool: ToolFacts) -> bool:
    """Say whether some value at their (one) path meets all of `require` and none of `deny`."""
    wanted, refused = list(require), list(deny)
    first = (*wanted, *refused)[0]
    argument = tool.arguments[general(first.path)]
    values = _values(first.path, wanted, refused, tool, argument)
    few = any(each.op in {Op.EQ, Op.IN} for each in wanted)  # then all that can pass are among the witnesses
    must = [check_of(each) for each in wanted if few or not is_open(each, argument)]
    must_not = [check_of(each) for each in refused if few or not is_open(each, argument)]
    if not is_always_there(first.path, tool):
        values = [MISSING, *values]
    return any(all(check(value) for check in must) and not any(check(value) for check in must_not) for value in values)


def _values(
    path: Sequence[str],
    wanted: Sequence[Condition],
    refused: Sequence[Condition],
    tool: ToolFacts,
    argument: ToolArgument,
) -> list[object]:
    named = list(_named([*wanted, *refused]))
    parts = [condition.value for condition in wanted if condition.op is Op.CONTAINS]
    match argument.kind:
        case "boolean":
            return [True, False]
        case "string":
            found: list[object] = [*argument.choices] or _texts(parts, named, argument)
            found += _letters([*wanted, *refused])
        case "integer" | "number":
            found = list(_numbers(named, argument))
        case "array":
            found = _lists(parts, named, tool.arguments.get(f"{general(path)}.{ELEMENT}"))
        case _:
            found = [{}]
    return [comparable(path, value) for value in found if _fits(value, argument)]


def _letters(conditions: Iterable[Condition]) -> Iterator[str]:
    """Give each letter of the patterns, and the next to it: without anchors they tell whether all texts have it."""
    patterns = [str(condition.value) for condition in conditions if condition.op is Op.REGEX]
    for letter in dict.fromkeys("".join(patterns)):
        yield from (letter, letter.swapcase())
        if " " < letter < "\x7f":
            yield from (chr(ord(letter) - 1), chr(ord(letter) + 1))


def _named(conditions: Iterable[Condition]) -> Iterator[JsonValue]:
    """Every value that a comparison names; of a list each element too."""
    for condition in conditions:
        yield condition.value
        if isinstance(condition.value, tuple):
            yield from condition.value


def _texts(parts: Sequence[JsonValue], named: Sequence[JsonValue], argument: ToolArgument) -> list[object]:
    """Give texts with all `parts` in them, what is `named`, and others."""
    texts = [value for value in named if isinstance(value, str)]
    looked_for = [part for part in parts if isinstance(part, str)]
    other = next(letter for letter in map(chr, range(0x4E00, 0x9FFF)) if not any(letter in text for text in texts))
    apart = other.join(looked_for)
    length = argument.shortest if argument.longest is None else min(argument.longest, _MOST_REPEATED)
    some = [*_SOME_MOBILES, *_SOME_TEXTS] if argument.form is TextForm.MOBILE else _SOME_TEXTS
    repeated = [other * max(1, argument.shortest), other * max(1, length)]
    return ["", *texts, "".join(looked_for), apart, other + apart, apart + other, *repeated, *some]


def _numbers(named: Iterable[JsonValue], argument: ToolArgument) -> Iterator[int | float]:
    ends = [end for end in (argument.least, argument.most) if end is not None]
    for number in (0, *ends, *(value for value in named if isinstance(value, int | float))):
        whole = math.floor(number)
        yield from (number, whole - 1, whole, whole + 1, whole + 2)
        if argument.kind == "number":
            yield from (number - 0.5, number + 0.5)


def _lists(parts: Sequence[JsonValue], named: Sequence[JsonValue], element: ToolArgument | None) -> list[object]:
    """Give lists with all `parts` in them, what is `named`, and others."""
    element = ToolArgument(kind="") if element is None else element
    looked_for = [part for part in parts if _fits(part, element)]
    items = [value for value in named if not isinstance(value, tuple) and _fits(value, element)]
    texts = [str(item) for item in items]
    some = _texts([], texts, element) if element.kind == "string" else [{}]
    others = [value for value in some if _fits(value, element) and value not in items][-1:]
    whole = [list(value) for value in named if isinstance(value, tuple) and all(_fits(item, element) for item in value)]
    return [[], *whole, *([item] for item in items), items, looked_for, [*looked_for, *others], others]


def _fits(value: object, argument: ToolArgument) -> bool:
    """Whether the argument can have this value."""
    match argument.kind:
        case "boolean":
            return isinstance(value, bool)
        case "string":
            known = not argument.choices or value in argument.choices
            return isinstance(value, str) and known and _is_taken(value, argument)
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


def _is_taken(value: str, argument: ToolArgument) -> bool:
    if _CONTROL.search(value) or not _within(len(value), argument.shortest, argument.longest):
        return False
    match argument.form:
        case TextForm.ANY:
            return True
        case TextForm.SHOWN:
            return not is_blank(value)
        case TextForm.MOBILE:
            return mobile_of(value) is not None
        case TextForm.PERSON:
            return names_one(user_id_of(value))


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
