"""The conditions of a policy file, and the arguments they speak of."""

import math
import re

from tray_app.core.jsontext.spans import Node
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.file.findings import Findings
from tray_app.core.policy.file.values import add_unknown, elements, is_sound, members, one_of, require, words
from tray_app.core.policy.file.witnesses import differs, general, is_always_there, is_never_there
from tray_app.core.policy.matching.reach import Proofs
from tray_app.core.policy.model import ELEMENT, Condition, JsonValue, Op, ToolFacts
from tray_app.core.policy.patterns import MAX_PATTERN_CHARS, BadPattern, compiled

_PART = re.compile(r"\\.|.", re.DOTALL)
_OTHERWISE = frozenset(rf"\{letter}" for letter in "bBdDsSwW")
_KEYS = ("path", "op", "value", "reason")
_ROOT = "args"


class _Wrong(Exception):
    """A value does not fit its comparison; `want` says what would, or what would come of it; None: that is said."""

    def __init__(self, want: Text | None) -> None:
        super().__init__("" if want is None else want.key)
        self.want = want


def read_conditions(node: Node | None, tool: ToolFacts, findings: Findings) -> tuple[tuple[Condition, Node], ...]:
    """Read a list of them, each with its place."""
    nodes = () if node is None else elements(node, findings)
    return tuple((_condition(item, tool, findings), item) for item in nodes)


def _condition(node: Node, tool: ToolFacts, findings: Findings) -> Condition:
    found = members(node, _KEYS, findings)
    require(node, found, "path", "op", findings=findings)
    op = one_of(found.get("op"), Op, findings)
    if op is not Op.EXISTS:
        require(node, found, "value", findings=findings)
    path = _path(found.get("path"), tool, findings)
    reason = words(found.get("reason"), findings)
    try:
        value = _given(op, found.get("value"))
    except _Wrong as wrong:
        if wrong.want is not None:
            findings.add(found["value"].at, wrong.want)
        return Condition(path=(), op=Op.EXISTS, value=None, reason=reason)  # like no other
    condition = Condition(path=path, op=op or Op.EXISTS, value=value, reason=reason)
    if op is Op.REGEX and isinstance(value, str) and _is_narrow(value):
        findings.add(found["value"].at, text("policy.as_re2"), remark=True)
    pointless = _pointless(condition, tool, findings.proofs)
    if pointless is not None:
        findings.add(node.at, pointless, idle=True)
    return condition


def _pointless(condition: Condition, tool: ToolFacts, proofs: Proofs) -> Text | None:
    """Say why a condition says the same about every call, if it does."""
    path, op = condition.path, condition.op
    argument, name = tool.arguments.get(general(path)), f"{_ROOT}.{'.'.join(path)}"
    if is_never_there(path, tool):
        return text("policy.never_there", name=name)
    if op is Op.EXISTS:
        always = argument is not None and is_always_there(path, tool)
        return text("policy.always_there", name=name) if always else None
    if argument is None or differs(condition, tool, argument, proofs):
        return None
    if op is Op.REGEX and argument.kind == "string" and not argument.choices:
        all_have_it = proofs.said_of(str(condition.value), path, argument)
        return text("policy.matches_everything") if all_have_it else text("policy.matches_nothing", name=name)
    if argument.choices:
        return text("policy.wrong_choice", name=name, choices=", ".join(argument.choices))
    if _is_of(condition, argument.kind):
        return text("policy.out_of_bounds", name=name)
    return text("policy.wrong_kind", name=name, kind=text(f"policy.kind_{argument.kind}"))


def _is_of(condition: Condition, kind: str) -> bool:
    """Whether a value is of the argument's kind, though none that it can have."""
    listed = condition.op in {Op.IN, Op.NOT_IN} and isinstance(condition.value, tuple)
    kinds = {"string": str, "integer": int | float, "number": int | float, "array": tuple}
    values = condition.value if listed and isinstance(condition.value, tuple) else (condition.value,)
    return kind in kinds and any(isinstance(each, kinds[kind]) and not isinstance(each, bool) for each in values)


def _path(node: Node | None, tool: ToolFacts, findings: Findings) -> tuple[str, ...]:
    value = None if node is None else node.value()
    if node is None:
        return ()
    first, *rest = value.split(".") if isinstance(value, str) else [""]
    if first != _ROOT or not rest or not all(rest):
        findings.add(node.at, text("policy.want_path"))
        return ()
    if general(rest) not in tool.arguments or ELEMENT in rest:
        known = {f"{_ROOT}.{name.replace(ELEMENT, '0')}" for name in tool.arguments}
        add_unknown(node.at, str(value), known, findings, what="argument")
    return tuple(rest)


def _given(op: Op | None, node: Node | None) -> JsonValue:
    """Read the value. Raises _Wrong, without words where the fault is that something is missing."""
    if op is None or (node is None and op is not Op.EXISTS):
        raise _Wrong(None)
    return True if node is None else _read_value(op, node.value())


def _read_value(op: Op, value: object) -> JsonValue:
    match op:
        case Op.EQ | Op.NEQ:
            return _list(value) if isinstance(value, list) else _scalar(value, "policy.want_comparable")
        case Op.IN | Op.NOT_IN:
            return _choices(op, value)
        case Op.LT | Op.LTE | Op.GT | Op.GTE:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _Wrong(text("policy.want_number"))
            return _scalar(value, "policy.want_number")
        case Op.REGEX:
            return _pattern(value)
        case Op.CONTAINS:
            if value == "":
                raise _Wrong(text("policy.contains_nothing"))
            return _scalar(value, "policy.want_scalar")
        case Op.EXISTS:
            if not isinstance(value, bool):
                raise _Wrong(text("policy.want_flag"))
            return value


def _choices(op: Op, value: object) -> tuple[JsonValue, ...]:
    if not isinstance(value, list):
        raise _Wrong(text("policy.want_list"))
    if not value:
        raise _Wrong(text("policy.never_in" if op is Op.IN else "policy.always_not_in"))
    return _list(value)


def _list(value: list[object]) -> tuple[JsonValue, ...]:
    return tuple(_scalar(item, "policy.want_scalars") for item in value)


def _scalar(value: object, want: str) -> str | int | float | bool | None:
    usable = value is None or isinstance(value, bool | int | str)
    if isinstance(value, str):
        usable = is_sound(value)
    if isinstance(value, float):
        usable = math.isfinite(value)
    if not usable or not isinstance(value, str | int | float | bool | None):
        raise _Wrong(Text(want))
    return value


def _is_narrow(pattern: str) -> bool:
    """Whether other engines find more texts by it: of all letters, and before a last line end."""
    in_class = False
    for part in _PART.findall(pattern):
        if part in _OTHERWISE or (part == "$" and not in_class):
            return True
        in_class = part == "[" or (in_class and part != "]")
    return False


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not is_sound(value):
        raise _Wrong(text("policy.want_pattern"))
    if not value:
        raise _Wrong(text("policy.matches_everything"))
    try:
        compiled(value)
    except BadPattern as bad:
        want = text("policy.big_pattern", most=MAX_PATTERN_CHARS) if not bad.why else None
        raise _Wrong(want or text("policy.bad_pattern", why=bad.why)) from None
    return value
