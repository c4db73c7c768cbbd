"""A page in two languages has the same parts, code and names in both; each leads to the other, links to headings."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.test_glossary import TERMS
from tests.docs.test_readme import DOCUMENTS, FENCE, commands, headings
from tests.support.catalogs import catalogs
from tray_app.core.kernel.texts import Language

ROOT = Path(__file__).parents[2]
CHINESE = [ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.zh-CN.md"))]
FOR_BOTH = {
    *("notices", "policy-cookbook", "approvals", "robots", "clients"),
    *("redaction", "privacy", "questions", "remote", "policy", "claude-code"),
}
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
OTHERS_WORDS = ("AppIndicator and KStatusNotifierItem Support", "(2) …", "在此项目中不再询问 `npm test`")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def in_english(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh-CN", ""))


def prose(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def anchors(page: Path) -> set[str]:
    """The names by which a forge lets links meet the page's headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in HEADING.findall(prose(page)))
    return {heading.replace(" ", "-") for heading in plain}


def targets(page: Path) -> Counter[str]:
    """Where a page's links lead, the language aside."""
    found = (file.replace(".zh-CN", "") for file, _ in LINK.findall(prose(page)))
    return Counter(file for file in found if file != in_english(page).name)


def rows(page: Path) -> int:
    return sum(line.startswith("|") for line in prose(page).splitlines())


@pytest.mark.parametrize("page", CHINESE, ids=lambda path: path.name)
def test_both_versions_have_the_same_parts_rows_and_links(page: Path) -> None:
    english = in_english(page)
    assert headings(text_of(page)) == headings(text_of(english)) != []
    assert rows(page) == rows(english)
    assert {file.partition("/")[0] for file in targets(page)} == {file.partition("/")[0] for file in targets(english)}
    if page.parent != ROOT:
        assert targets(page) == targets(english)


@pytest.mark.parametrize("page", CHINESE[1:], ids=lambda path: path.name)
def test_both_versions_give_the_same_commands_settings_and_names(page: Path) -> None:
    english = in_english(page)
    assert commands(text_of(page)) == commands(text_of(english))
    assert sorted(CODE.findall(prose(page))) == sorted(CODE.findall(prose(english)))


@pytest.mark.parametrize("page", CHINESE, ids=lambda path: path.name)
def test_each_version_leads_to_the_other_and_chinese_leads_to_chinese(page: Path) -> None:
    english = in_english(page)
    assert f"\n\n[English]({english.name})\n" in text_of(page)
    assert f"\n\n[中文]({page.name})\n" in text_of(english)
    there = {file for file, _ in LINK.findall(prose(page)) if file != english.name}
    passed_by = [file for file in there if (page.parent / file.replace(".md", ".zh-CN.md")).exists()]
    assert [file for file in passed_by if file.endswith(".md") and ".zh-CN" not in file] == []


@pytest.mark.parametrize("page", CHINESE[1:], ids=lambda path: path.name)
def test_the_chinese_says_nin_and_quotes_the_apps_own_words(page: Path) -> None:
    assert re.findall(r"你们?|机主(?!动)", prose(page)) == []
    shown = catalogs()[Language.ZH].entries.values()
    quoted = [words for words in re.findall(r"“([^“”]+)”", prose(page)) if words not in OTHERS_WORDS]
    parts = [part.strip().rstrip("…") for words in quoted for part in words.split("›")]
    assert [part for part in parts if not any(part in said for said in shown)] == []


@pytest.mark.parametrize("page", CHINESE, ids=lambda path: path.name)
def test_the_chinese_has_the_words_of_the_glossary(page: Path) -> None:
    said = prose(page)
    for other_thing in ("许可证", "的对话框", "没有对话框"):  # a licence, and a terminal's dialogs
        said = said.replace(other_thing, "")
    others = {other for term, _, others in TERMS if term not in {"agent", "proxy"} for other in others}
    assert sorted(other for other in others if other in said) == []
    assert re.findall(r"\btokens?\b", CODE.sub("", said)) == []  # what is counted is a Token; who calls shows a 令牌


def test_what_users_read_is_there_in_both_languages() -> None:
    assert {page.name.removesuffix(".zh-CN.md") for page in CHINESE[1:]} >= FOR_BOTH


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_to_a_heading_meets_one(page: Path) -> None:
    aims = [(page.parent / file if file else page, anchor) for file, anchor in LINK.findall(prose(page)) if anchor]
    assert [anchor for aim, anchor in aims if aim.suffix == ".md" and anchor not in anchors(aim)] == []
