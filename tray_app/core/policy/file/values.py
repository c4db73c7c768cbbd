"""The values and limits of a policy file, each read strictly."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from tray_app.core.jsontext.spans import Node
from tray_app.core.kernel.texts import text
from tray_app.core.policy.file.findings import Findings
from tray_app.core.policy.model import LONGEST_WINDOW_MS, SECOND_MS, WINDOWS_MS, Limit, LimitScope

MAX_WORDS_CHARS = 2_000
MOST_ELEMENTS = 100
_LONGEST_SHOWN = 60
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


def members(node: Node, known: Iterable[str], findings: Findings) -> Mapping[str, Node]:
    """Read an object's members by name; unknown and repeated ones are noted."""
    names, found = list(known), dict[str, Node]()
    if not node.is_object:
        findings.add(node.at, text("policy.want_object"))
    for member in node if node.is_object else ():
        if member.key in found:
            findings.add(member.begin, text("policy.twice", key=name_shown(member.key)))
        elif member.key in names:
            found[member.key] = member
        else:
            add_unknown(member.begin, member.key, names, findings, what="key")
    return found


def elements(node: Node, findings: Findings) -> tuple[Node, ...]:
    """Read a list's elements; one that is too long has none."""
    found = tuple(node) if node.is_list else ()
    if not node.is_list:
        findings.add(node.at, text("policy.want_list"))
    elif len(found) > MOST_ELEMENTS:
        findings.add(node.at, text("policy.too_many", most=MOST_ELEMENTS))
        return ()
    return found


def require(node: Node, found: Mapping[str, Node], *names: str, findings: Findings) -> None:
    """Note the members that are missing, at the object's own place."""
    for name in names:
        if node.is_object and name not in found:
            findings.add(node.at, text("policy.missing", key=name))


def choice(node: Node | None, kind: type[ChoiceT], usual: ChoiceT, findings: Findings) -> ChoiceT:
    """Read one of the words of an enumeration, or give the usual one."""
    return one_of(node, kind, findings) or usual


def one_of(node: Node | None, kind: type[ChoiceT], findings: Findings) -> ChoiceT | None:
    """Read one of the words of an enumeration; None where there is none."""
    value = None if node is None else node.value()
    if isinstance(value, str) and value in set(kind):
        return kind(value)
    if node is not None:
        findings.add(node.at, text("policy.want_choice", choices=", ".join(f'"{word}"' for word in kind)))
    return None


def words(node: Node | None, findings: Findings) -> str:
    """Read a text for people."""
    value = "" if node is None else node.value()
    if isinstance(value, str) and len(value) <= MAX_WORDS_CHARS and is_sound(value):
        return value
    if node is not None:
        findings.add(node.at, text("policy.want_words", most=MAX_WORDS_CHARS))
    return ""


def whole(node: Node | None, least: int, most: int, findings: Findings) -> int:
    """Read a whole number within these bounds."""
    value = least if node is None else node.value()
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    if node is not None:
        findings.add(node.at, text("policy.want_whole", least=least, most=most))
    return least


def add_unknown(at: int, name: str, known: Collection[str], findings: Findings, *, what: str) -> None:
    """Note a name that nothing has, with the nearest one that something has. `what`: key, tool or argument."""
    if findings.full:
        return  # 40,000 wrong names would take seconds to compare
    near = near_name(name, known)
    if near is not None:
        findings.add(at, text(f"policy.unknown_{what}_near", name=name_shown(name), near=near))
    else:
        said = ", ".join(sorted(known)) or "-"
        findings.add(at, text(f"policy.unknown_{what}", name=name_shown(name), known=said))


def near_name(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that is most like this one."""
    lower = {right.lower(): right for right in sorted(known)}
    near = get_close_matches(name[:_LONGEST_SHOWN].lower(), list(lower), n=1)
    return lower[near[0]] if near else None


def name_shown(name: str) -> str:
    """A name as an error may repeat it: on one line, and short."""
    short = name if len(name) <= _LONGEST_SHOWN else name[: _LONGEST_SHOWN - 1] + "…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)


def is_sound(value: str) -> bool:
    """Whether a text can be written: JSON may hold half of a surrogate pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


MAX_CALLS = 1_000_000
MAX_COUNTER_CHARS = 128
_LIMIT = ("counter", "window", "max", "scope")
_RATE = ("max", "window")


def read_limits(listed: Node | None, rate: Node | None, *, rate_counter: str, findings: Findings) -> tuple[Limit, ...]:
    """Read `limits`, and `rate_limit` as one more at their end; two that count the same are noted."""
    limits: list[Limit] = []
    seen: dict[tuple[str, int, LimitScope], Node] = {}
    nodes = () if listed is None else elements(listed, findings)
    for node in nodes if rate is None else (*nodes, rate):
        limit = _rate_limit(node, rate_counter, findings) if node is rate else _limit(node, findings)
        key = (limit.counter, limit.window_ms, limit.scope)
        if limit.window_ms and key in seen:
            line = findings.line(seen[key].at)
            findings.add(node.at, text("policy.same_limit", counter=limit.counter, line=line))
        seen[key] = node
        limits.append(limit)
    return tuple(limits)


def _limit(node: Node, findings: Findings) -> Limit:
    found = members(node, _LIMIT, findings)
    require(node, found, "counter", "window", "max", findings=findings)
    return Limit(
        counter=_counter(found.get("counter"), findings),
        window_ms=_window_ms(found.get("window"), findings),
        most=whole(found.get("max"), 1, MAX_CALLS, findings),
        scope=choice(found.get("scope"), LimitScope, LimitScope.GRANT, findings),
    )


def _rate_limit(node: Node, counter: str, findings: Findings) -> Limit:
    found = members(node, _RATE, findings)
    require(node, found, *_RATE, findings=findings)
    most = whole(found.get("max"), 1, MAX_CALLS, findings)
    return Limit(counter=counter, window_ms=_window_ms(found.get("window"), findings), most=most)


def _counter(node: Node | None, findings: Findings) -> str:
    value = None if node is None else node.value()
    if isinstance(value, str) and value.strip() and len(value) <= MAX_COUNTER_CHARS and is_sound(value):
        return value
    if node is not None:
        findings.add(node.at, text("policy.want_counter", most=MAX_COUNTER_CHARS))
    return ""


def _window_ms(node: Node | None, findings: Findings) -> int:
    """Read a window; 0 where there is none that could be used."""
    value = None if node is None else node.value()
    if isinstance(value, str) and value in WINDOWS_MS:
        return WINDOWS_MS[value]
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_WINDOW_MS // SECOND_MS:
        return value * SECOND_MS
    if node is not None:
        findings.add(node.at, text("policy.want_window", most=LONGEST_WINDOW_MS // SECOND_MS))
    return 0
