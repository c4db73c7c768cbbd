"""Every sentence a person can see exists in both languages, fits its arguments, and is used."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from tests.support.catalogs import catalogs
from tray_app.core.kernel.texts import Language

ROOT = Path(__file__).parents[2]
AREAS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "assets" / "texts").glob("*.toml")
}
ENTRIES = {f"{area}.{name}": said for area, entries in AREAS.items() for name, said in entries.items()}


OWN = "_for_owner"  # what the owner reads in the place of the entry of that name, which agents read
TO_AGENTS = (
    re.compile(
        r"[Dd]o not (?:retry|call|send (?:it )?again)|[Tt]ell the user|机主|请勿(?:重试|再次|重复|重新)|告知用户"
    ),
    re.compile(r"\b[Tt]he owner\b(?! or an admin of the group)|\bdingtalk_(?:delivery|status)"),
)
ONLY_AGENTS = {"connect.lost_hint", "follow_ups.to_agent", "desk.configure_how_hint", "message.everybody_hint"}
ONLY_THE_GROUP = {"message.more_on_page", "outbox.digest_why", "outbox.digest_more"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One `text(key, …)` in the code: where, the keys it can mean, and its arguments (None: not known from here)."""

    where: str
    pattern: str
    args: frozenset[str] | None


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def plain(template: str) -> bool:
    """Say whether the catalogue can fill this: names only, no formats, no positions."""
    parsed = list(Formatter().parse(template))
    return all(name is None or (name.isidentifier() and not spec and not how) for _, name, spec, how in parsed)


def sources() -> list[Path]:
    return sorted((ROOT / "tray_app").rglob("*.py"))


def pattern_of(node: ast.expr) -> str | None:
    """Give a regular expression of what a string expression can be, or None where the code does not say."""
    match node:
        case ast.Constant(value=str(value)):
            return re.escape(value)
        case ast.JoinedStr(values=parts):
            return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)
        case ast.IfExp(body=body, orelse=other):
            either = [pattern for pattern in (pattern_of(body), pattern_of(other)) if pattern is not None]
            return "(?:" + "|".join(either) + ")" if either else None
        case _:
            return None


def uses() -> Iterator[Use]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text" and node.args:
                pattern = pattern_of(node.args[0])
                names = [keyword.arg for keyword in node.keywords]
                known = None if None in names else frozenset(name for name in names if name is not None)
                if pattern is not None:
                    yield Use(where=f"{path.relative_to(ROOT)}:{node.lineno}", pattern=pattern, args=known)


def mentioned() -> list[str]:
    """Give a regular expression for every string of the code and every quoted word of the page templates."""
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found += [pattern_of(node) or ""] if isinstance(node, ast.Constant | ast.JoinedStr) else []
    for path in (ROOT / "assets" / "pages").rglob("*.*"):
        if path.suffix in {".html", ".jinja", ".j2", ".js"}:
            found += [re.escape(word) for word in re.findall(r"[\w.]+", path.read_text(encoding="utf-8"))]
    return [pattern for pattern in set(found) if pattern and not pattern.startswith(".+")]


def literal(pattern: str) -> str | None:
    """Give the only string that a pattern means, or None: comparing is quicker than some million matches."""
    name = re.sub(r"\\(.)", r"\1", pattern)
    return name if re.escape(name) == pattern else None


def matching(pattern: str) -> list[str]:
    """Give the entries that a pattern can mean; most are one name as it is."""
    name = literal(pattern)
    if name is not None:
        return [name] if name in ENTRIES else []
    return [key for key in ENTRIES if re.fullmatch(pattern, key)]


def test_the_texts_are_found() -> None:
    assert {"message", "menu"} <= AREAS.keys()


def test_an_entry_says_the_same_in_both_languages() -> None:
    faults = [
        key for key, said in ENTRIES.items() if set(said) != {"en", "zh"} or not all(map(str.strip, said.values()))
    ]
    assert faults == []
    assert [key for key, said in ENTRIES.items() if placeholders(said["en"]) != placeholders(said["zh"])] == []


def test_a_placeholder_is_a_plain_name() -> None:
    assert [key for key, said in ENTRIES.items() if not all(map(plain, said.values()))] == []


def test_every_text_in_the_code_exists_and_gets_its_arguments() -> None:
    faults = []
    for use in uses():
        keys = matching(use.pattern)
        if not keys:
            faults.append(f"{use.where}: no entry like {use.pattern}")
        exact = len(keys) == 1 and use.args is not None
        if exact and use.args is not None and not placeholders(ENTRIES[keys[0]]["en"]) <= use.args:
            faults.append(f"{use.where}: {keys[0]} needs {sorted(placeholders(ENTRIES[keys[0]]['en']) - use.args)}")
    assert "\n".join(faults) == ""


def test_no_entry_is_left_over() -> None:
    every = mentioned()
    words = {literal(pattern) for pattern in every}
    others = [re.compile(pattern) for pattern in every if literal(pattern) is None]
    unused = [
        key
        for key in ENTRIES
        if not (key.endswith(OWN) and key.removesuffix(OWN) in ENTRIES)
        and words.isdisjoint(either := (key, key.partition(".")[2]))
        and not any(one.fullmatch(name) for one in others for name in either)
    ]
    assert "\n".join(unused) == ""


def test_words_for_agents_never_reach_the_owner() -> None:
    for language in Language:
        agents = catalogs()[language]
        owner = agents.for_owner()
        entries = owner.entries
        said = {key: entries.get(key + OWN, entries[key]) for key in entries if not key.startswith("tools.")}
        assert [
            key
            for key, words in said.items()
            if any(form.search(words) for form in TO_AGENTS) and key not in ONLY_AGENTS | ONLY_THE_GROUP
        ] == []
        assert agents("outbox.paused_hint") != owner("outbox.paused_hint")


def test_the_owner_reads_the_same_facts() -> None:
    own = {key: said for key, said in ENTRIES.items() if key.endswith(OWN)}
    assert [key for key in own if key.removesuffix(OWN) not in ENTRIES] == []
    more = [
        key for key in own if not placeholders(own[key]["en"]) <= placeholders(ENTRIES[key.removesuffix(OWN)]["en"])
    ]
    assert more == []
