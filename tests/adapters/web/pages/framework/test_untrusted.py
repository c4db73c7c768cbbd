"""What an agent wrote is shown as it will go out: nothing of it is markup, nothing stays unseen."""

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.adapters.web.pages.framework.filters import visible

SIGN = re.compile(r'<span class="unseen">U\+([0-9A-F]{4,6})</span>')


@given(st.text())
def test_all_of_it_is_there_and_what_cannot_be_seen_has_its_number(words: str) -> None:
    shown = str(visible(words))
    plain = html.unescape(SIGN.sub(lambda found: chr(int(found[1], 16)), shown))
    assert plain == words.replace("\r\n", "\n")
    left = SIGN.sub("", shown)
    assert not re.search(r"[<>\"']", left)
    assert {unicodedata.category(one) for one in left if one not in "\n\t\u200d"} & {"Cc", "Cf", "Cs", "Zl"} == set()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("中文 ok", "中文 ok"),
        ("a\u202eb", 'a<span class="unseen">U+202E</span>b'),
        ("\u3164", '<span class="unseen">U+3164</span>'),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("a\u200db", 'a<span class="unseen">U+200D</span>b'),
        ("x\U000e0041", 'x<span class="unseen">U+E0041</span>'),
        ("<i>\x1b[31m", '&lt;i&gt;<span class="unseen">U+001B</span>[31m'),
    ],
)
def test_characters_that_hide(words: str, shown: str) -> None:
    assert str(visible(words)) == shown
