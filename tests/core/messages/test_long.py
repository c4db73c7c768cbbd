"""A long message is its first lines and how many more there are; what it says in full is beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendered import html_of
from tray_app.core.messages.long import MOST_LINES, SHOWN_LINES, LongMessage, beginning, is_long
from tray_app.core.messages.message import ActionCard, Button, FeedCard, MarkdownMessage, Message, TextMessage

LIST = "\n".join(f"- item {number}" for number in range(420))
BUTTON = Button(title="Go", url="https://example.com")


def cut(message: LongMessage) -> Message:
    return beginning(message, more=lambda count: f"… {count} more")


def test_a_list_of_420_lines_is_its_first_ones() -> None:
    made = cut(MarkdownMessage(title="T", text=f"{LIST}\n\n> — Ann · 09:05"))
    assert isinstance(made, MarkdownMessage)
    lines = made.text.split("\n")
    assert lines[: SHOWN_LINES + 1] == [*LIST.split("\n")[:SHOWN_LINES], ""]
    assert lines[SHOWN_LINES + 1 :] == [f"… {420 - SHOWN_LINES} more", "", "> — Ann · 09:05"]
    assert made.full == f"{LIST}\n\n> — Ann · 09:05"


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content=LIST),
        MarkdownMessage(title="T", text=LIST),
        ActionCard(title="T", text=LIST, buttons=(BUTTON,)),
    ],
    ids=lambda message: type(message).__name__,
)
def test_each_kind_that_can_be_long_is_cut_once(message: LongMessage) -> None:
    assert is_long(message)
    made = cut(message)
    assert isinstance(made, LongMessage)
    assert made.full == LIST
    assert not is_long(made)


def test_what_is_short_or_has_no_lines_is_not_long() -> None:
    assert not is_long(TextMessage(content="\n".join(["x"] * MOST_LINES)))
    assert not is_long(FeedCard(links=()))


def test_a_code_block_ends_and_a_line_without_end_is_cut_at_a_word() -> None:
    made = cut(MarkdownMessage(title="T", text="```python\n" + "x = 1\n" * 200 + "```\nafter"))
    assert isinstance(made, MarkdownMessage)
    assert "<p>… 183 more</p>" in html_of(made.text)
    long = cut(TextMessage(content="word " * 9_000))
    assert isinstance(long, TextMessage)
    assert long.content.endswith("word…\n\n… 1 more")
    assert len(long.content) < 4_100


@given(st.text(max_size=300), st.integers(1, 60))
def test_shown_and_counted_lines_are_all_there_are(line: str, times: int) -> None:
    text = "\n".join(["a", *[line] * times])
    made = cut(TextMessage(content=text))
    assert isinstance(made, TextMessage)
    if made.content == text:
        assert text.count("\n") < SHOWN_LINES
        return
    shown, _, more = made.content.rpartition("\n\n… ")
    assert shown.count("\n") + 1 + int(more.split()[0]) - shown.endswith("…") == text.count("\n") + 1
    assert made.full == text
