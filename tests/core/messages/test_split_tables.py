"""A table that is too long for one message stays a table in each of its parts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendered import html_of, visible
from tray_app.channels import CHANNELS
from tray_app.core.messages.markdown import split_text
from tray_app.core.messages.message import MarkdownMessage

HEAD = "| file | lines |\n| --- | ---: |\n"
ROWS = [f"| src/file{number:03}.py | {number} |" for number in range(60)]


def cut(text: str, budget: int = 300) -> tuple[str, ...]:
    parts = split_text(text, budget=budget, cost=lambda said: len(said.encode()), fences=True)
    assert all(len(part.encode()) <= budget for part in parts)
    return parts


def rows(parts: tuple[str, ...]) -> list[str]:
    return [line for part in parts for line in part.split("\n") if line.startswith("| src")]


def test_each_part_of_a_table_has_its_head_and_each_row_stands_once() -> None:
    parts = cut("Changes:\n\n" + HEAD + "\n".join(ROWS) + "\n\nafter | it")
    assert len(parts) > 5
    assert all(part.count(HEAD) == 1 for part in parts if "| src" in part)
    assert all(part.startswith(HEAD) for part in parts[1:] if "| src" in part)
    assert rows(parts) == ROWS
    assert parts[-1].endswith("after | it")
    assert all(html_of(part).count("<table>") == 1 for part in parts if "| src" in part)


def test_what_follows_a_table_gets_no_head_of_it() -> None:
    parts = cut(HEAD + "\n".join(ROWS[:5]) + "\n\n" + "word a|b " * 100)
    assert sum(part.count(HEAD) for part in parts) == 1


@pytest.mark.parametrize("lead", range(0, 200, 7))
def test_no_part_ends_with_a_head_alone(lead: int) -> None:
    parts = cut("x" * 40 + "\n" + "y" * lead + "\n\n" + HEAD + "\n".join(ROWS))
    assert rows(parts) == ROWS
    assert not any(part.rstrip().endswith(("lines |", "---: |")) for part in parts)


def test_a_table_in_a_code_block_is_code() -> None:
    parts = cut("```\n" + HEAD + "\n".join(ROWS) + "\n```")
    assert sum(part.count(HEAD) for part in parts) == 1
    assert all(part.startswith("```\n") and part.endswith("\n```") for part in parts)


def test_a_row_longer_than_a_part_is_cut_and_the_next_row_has_the_head() -> None:
    parts = cut(HEAD + "| " + "word " * 100 + "| 1 |\n" + "\n".join(ROWS[:20]))
    assert rows(parts) == ROWS[:20]
    assert parts[-1].startswith(HEAD)


def test_a_row_over_several_parts_ends_no_table() -> None:
    parts = cut(HEAD + "| " + "word " * 250 + "| 1 |\n" + "\n".join(ROWS[:20]))
    assert rows(parts) == ROWS[:20]
    assert parts[-1].startswith(HEAD)


def test_the_table_ends_with_its_last_row_also_where_that_was_cut_or_text_follows_at_once() -> None:
    cut_row = "| " + "word " * 70 + "| 1 |\n\n"
    assert sum(part.count(HEAD) for part in cut(HEAD + cut_row + "word a|b " * 100)) == 1
    follows = "\n" + "prose " * 45 + "\n" + "a|b " * 60
    assert sum(part.count(HEAD) for part in cut(HEAD + "\n".join(ROWS[:9]) + follows)) == 1


def test_a_head_that_leaves_no_room_for_rows_is_not_repeated() -> None:
    head = "| " + "h" * 150 + " | b |\n|---|---|\n"
    parts = cut(head + "\n".join(ROWS))
    assert sum(part.count("hhh") > 0 for part in parts) == 1
    assert rows(parts) == ROWS


def test_a_message_with_a_table_is_sent_with_its_head_in_each_part() -> None:
    text = HEAD + "\n".join(f"| 文件{number} | {number} |" for number in range(3_000))
    parts = CHANNELS["dingtalk"].split(MarkdownMessage(title="t", text=text), keywords=())
    assert len(parts) > 2
    for number, part in enumerate(parts, start=1):
        assert isinstance(part, MarkdownMessage)
        assert visible(part.text).startswith(f"({number}/{len(parts)}) file")
        assert html_of(part.text).count("<table>") == 1


LINES = st.lists(
    st.sampled_from(["| a | b |", "|---|---|", "a|b", "-|-", "x", "", "```", "| 中 |", "word " * 9]), max_size=40
)


@given(lines=LINES, budget=st.integers(40, 90))
def test_no_row_is_lost_and_only_heads_stand_twice(lines: list[str], budget: int) -> None:
    text = "\n".join(lines)
    parts = cut(text, budget)
    words = [word for part in parts for word in re.findall(r"[a-z中]+", part)]
    kept = re.findall(r"[a-z中]+", text)
    position = iter(words)
    assert all(word in position for word in kept)
