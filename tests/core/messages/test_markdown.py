"""Foreign text keeps its words and cannot break the markdown around it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendered import visible
from tray_app.core.messages.markdown import block, item, one_line

LIKELY = st.text(alphabet=st.sampled_from("ab# -=*_`~>1.\n\t \r🤖汉"), max_size=200)


def _is_open(text: str) -> bool:
    """Whether a reader of this text would still be inside a code fence at its end."""
    fence = ""
    for line in text.split("\n"):
        stripped = line.strip()
        run = re.match(r"`{3,}|~{3,}", stripped)
        if fence:
            if run and stripped[0] == fence[0] and stripped == run[0] and len(stripped) >= len(fence):
                fence = ""
        elif run and not (run[0][0] == "`" and "`" in stripped[len(run[0]) :]):
            fence = run[0]
    return bool(fence)


def test_headings_become_bold_so_that_ours_stay_the_only_ones() -> None:
    assert block("# Done\n## **Next** ##\n# MAX\nwords") == "**Done**\n**Next**\n**MAX**\nwords"


def test_an_empty_heading_leaves_an_empty_line() -> None:
    assert block("a\n#\nb\n## ##\nc") == "a\n\nb\n\nc"


def test_lines_end_as_ours_do_and_keep_their_indent() -> None:
    assert block("\n  - X\r\nb  \r  c\nX\n\n") == "  - X\nb\n  c\nX"


def test_a_hash_without_a_blank_is_no_heading() -> None:
    assert block("#42 is fixed\n#tag") == "#42 is fixed\n#tag"


def test_rules_fall_away_because_they_would_make_a_heading_of_the_line_above() -> None:
    assert block("Summary\n---\nmore\n===\n* * *\nend") == "Summary\nmore\nend"


def test_a_code_fence_left_open_is_closed() -> None:
    assert block("```python\n# no heading\nprint()") == "```python\n# no heading\nprint()\n```"


def test_code_within_a_line_opens_no_fence_but_a_tilde_fence_may_speak_of_it() -> None:
    assert block("```x``` is code\n# Head") == "```x``` is code\n**Head**"
    assert block("~~~ a`b\n# no heading") == "~~~ a`b\n# no heading\n~~~"


def test_a_longer_fence_is_closed_by_its_own_length() -> None:
    assert block("````\n```\nx") == "````\n```\nx\n````"


def test_what_stands_inside_a_closed_fence_is_left_alone() -> None:
    said = "```\n# comment\n---\n```\nafter"
    assert block(said) == said


@pytest.mark.parametrize(
    "said", ["- write tests", "* write tests", "1. write tests", "  2) write\n tests ", "## write tests"]
)
def test_a_task_loses_its_own_list_mark(said: str) -> None:
    assert item(said) == "write tests"


@given(LIKELY)
def test_no_line_outside_a_fence_is_a_heading_or_a_rule(said: str) -> None:
    shown = block(said)
    assert not _is_open(shown)
    if "```" not in shown and "~~~" not in shown:
        assert not any(re.match(r"\s*#{1,6}(\s|$)|[\s>]*(-+|=+)\s*$", line) for line in shown.split("\n") if line)


@given(LIKELY)
def test_one_line_is_one_line(said: str) -> None:
    assert "\n" not in one_line(said)
    assert "\n" not in item(said)


@pytest.mark.parametrize(
    "said", ["# a" + " " * 90_000 + "b", "- " * 45_000 + "x", "-" + " " * 90_000 + "x", "`" * 90_000]
)
def test_hostile_text_of_the_greatest_length_is_read_at_once(said: str) -> None:
    begun = time.process_time()
    block(said)
    item(said)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("opening", ["<!-- x", "<script>", "<pre>", "<style>", "<textarea>", "<?php", "<![CDATA["])
def test_html_left_open_takes_in_nothing_that_follows(opening: str) -> None:
    assert visible(f"{block(opening)}\n\nafter") == f"{opening} after"
    assert block(f"```html\n{opening}\n```") == f"```html\n{opening}\n```"
