"""Columns of a table: aligned whatever letters are in them, and no wider than the terminal."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.cli.table import columns, cut, terminal_width, width, wrapped

ROWS = [("项目", "Sessions"), ("钉钉托盘", "12"), ("api", "3"), ("👩 é", "100")]


def test_chinese_letters_and_pictures_take_two_places() -> None:
    lines = columns(ROWS, room=None, right=[1])
    assert lines[:3] == ["项目      Sessions", "钉钉托盘        12", "api              3"]
    assert {width(line) for line in lines} == {18}


@given(
    st.lists(st.tuples(st.text(), st.text(alphabet="钉钉ab 1")), min_size=1, max_size=6),
    st.integers(20, 120),
)
def test_no_line_is_wider_than_there_is_room(rows: list[tuple[str, str]], room: int) -> None:
    lines = columns(rows, room=room)
    assert len(lines) == len(rows)
    assert all(width(line) <= room for line in lines)


def test_figures_are_never_cut_and_words_keep_their_beginning() -> None:
    lines = columns([("a-very-long-name-of-a-project", "1234567")], room=20, right=[1])
    assert lines == ["a-very-lon…  1234567"]
    assert columns([("a-very-long-name", "1" * 30)], room=20, right=[1])[0].endswith("1" * 30)


def test_what_says_nothing_when_it_is_cut_stays_whole() -> None:
    (line,) = columns([("2026-11-30 01:33", "a-very-long-title-of-a-message")], room=30, whole=[0])
    assert line == "2026-11-30 01:33  a-very-long…"


def test_words_are_wrapped_by_the_places_they_take_and_names_stay_whole() -> None:
    assert wrapped("claude-code（默认）、codex 或 claude-desktop", 22) == [
        "claude-code（默认）、",
        "codex 或",
        "claude-desktop",
    ]
    assert wrapped("仅当前文件夹。", 12) == ["仅当前文件", "夹。"]


@given(st.text(alphabet="钉，a-b （“。”", max_size=60), st.integers(12, 40))
def test_wrapping_loses_nothing(words: str, room: int) -> None:
    lines = wrapped(words, room)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


def test_what_would_move_the_cursor_is_spelled_out() -> None:
    assert columns([("a\x1b[2Jb",)], room=None) == ["a\\x1b[2Jb"]


@pytest.mark.parametrize("room", range(8))
def test_a_cut_word_never_takes_more_than_its_room(room: int) -> None:
    assert width(cut("钉钉托盘", room)) <= room


def test_a_pipe_has_no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal_width(io.StringIO()) is None
    closed = io.StringIO()
    closed.close()
    assert terminal_width(closed) is None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "77")
    assert terminal_width(sys.stdout) == 77
