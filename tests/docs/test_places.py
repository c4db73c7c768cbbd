"""What the documents for developers name is there: each path, and in the guides each name of the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTES = sorted((ROOT / "docs" / "decisions").glob("*.md"))
FOLDERS = [ROOT, ROOT / "tray_app", ROOT / "assets"]  # a path may begin at any of these
QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH = re.compile(r"[\w*.{},-]*(?:/[\w*.{},-]*)+|[\w*-]+\.(?:py|md|js|html|css)")
FOREIGN = {"tools/list", "subscriptions/listen", ".claude/settings.local.json"}  # other programs' words
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")


def quoted(document: Path) -> list[str]:
    return QUOTED.findall(document.read_text(encoding="utf-8"))


def paths(document: Path) -> list[str]:
    """Give what reads as a path of this repository; what begins with a slash is an address of the app."""
    found = [word for word in quoted(document) if PATH.fullmatch(word) and word not in FOREIGN]
    return [word for word in found if not word.startswith("/")]


def is_there(path: str) -> bool:
    """Say whether the path is there, `AREA` and the like standing for any name."""
    places = [path] if path.isupper() else [PLACEHOLDER.sub("*", path), path]
    bare = "/" not in path
    return any(
        any(folder.glob(("tray_app/**/" if bare else "") + place)) for folder in FOLDERS for place in places
    ) or (bare and any(ROOT.glob(path)))


@pytest.mark.parametrize("document", NOTES, ids=[note.stem for note in NOTES])
def test_every_path_in_a_note_is_there(document: Path) -> None:
    assert [path for path in paths(document) if not is_there(path)] == []


def test_the_index_names_every_note_once() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", index)) == [note.name for note in NOTES if note.name != "README.md"]
