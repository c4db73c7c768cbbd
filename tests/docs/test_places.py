"""What the documents for developers name is there: each path, and in the guides each name of the code."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTES = sorted((ROOT / "docs" / "decisions").glob("*.md"))
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]
FOLDERS = [ROOT, ROOT / "tray_app", ROOT / "assets"]  # a path may begin at any of these
SOURCES = [*(ROOT / "tray_app").rglob("*.py"), *(ROOT / "tests" / "support").rglob("*.py"), ROOT / "dev.py"]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w*.-]*(?:/[\w*.-]*)+|[\w*-]+\.(?:py|md|js|html|css|toml|json|lock|txt)")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
MEMBER = re.compile(r"[A-Z]\w*[a-z]\w*\.[a-z_]\w*")
PLACEHOLDER = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])")
FOREIGN = {  # other programs' words, and files that are made where the app runs
    *("tools/list", "subscriptions/listen", ".claude/settings.local.json", ".claude.json", ".mcp.json"),
    *(
        "settings.toml",
        "policy.json",
        "endpoint.json",
        "connect.json",
        "pause.json",
        "pause.spare.json",
        "history.lock",
        "not-serving.json",
        "uv.lock",
        "pylock.toml",
    ),
}
WORDS = {"python", "python3", "py", "en", "zh", "match", "noqa", "unittest.mock", "msgUuid", "_ms", "assert_never"}


def quoted(document: Path) -> list[str]:
    return QUOTED.findall(FENCE.sub("", document.read_text(encoding="utf-8")))


def paths(document: Path) -> list[str]:
    """Give what reads as a path of this repository; what begins with a slash is an address of the app."""
    found = [word for word in quoted(document) if PATH.fullmatch(word) and word not in FOREIGN]
    return [word for word in found if not word.startswith("/")]


def is_there(path: str) -> bool:
    """Say whether the path is there, `AREA` and the like standing for any name; `dev.py` makes `.dev` and `build`."""
    if path.startswith((".dev/", "build/")):
        return True
    places = {path, PLACEHOLDER.sub("*", path)}
    within = "" if "/" in path else "**/"
    return any(any(folder.glob(within + place)) for folder in FOLDERS[1:] for place in places) or any(
        any(ROOT.glob(place)) for place in places
    )


@cache
def defined() -> Mapping[str, frozenset[str]]:
    """Give every module, class, function and constant with the names within it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        owner = path.parent.name if path.stem == "__init__" else path.stem
        for name, within in named(ast.parse(path.read_text(encoding="utf-8")).body, owner):
            found[name] |= within
    return {name: frozenset(within) for name, within in found.items()}


def named(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, set[str]]]:
    """Give `owner` with what its body defines, and each of these with what is within."""
    inside: set[str] = set()
    for node in body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                inside.add(name)
                yield name, set()
                if isinstance(node, ast.ClassDef):
                    yield from named(node.body, name)
                    yield name, set(own(node))
            case ast.Assign(targets=targets):
                inside |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                inside.add(name)
    yield from ((name, set()) for name in inside)
    yield owner, inside


def own(node: ast.ClassDef) -> Iterator[str]:
    """Give each `self.something` of a class."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self":
            yield each.attr


def is_known(name: str) -> bool:
    """Say whether a name is defined: alone anywhere, `Owner.member` where such an owner has such a member."""
    if name in WORDS:
        return True
    *owners, last = name.removesuffix("()").split(".")
    if not owners:
        return last in defined() or any(last in within for within in defined().values())
    return last in defined().get(owners[-1], frozenset())


@pytest.mark.parametrize("document", [*GUIDES, *NOTES], ids=lambda path: path.stem)
def test_every_path_is_there(document: Path) -> None:
    assert [path for path in paths(document) if not is_there(path)] == []


@pytest.mark.parametrize("document", NOTES, ids=lambda path: path.stem)
def test_every_member_of_a_class_in_a_note_is_there(document: Path) -> None:
    assert [name for name in quoted(document) if MEMBER.fullmatch(name) and not is_known(name)] == []


@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.stem)
def test_every_name_of_the_code_is_there(document: Path) -> None:
    names = [
        word for word in quoted(document) if NAME.fullmatch(word) and not PATH.fullmatch(word) and word not in FOREIGN
    ]
    assert names
    assert [name for name in names if not is_known(name)] == []


def test_a_name_that_is_gone_would_be_found() -> None:
    assert is_known("Hub.look")
    assert is_known("core.policy.evaluate.decide_by")
    assert not is_known("Hub.stare")
    assert not is_known("Gate")
    assert is_there("core/policy/")
    assert not is_there("core/menu.py")


@pytest.mark.parametrize("package", ["tray_app.core", "tray_app.services"])
def test_the_picture_of_the_levels_is_the_contract(package: str) -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = data["tool"]["importlinter"]["contracts"]
    (levels,) = (each["layers"] for each in contracts if each.get("containers") == [package])
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^ {8,}(\d+)  ((?:\w+ *)+)$", page, flags=re.MULTILINE)
    for number, level in enumerate(reversed(levels), start=1):
        assert (str(number), sorted(level.split(" | "))) in [(at, sorted(names.split())) for at, names in drawn]


def test_the_index_names_every_note_once() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", index)) == [note.name for note in NOTES if note.name != "README.md"]
