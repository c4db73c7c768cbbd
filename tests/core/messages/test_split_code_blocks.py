"""A code block that is cut: closed, opened again, and told from words that look like its marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.messages.markdown import fence_after, split_text


def utf8(text: str) -> int:
    return len(text.encode())


@given(before=st.integers(0, 6), lines=st.integers(1, 60), after=st.integers(0, 6), budget=st.integers(60, 300))
def test_a_code_block_that_is_cut_is_closed_and_opened_again(before: int, lines: int, after: int, budget: int) -> None:
    code = [f"    line {number}" for number in range(lines)]
    text = "\n".join([*["prose"] * before, "```python", *code, "```", *["prose"] * after])

    parts = split_text(text, budget=budget, cost=utf8, fences=True)

    seen = []
    for part in parts:
        assert utf8(part) <= budget
        assert "```python\n```" not in part
        fence = ""
        for line in part.split("\n"):
            was, fence = fence, fence_after(fence, line)
            if was and fence:
                seen.append(line)
        assert fence == ""
    assert seen == code


def test_a_part_of_a_code_block_is_filled_to_the_last_line_that_fits() -> None:
    code = "xxxxxx\n" * 20

    parts = split_text(f"```\n{code}```", budget=42, cost=utf8, fences=True)

    assert parts == ("```\n" + "xxxxxx\n" * 5 + "```",) * 4


def test_a_block_is_not_opened_at_the_end_of_a_part() -> None:
    head, opening = "p" * 10 + "\n" + "p" * 9, "```" + "i" * 25
    for between in ("\n", "\n\n", "\n \n\n"):
        parts = split_text(
            f"{head}\n{opening}{between}" + "code line\n" * 10 + "```", budget=60, cost=utf8, fences=True
        )
        assert parts[0] == head
        assert parts[1].startswith(f"{opening}{between}code line")


def test_a_block_that_ends_where_a_part_does_leaves_nothing_of_itself_in_the_next() -> None:
    code = "```python\n" + "x" * 42
    assert split_text(f"{code}\n```\n  one\ntwo" + "y" * 40, budget=60, cost=utf8, fences=True) == (
        f"{code}\n```",
        "  one\ntwo" + "y" * 40,
    )
    assert split_text(f"{code}\n```\n\n\n{'y' * 50}", budget=60, cost=utf8, fences=True) == (f"{code}\n```", "y" * 50)


def test_a_part_that_goes_on_with_a_block_is_cut_behind_it_like_any_other() -> None:
    first = "```\n" + "xxxx\n" * 9 + "```"

    text = "```\n" + "xxxx\n" * 11 + "`````\n" + "word " * 4 + "\n" + "more " * 6
    assert split_text(text, budget=54, cost=utf8, fences=True) == (
        first,
        "```\nxxxx\nxxxx\n`````\nword word word word",
        "more " * 6,
    )
    text = "```\n" + "xxxx\n" * 16 + "`````\n\n" + "y" * 50
    assert split_text(text, budget=56, cost=utf8, fences=True) == (
        first,
        "```\n" + "xxxx\n" * 7 + "`````",
        "y" * 50,
    )


def test_fence_marks_are_words_like_others_where_no_markdown_is_meant() -> None:
    text = "```" + "x" * 47 + "\n" + "a" * 30 + "\n```\n" + "b" * 60
    assert split_text(text, budget=50, cost=utf8) == (
        "```" + "x" * 47,
        "a" * 30 + "\n```",
        "b" * 50,
        "b" * 10,
    )


def test_fence_marks_within_a_line_of_text_take_no_room_and_open_nothing() -> None:
    text = "see ``` here " + "y" * 137

    assert split_text(text, budget=50, cost=utf8, fences=True) == (text[:50], text[50:100], text[100:])


@pytest.mark.parametrize(
    ("fence", "line", "after"),
    [
        ("", "```python", "```python"),
        ("", "see ```", ""),
        ("```", "see ```", "```"),
        ("```", "```python", "```"),
        ("````", "```", "````"),
        ("~~~", "```", "~~~"),
        ("```py", "  `````  ", ""),
    ],
)
def test_a_block_ends_with_a_line_of_its_own_marks_and_nothing_else(fence: str, line: str, after: str) -> None:
    assert fence_after(fence, line) == after


def test_a_code_block_is_not_opened_again_only_to_be_closed() -> None:
    text = "```python\n" + "x" * 42 + "\n```\n" + "y" * 50

    assert split_text(text, budget=60, cost=utf8, fences=True) == (
        "```python\n" + "x" * 42 + "\n```",
        "y" * 50,
    )


def test_of_a_code_blocks_first_line_only_the_start_is_repeated() -> None:
    parts = split_text("```" + "i" * 100 + "\n" + "code\n" * 60, budget=200, cost=utf8, fences=True)

    assert {part.split("\n")[0] for part in parts[1:]} == {"```" + "i" * 40}


@pytest.mark.parametrize("char", "`~")
def test_a_line_drawn_with_fence_marks_opens_no_block(char: str) -> None:
    parts = split_text(char * 500, budget=60, cost=utf8, fences=True)

    assert "".join(parts) == char * 500
