"""Patterns of the owner: what they find, and that neither their size nor their time grows beyond a bound."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.policy.evaluate import Call, decide
from tray_app.core.policy.model import Condition, Op, Policy, Risk, ToolPolicy
from tray_app.core.policy.patterns import BadPattern, Patterns, compiled, finder
from tray_app.core.policy.verdict import Allow, Deny


@pytest.mark.parametrize(
    "pattern", [r"^https://([a-z]+\.)?example\.com/", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", r"\p{Han}{2,}"]
)
def test_usual_patterns_are_taken(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a**",
        "[z-a]",
        r"\p{Nonsense}",
        "(?R",
        r"\L<x>",
        "(" * 500,
        "(?=a)",
        "(?<!a)b",
        r"(a)\1",
        "(?>a)",
        "a++",
        "\ud800",
    ],
)
def test_what_is_no_pattern_of_re2_is_refused_with_its_reason(pattern: str) -> None:
    with pytest.raises(BadPattern) as caught:
        compiled(pattern)
    assert caught.value.why
    assert str(caught.value) == caught.value.why


@pytest.mark.parametrize(
    "pattern",
    [
        "a" * 1_001,
        "((a{1000}){1000}){1000}",
        "(?:(?:[ab]{500}){500})",
        r"([\]x]{999}){999}",
        r"\pL{900}",
        r"(\pL{20}x){9}",
    ],
)
def test_what_would_fill_the_memory_is_refused_at_once(pattern: str) -> None:
    began = time.process_time()
    with pytest.raises(BadPattern):
        compiled(pattern)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        (r"(?i)\b(password|secret|token)\b", "我的password是hunter2", True),
        (r"(?i)\b(password|secret|token)\b", "my Password is x", True),
        (r"(?i)\bsecret\b", "secrets", False),
        (r"^Release \d+$", "Release 12\n", False),
        (r"^Release \d+$", "Release 12", True),
        (r"^Release \d+$", "Release ١٢", False),
        (r"^\w+$", "né", False),
        (r"^\w+$", "名", False),
        (r"^\W+$", "名", True),
        (r"^\D$", "٣", True),
        (r"a\sb", "a\u00a0b", False),
        (r"a\sb", "a\u3000b", False),
        (r"a\sb", "a\x0bb", False),
        (r"^\S$", "\u2003", True),
        (r"\Bé", "aé", False),
        (r"[[:alpha:]]", "é", False),
        (r"[[:alpha:]]", "e", True),
        (r"(?m)^b$", "a\nb\nc", True),
        (r"^b$", "a\nb\nc", False),
        (r"a.b", "a\nb", False),
        (r"(?s)a.b", "a\nb", True),
        (r"a\z", "a\n", False),
        (r"(?i)straße", "STRASSE", False),
        (r"(?i)k", "\u212a", True),
        (r"\p{Han}", "中", True),
        (r"\x{4e2d}", "中", True),
        (r"a\Cb", "axb", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Qa.b\E", "axb", False),
        (r"a\x00b", "a\0b", True),
    ],
)
def test_a_pattern_finds_what_re2_finds(pattern: str, text: str, *, is_found: bool) -> None:
    assert finder(pattern)(text) is is_found


def test_a_search_takes_no_longer_than_the_text_is_long() -> None:
    began = time.process_time()
    for pattern in ("(a|aa)+$", "(x+x+)+y", "(.*)(.*)(.*)(.*)(.*)z", "(?:a?){30}a{30}b"):
        assert finder(pattern)("a" * 100_000 + "x" * 30) is False
    assert time.process_time() - began < 2


def test_what_is_no_text_has_no_pattern_and_half_a_surrogate_pair_cannot_be_said() -> None:
    assert [finder("1")(value) for value in (1, None, ["1"], True)] == [False] * 4
    assert finder("a")("a\ud83d") is None
    assert finder("(")("a") is None


SOURCES = st.sampled_from(
    [
        "^a", "a$", r"\d{3}", "(?i)secret", "(a|aa)+$", "[é-ü]", "a|b", "", "^$", r"\bx\b", "(?s)a.b", "(?m)^b$", "中",
        r"\Qa.b\E", r"a\Cb", "a*", r"[^\x00-\x{10ffff}]", r"\pL{3}",
    ]
)  # fmt: skip
TEXTS = st.text(st.sampled_from("aabbxx123\n .中éüSECRETsecret\ud83d"), max_size=30)


@given(sources=st.lists(SOURCES, max_size=6), text=TEXTS)
def test_patterns_looked_for_together_are_found_as_each_alone(sources: list[str], text: str) -> None:
    alone = {source: finder(source)(text) for source in sources}
    found = Patterns(sources).found_in(text)
    assert found == (None if "\ud83d" in text else {source for source in sources if alone[source]})


def test_of_what_is_no_text_nothing_is_found_and_a_bad_pattern_cannot_be_looked_for() -> None:
    assert [Patterns(["1", ""]).found_in(value) for value in (1, None, ["1"], True)] == [frozenset()] * 4
    with pytest.raises(BadPattern):
        Patterns(["a", "("])


def test_patterns_are_found_together_however_big_they_are() -> None:
    big = [rf"{letter}\pL{{2}}x" for letter in "abcdefgh"]
    text = "aééx hüüx bééé"
    assert Patterns(big).found_in(text) == frozenset({big[0], big[-1]})


def test_a_search_for_many_takes_no_longer_than_the_text_is_long() -> None:
    began = time.process_time()
    hard = ["(a|aa)+$", "(x+x+)+y", "(.*)(.*)(.*)(.*)(.*)z", "(?:a?){30}a{30}b", "[ab]*a[ab]{300}c", "a{500}$"]
    assert Patterns(hard).found_in("ab" * 5_000 + "a" * 90_000 + "x" * 30) == frozenset()
    assert time.process_time() - began < 2


TEXT, TITLE = ("content",), ("title",)


def stopped(place: str, condition: Condition, **arguments: object) -> bool:
    """Say whether a call is refused by the condition, beside others about the same text."""
    others = (
        Condition(path=TEXT, op=Op.EQ, value="never"),
        Condition(path=TEXT, op=Op.REGEX, value="^never$"),
        Condition(path=TITLE, op=Op.REGEX, value="^never$"),
    )
    places = {"require": (), "deny_if": others} | {place: (condition,) if place == "require" else (*others, condition)}
    policy = Policy(tools={"t": ToolPolicy(require=places["require"], deny_if=places["deny_if"])})
    verdict = decide(policy, Call(tool="t", risk=Risk.WRITE, arguments=arguments, grant="g"), {}, now_ms=0).verdict
    assert verdict.rule == ("tools.t" if isinstance(verdict, Allow) else f"tools.t.{place}[{len(places[place]) - 1}]")
    return isinstance(verdict, Deny)


def test_a_call_is_refused_by_a_pattern_among_others() -> None:
    pattern = Condition(path=TEXT, op=Op.REGEX, value="(?i)secret")
    assert stopped("deny_if", pattern, content="my Secret")
    assert not stopped("deny_if", pattern, content="mine", title="secret")
    assert not stopped("deny_if", pattern, content=["secret"])
    assert not stopped("deny_if", pattern, title="x")
    assert stopped("require", pattern, content="mine")
    assert not stopped("require", pattern, content="my Secret")


@pytest.mark.parametrize("place", ["require", "deny_if"])
def test_what_cannot_be_said_is_read_the_careful_way(place: str) -> None:
    bad = Condition(path=("other",), op=Op.REGEX, value="(")
    assert stopped(place, bad, other="secret")
    assert stopped(place, replace(bad, value="x"), other="x\ud83d")
    assert stopped("require", replace(bad, value=1), other="1")
    assert not stopped("deny_if", replace(bad, value=1), other="1")
