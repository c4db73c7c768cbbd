"""Patterns of the owner: what they find, and that neither their size nor their time grows beyond a bound."""

import time

import pytest

from tray_app.core.policy.conditions import BadPattern, compiled, finder


@pytest.mark.parametrize(
    "pattern", [r"^https://([a-z]+\.)?example\.com/", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", r"\p{Han}{2,}"]
)
def test_usual_patterns_are_taken(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.mark.parametrize("pattern", ["(", "a**", "[z-a]", r"\p{Nonsense}", "(?P<1>a)", "(?R", r"\L<x>", "(" * 500])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a" * 1_001,
        "((a{1000}){1000}){1000}",
        "(?:(?:[ab]{500}){500})",
        "a{99999999999999999999}",
        "((((a?){30}){30}){30}){3}",
        r"([\]x]{999}){999}",
    ],
)
def test_what_would_fill_the_memory_is_refused_at_once(pattern: str) -> None:
    began = time.process_time()
    with pytest.raises(BadPattern):
        compiled(pattern)
    assert time.process_time() - began < 1


def test_a_search_ends_in_its_time_and_says_that_it_did_not_get_through() -> None:
    began = time.process_time()
    assert finder("(a|aa)+$", timeout_s=0.02)("a" * 80 + "b") is None
    assert time.process_time() - began < 1
    assert finder("(a|aa)+$", timeout_s=0.02)("a" * 80) is True
    assert finder("^b", timeout_s=0.02)("ab") is False
