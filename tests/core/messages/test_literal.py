"""A foreign value reads as itself in markdown of ours, whatever it holds; a real markdown library is the judge."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.rendered import html_of, one_line, visible
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.literal import as_prose, as_value, as_values

MARKS = st.text(alphabet="ab_*`~<>[]()#!|&;:\\$+-=.1 \n\t/'\"", max_size=60)
ANY = MARKS | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
COMMAND = "rm -rf __pycache__ src/*.pyc build/*.o && echo <done>"


@pytest.mark.parametrize(
    "value",
    [
        COMMAND,
        "<div>",
        "my_long_name",
        "`a`` b`",
        "C:\\dir\\",
        "&lt; &copy; &#65;",
        "[x](https://a.b)",
        "# h",
        "1. a",
        "- b",
        "a | b",
        "~~x~~",
        "C #",
        "<!-- x",
        "`",
        "``",
    ],
)
def test_a_value_that_people_have_is_read_as_it_is(value: str) -> None:
    for shown in (as_value(value), as_prose(value)):
        assert visible(f"## 项目 {shown}") == f"项目 {value}"
        assert visible(f"- ✓ {shown}\n- ✓ b") == f"✓ {value} ✓ b"
        assert visible(f"**项目：** {shown}（分支 x）") == f"项目： {value}（分支 x）"


@given(ANY)
@example("\\`")
def test_any_value_is_read_as_it_is(value: str) -> None:
    words = one_line(value)
    assert visible(f"**Asks:** allow {as_value(value)}?") == one_line(f"Asks: allow {words}?")
    assert visible(f"## ⏳ {as_value(value)} waits") == one_line(f"⏳ {words} waits")
    assert visible(f"- ✓ {as_prose(words)}") == one_line(f"✓ {words}")


@given(ANY)
def test_any_text_of_many_lines_is_read_as_it_is_and_ends_where_it_ends(value: str) -> None:
    shown = f"### Last words\n{as_prose(value)}\n\nafter **it**"
    assert visible(shown) == one_line(f"Last words {value} after it")
    assert "<strong>it</strong>" in html_of(shown)


def test_what_holds_no_mark_stays_as_it_is_written() -> None:
    for plain in (
        "npm test",
        "api",
        "main",
        "feat/login-2",
        "a@b.example",
        "修复登录（二）",
        "https://a.b/c?d=1",
        "v1.2",
    ):
        assert as_value(plain) == plain
    assert as_prose("Done.\n\nSee https://a.b/my_repo/pull/3.") == "Done.\n\nSee https://a.b/my_repo/pull/3."


def test_an_indent_is_kept_where_phones_would_drop_it() -> None:
    assert as_prose("if x:\n\treturn 1") == "if x:\n&nbsp;&nbsp;&nbsp;&nbsp;return 1"


def test_a_sentence_shows_each_of_its_words_as_it_is_at_any_depth() -> None:
    said = as_values(text("notices.waiting", project="a_b_c", asks=text("notices.asks_run", about="*"), count=3))
    assert said == text("notices.waiting", project="`a_b_c`", asks=Text("notices.asks_run", {"about": "`*`"}), count=3)
