"""Line breaks that phones show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.channels.dingtalk.body import phone_breaks


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\ntwo", "one  \ntwo"),
        ("one\ntwo\nthree", "one  \ntwo  \nthree"),
        ("one \ntwo", "one  \ntwo"),
        ("**Branch:** main\n**Time:** 3 min", "**Branch:** main  \n**Time:** 3 min"),
        ("- a\n- b\nDone.", "- a\n- b  \nDone."),
        ("```\nx\n```\none\ntwo", "```\nx\n```\none  \ntwo"),
    ],
)
def test_a_break_between_lines_of_text_is_made_to_show(written: str, shown: str) -> None:
    assert phone_breaks(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "",
        "one",
        "one\n",
        "one\n\ntwo",
        "one  \ntwo",
        "one<br>\ntwo",
        "one\\\ntwo",
        "# Head\ntext",
        "text\n# Head",
        "Head\n====\ntext",
        "text\n---\ntext",
        "- a\n- b\n  - c\n* d",
        "1. a\n2. b",
        "text\n- a\n- b",
        "> quote\n> more",
        "text\n> quote",
        "```python\na = 1\nb = 2\n```",
        "~~~\na\n```\nb\n~~~",
        "text\n```\ncode\n```",
        "| a | b |\n| - | - |\n| 1 | 2 |",
        "    code\n    more",
        "```\nnever\nclosed",
    ],
)
def test_lists_quotes_headings_tables_and_code_stay_as_they_are(written: str) -> None:
    assert phone_breaks(written) == written


LINES = st.sampled_from(
    ["text", "text ", "- a", "1. b", "# h", "> q", "```", "~~~", "", "  ", "---", "-", "    x", "a  "]
)


@given(written=st.lists(LINES | st.text(max_size=8), max_size=12).map("\n".join))
def test_breaks_are_made_once_and_nothing_else_changes(written: str) -> None:
    once = phone_breaks(written)

    assert phone_breaks(once) == once
    assert [line.rstrip() for line in once.split("\n")] == [line.rstrip() for line in written.split("\n")]
