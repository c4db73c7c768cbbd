"""The READMEs say the same in both languages, and what the documents point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
IMAGE = re.compile(r'<img[^>]* src="(?!https?:)([^"]+)"')
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "packaging" / "README.md"])


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def headings(text: str) -> list[int]:
    """Give the level of each heading outside code."""
    return [len(marks) for marks in HEADING.findall(FENCE.sub("", text))]


def commands(text: str) -> list[list[str]]:
    """Give each block of code without its remarks, which are translated."""
    blocks = [re.sub(r"\s+#.*$|^#.*$", "", block, flags=re.MULTILINE) for block in FENCE.findall(text)]
    return [[line.rstrip() for line in block.splitlines() if line.strip()] for block in blocks]


def test_both_readmes_have_the_same_parts() -> None:
    assert headings(read("README.md")) == headings(read("README.zh-CN.md")) != []


def test_both_readmes_give_the_same_commands() -> None:
    assert commands(read("README.md")) == commands(read("README.zh-CN.md")) != []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_two_commands_come_first(name: str) -> None:
    first = commands(read(name))[0]
    assert [line.split()[-2:] for line in first if "dev.py" in line][:2] == [["dev.py", "demo"], ["dev.py", "test"]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [*LINK.findall(text), *IMAGE.findall(text)]
    assert [target for target in targets if not (document.parent / target).exists()] == []
