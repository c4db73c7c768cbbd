"""How single values of `policy.json` are read: each reader gives a value, and notes where there is none to use."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from tray_app.core.json_nodes import Node
from tray_app.core.policy_faults import Findings
from tray_app.core.texts import text

MAX_WORDS_CHARS = 2_000
MOST_ELEMENTS = 100
_LONGEST_SHOWN = 60
Choice = TypeVar("Choice", bound=StrEnum)


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


def choice(node: Node | None, kind: type[Choice], usual: Choice, findings: Findings) -> Choice:
    """Read one of the words of an enumeration, or give the usual one."""
    return one_of(node, kind, findings) or usual


def one_of(node: Node | None, kind: type[Choice], findings: Findings) -> Choice | None:
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
