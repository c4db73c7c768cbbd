"""What a person reads of a change before it is made."""

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.jsontext.diff import differences

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
)


def test_every_change_is_a_line_with_its_path() -> None:
    before = {"model": "opus", "permissions": {"allow": ["a"], "deny": []}, "gone": 1}
    after = {
        "model": "haiku",
        "permissions": {"allow": ["a", "mcp__dingtalk"], "deny": []},
        "hooks": {"Stop": [{"hooks": [{"command": "x"}]}]},
    }
    assert list(differences(before, after)) == [
        '- model: "opus"',
        '+ model: "haiku"',
        '+ permissions.allow[]: "mcp__dingtalk"',
        "- gone: 1",
        '+ hooks.Stop[]: {"hooks": [{"command": "x"}]}',
    ]


def test_what_tokens_are_kept_in_is_not_shown() -> None:
    one = {"servers": {"x": {"headers": {"Authorization": "Bearer 1"}, "url": "u", "inner": [{"env": {"K": "2"}}]}}}
    lines = "\n".join([*differences(one, {}), *differences({}, one), *differences(one, {"servers": {"x": {}}})])
    assert "Bearer" not in lines
    assert '"2"' not in lines
    assert "…" in lines


@given(VALUES)
def test_equal_values_do_not_differ(value: object) -> None:
    assert list(differences({"x": value}, {"x": value})) == []


@given(VALUES, VALUES)
def test_different_values_differ(one: object, other: object) -> None:
    assert bool(list(differences({"x": one}, {"x": other}))) == (one != other)
