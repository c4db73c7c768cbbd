"""The signature is one line at the end that is found again, and a keyword is a part of it."""

import pytest

from tray_app.core.messages.signature import parted, shared_signature, signed, title_with_keyword, with_keyword


@pytest.mark.parametrize("markdown", [True, False])
def test_who_signs_is_found_again(markdown: bool) -> None:
    text = signed("a\n\n- b", ["Ann", "", "09:05"], markdown=markdown)
    said, line = parted(text, markdown=markdown)
    assert said == "a\n\n- b"
    assert line.strip().endswith("— Ann · 09:05")
    assert said + line == text
    assert parted("a\n\n> quoted", markdown=markdown) == ("a\n\n> quoted", "")
    assert signed("a", ["", ""], markdown=markdown) == "a"


def test_a_keyword_joins_the_signature_or_makes_one() -> None:
    assert with_keyword("a\n\n> — Ann", "告警") == "a\n\n> — Ann · 告警"
    assert with_keyword("a", "告警") == "a\n\n> — dingtalk-tray · 告警"
    assert with_keyword("a", "告警", markdown=False) == "a\n\n— dingtalk-tray · 告警"
    assert with_keyword("> — Ann", "告警") == "> — Ann\n\n> — dingtalk-tray · 告警"  # the message itself
    assert title_with_keyword("Deploy?", "告警") == "Deploy? — dingtalk-tray · 告警"
    assert title_with_keyword("Deploy?", "tray") == "Deploy? — dingtalk-tray"


def test_one_line_of_several_says_what_is_true_of_all() -> None:
    api, web = (signed("x", ("Ann", "Claude Code", branch, "09:05")) for branch in ("main", "fix"))
    assert shared_signature([api, web]) == "\n\n> — Ann · Claude Code · 09:05"
    assert shared_signature([api, api]) == "\n\n> — Ann · Claude Code · main · 09:05"
    assert shared_signature(["x", web]) == ""
    assert shared_signature(["x"]) == ""
