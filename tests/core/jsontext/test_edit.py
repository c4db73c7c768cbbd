"""Edits of JSON texts: the right value, every other byte kept, and the way back exact."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.jsontext.diff import differences
from tray_app.core.jsontext.edit import Add, JsonStep, NotJson, Put, Undo, WrongShape, edit, parse, revert

KEYS = st.sampled_from(["a", "b", "mcpServers", "permissions", "ключ", '键 "x"', "\n"])
STRINGS = st.sampled_from(["", "x", "中文 🎉", 'q"\\', "{[,]}"])
LEAVES = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | STRINGS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=10
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(tuple)
STEPS = st.builds(lambda kind, path, value: kind(path=path, value=value), st.sampled_from([Put, Add]), PATHS, VALUES)
BLANK = st.text(" \t\n\r", max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document in anybody's style: one line, indented, or white space anywhere; BOM, CRLF, escapes."""
    value = draw(OBJECTS)
    indent = draw(st.sampled_from([None, 2, 4, "\t", "odd"]))
    ascii_only = draw(st.booleans())
    if indent == "odd":
        text = draw(_scattered(value))
    else:
        separators = draw(st.sampled_from([None, (",", ":")])) if indent is None else None
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only, separators=separators)
    text += draw(st.sampled_from(["", "\n", "\n\n"]))
    text = text.replace("\n", "\r\n") if draw(st.booleans()) else text
    return draw(st.sampled_from(["", "\ufeff"])) + text


@st.composite
def _scattered(draw: st.DrawFn, value: object) -> str:
    blank = draw(BLANK)
    match value:
        case dict():
            parts = [f"{draw(BLANK)}{json.dumps(k)}{blank}:{draw(_scattered(v))}" for k, v in value.items()]
            return f"{blank}{{{','.join(parts)}{draw(BLANK)}}}{draw(BLANK)}"
        case list():
            return f"{blank}[{','.join(draw(_scattered(item)) for item in value)}{draw(BLANK)}]{draw(BLANK)}"
        case _:
            return f"{blank}{json.dumps(value)}{draw(BLANK)}"


def wanted(document: dict[str, Any], step: JsonStep) -> dict[str, Any]:
    """What a step means, on values. Raises TypeError where something else is in the way."""
    at = document
    for key in step.path[:-1]:
        at = at.setdefault(key, {})
        if not isinstance(at, dict):
            raise TypeError
    last = step.path[-1]
    if isinstance(step, Put):
        at[last] = step.value
        return document
    items = at.setdefault(last, [])
    if not isinstance(items, list):
        raise TypeError
    if not any(json.dumps(item, sort_keys=True) == json.dumps(step.value, sort_keys=True) for item in items):
        items.append(step.value)
    return document


@given(documents(), st.lists(STEPS, max_size=4))
def test_an_edit_gives_the_value_that_was_meant_and_its_undo_the_same_text(text: str, steps: list[JsonStep]) -> None:
    value: Any = parse(text)
    try:
        for step in steps:
            value = wanted(value, step)
    except TypeError:
        with pytest.raises(WrongShape):
            edit(text, steps)
        return
    edited = edit(text, steps)
    assert parse(edited.text) == value
    assert revert(edited.text, edited.undo) == text


@given(documents(), STEPS)
def test_a_second_edit_changes_nothing(text: str, step: JsonStep) -> None:
    try:
        once = edit(text, [step])
    except WrongShape:
        return
    twice = edit(once.text, [step])
    assert (twice.text, twice.undo) == (once.text, ())


@given(documents(), STEPS)
def test_the_way_back_survives_being_written_down(text: str, step: JsonStep) -> None:
    try:
        edited = edit(text, [step])
    except WrongShape:
        return
    stored = json.loads(json.dumps([undo.to_json() for undo in edited.undo]))
    assert revert(edited.text, [Undo.from_json(one) for one in stored]) == text


@given(documents(), STEPS, STEPS)
def test_undo_takes_only_its_own_away_from_what_others_changed_meanwhile(
    text: str, ours: JsonStep, theirs: JsonStep
) -> None:
    """The others' change lies elsewhere, and comes as their client writes it: the whole file anew."""
    if ours.path[0] == theirs.path[0]:
        return
    try:
        edited = edit(text, [ours])
        value = wanted(json.loads(json.dumps(parse(edited.text))), theirs)
        expected = wanted(json.loads(json.dumps(parse(text))), theirs)
    except (WrongShape, TypeError):
        return
    rewritten = json.dumps(value, indent=2, ensure_ascii=False)
    assert parse(revert(rewritten, edited.undo)) == expected


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text)
        place = (1, 1)
    except NotJson as error:
        place = (error.line, error.column)
    assert 1 <= place[0] <= text.count("\n") + 1
    assert 1 <= place[1] <= len(text) + 1


def test_it_is_written_as_its_neighbours_are() -> None:
    text = '{\r\n\t"model": "opus",\r\n\t"permissions": {\r\n\t\t"allow": ["Bash(ls)"]\r\n\t}\r\n}\r\n'
    steps = [Add(path=("permissions", "allow"), value="mcp__dingtalk"), Add(path=("hooks", "Stop"), value={"x": [1]})]
    edited = edit(text, steps)
    assert edited.text == (
        '{\r\n\t"model": "opus",\r\n\t"permissions": {\r\n\t\t"allow": ["Bash(ls)", "mcp__dingtalk"]\r\n\t},'
        '\r\n\t"hooks": {\r\n\t\t"Stop": [\r\n\t\t\t{\r\n\t\t\t\t"x": [\r\n\t\t\t\t\t1\r\n\t\t\t\t]\r\n\t\t\t}\r\n\t\t]'
        "\r\n\t}\r\n}\r\n"
    )
    assert revert(edited.text, edited.undo) == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{}", '{"a": 1}'),
        ("{ }\n", '{"a": 1}\n'),
        ("{\n}\n", '{\n  "a": 1\n}\n'),
        ('{"b":2}', '{"b":2,"a":1}'),
        ('{"b": 2}', '{"b": 2, "a": 1}'),
        ('{\n  "b": 2\n}', '{\n  "b": 2,\n  "a": 1\n}'),
        ('\ufeff{"b": 1.0, "n": 12345678901234567890}', '\ufeff{"b": 1.0, "n": 12345678901234567890, "a": 1}'),
    ],
)
def test_styles(text: str, after: str) -> None:
    edited = edit(text, [Put(path=("a",), value=1)])
    assert edited.text == after
    assert revert(edited.text, edited.undo) == text


def test_the_last_of_two_equal_keys_counts() -> None:
    edited = edit('{"a": 1, "a": 2}', [Put(path=("a",), value=3)])
    assert edited.text == '{"a": 1, "a": 3}'
    assert revert(edited.text, edited.undo) == '{"a": 1, "a": 2}'


def test_what_others_put_beside_ours_stays_with_its_parents() -> None:
    edited = edit("{}", [Add(path=("permissions", "allow"), value="ours")])
    theirs = edited.text.replace('"ours"', '"ours", "theirs"')
    assert json.loads(revert(theirs, edited.undo)) == {"permissions": {"allow": ["theirs"]}}


def test_what_is_gone_already_is_no_fault() -> None:
    edited = edit("{}", [Put(path=("mcpServers", "dingtalk"), value=1), Add(path=("permissions", "allow"), value="x")])
    for text in ("{}", "[]", '{"mcpServers": 5}', '{"permissions": {"allow": "all"}}'):
        assert revert(text, edited.undo) == text


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3),
        ('{\n  "a": NaN\n}', 2, 8),
        ("\ufeff{,}", 1, 2),
        ("// comment\n{}", 1, 1),
        ("[" * 100_000, 1, 1),
        ('{"a": ' + "9" * 5000 + "}", 1, 7),
        ('{"a": 1,\n "b": [-' + "9" * 5000 + ", 2]}", 2, 8),
    ],
)
def test_a_text_that_is_no_json_is_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(NotJson) as refused:
        edit(text, [Put(path=("a",), value=1)])
    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "step", "path", "want"),
    [
        ("[]", Put(path=("a",), value=1), (), "object"),
        ('{"permissions": []}', Add(path=("permissions", "allow"), value=1), ("permissions",), "object"),
        ('{"p": {"allow": "x"}}', Add(path=("p", "allow"), value=1), ("p", "allow"), "list"),
    ],
)
def test_another_shape_is_refused_by_its_path(text: str, step: JsonStep, path: tuple[str, ...], want: str) -> None:
    with pytest.raises(WrongShape) as refused:
        edit(text, [step])
    assert (refused.value.path, refused.value.want) == (path, want)


@pytest.mark.parametrize(("source", "column"), [("NaN\0", 1), ('{"a": -Infinity_}', 7), ("[NaN]", 2)])
def test_a_number_that_json_does_not_have_is_found_at_its_place(source: str, column: int) -> None:
    with pytest.raises(NotJson) as caught:
        parse(source)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_settings_file_of_a_megabyte_is_edited_and_compared_in_moments() -> None:
    """Processor time, not the clock on the wall; it was 7.5 s, is 0.8 s, and the comparison grew by the square."""
    length = 7_000
    before = {
        "permissions": {"allow": [f"Bash(command number {each}:*)" for each in range(length)]},
        "hooks": {"Stop": [{"hooks": [{"type": "command", "command": f"echo {each}"}]} for each in range(length)]},
        "env": {f"NAME_{each}": {"x": [each]} for each in range(length)},
    }
    text = json.dumps(before, indent=2)
    assert len(text) > 1_000_000
    steps = [Add(path=("hooks", event), value={"hooks": [{"command": "ours"}]}) for event in ("Stop", "A", "B", "C")]
    began_s = time.process_time()
    edited = edit(text, [*steps, Put(path=("mcpServers", "ours"), value={"url": "x"})])
    assert revert(edited.text, edited.undo) == text
    assert len(list(differences(before, json.loads(edited.text)))) == 5
    assert time.process_time() - began_s < 3
