"""What agents wrote shows on a terminal as it is, and does nothing there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.cli.escaped import visible, visible_json, visible_lines


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain 中文\u3000全角 é 🎉", "plain 中文\u3000全角 é 🎉"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m\x7f\x00\r", "\\x9b31m\\x7f\\x00\\x0d"),
        ("safe\u202egnp.exe\u2066\u200b\ufeff", "safe\\u202egnp.exe\\u2066\\u200b\\ufeff"),
        ("a\u2028b\x85c\nd", "a\\u2028b\\x85c\\x0ad"),
        ("\ud83d\U000e0041", "\\ud83d\\U000e0041"),
    ],
)
def test_what_shows_nothing_of_its_own_is_spelled_out(words: str, shown: str) -> None:
    assert visible(words) == shown


def test_only_line_ends_of_text_files_end_a_line() -> None:
    assert visible_lines("one\r\ntwo\n\n\tthree\rfour\u2028five") == ["one", "two", "", "\tthree\\x0dfour\\u2028five"]


@given(st.text())
def test_nothing_that_moves_or_hides_is_left(words: str) -> None:
    assert visible(words).replace("\u3000", "").isprintable()
    assert all(line.replace("\u3000", "").replace("\t", "").isprintable() for line in visible_lines(words))


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_json_means_the_same_and_shows_itself(value: object) -> None:
    said = visible_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(said) == value
    assert said.replace("\n", "").isprintable()
