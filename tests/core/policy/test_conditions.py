"""What a condition is true of: each comparison, missing arguments, values of another kind."""

import pytest

from tray_app.core.policy.conditions import check_of, shown, value_at
from tray_app.core.policy.model import Condition, JsonValue, Op

ARGUMENTS = {
    "text": "Hello 你好",
    "empty": "",
    "number": 3,
    "float": 3.0,
    "flag": True,
    "null": None,
    "list": ["a", 1, True, None],
    "deep": {"buttons": [{"url": "https://a.example/"}, {"url": "https://b.example/"}]},
}


def true(path: str, op: str, value: JsonValue) -> bool | None:
    condition = Condition(path=tuple(path.split(".")), op=Op(op), value=value)
    return check_of(condition)(value_at(ARGUMENTS, condition.path))


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("text", "eq", "Hello 你好"),
        ("number", "eq", 3.0),
        ("flag", "eq", True),
        ("null", "eq", None),
        ("list", "eq", ("a", 1, True, None)),
        ("flag", "neq", 1),
        ("number", "neq", "3"),
        ("list", "neq", ("a", 1, 1, None)),
        ("deep", "neq", None),
        ("float", "in", ("x", 3)),
        ("flag", "not_in", (1, "true")),
        ("number", "lt", 3.5),
        ("number", "lte", 3),
        ("float", "gt", 2),
        ("float", "gte", 3),
        ("text", "regex", "你.$"),
        ("text", "contains", "lo 你"),
        ("list", "contains", True),
        ("list", "contains", None),
        ("null", "exists", True),
        ("missing", "exists", False),
        ("deep.buttons.2", "exists", False),
        ("text.length", "exists", False),
        ("text.Hello", "exists", False),
        ("deep.buttons.1.url", "eq", "https://b.example/"),
        ("deep.buttons.000000001.url", "eq", "https://b.example/"),
        ("deep.buttons.0000000000", "exists", False),
        ("list", "contains", 1.0),
    ],
)
def test_it_is_true(path: str, op: str, value: JsonValue) -> None:
    assert true(path, op, value) is True


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("number", "eq", True),
        ("flag", "eq", 1),
        ("list", "eq", ("a",)),
        ("list", "in", (("a",),)),
        ("text", "neq", "Hello 你好"),
        ("text", "lt", 3),
        ("flag", "gte", 0),
        ("number", "lt", 3),
        ("number", "gt", 3),
        ("number", "regex", "3"),
        ("text", "regex", "^你"),
        ("text", "contains", 1),
        ("list", "contains", "b"),
        ("number", "contains", 3),
        ("list", "contains", 2),
        ("list", "eq", ("a", 1, True, 0)),
        ("text", "in", "Hello 你好"),
        ("text", "not_in", "x"),
        ("text", "regex", 1),
        ("number", "lt", "4"),
        ("number", "gte", None),
        ("text", "exists", False),
        ("missing", "exists", True),
        ("deep.buttons.-1", "exists", True),
        ("deep.buttons.²", "exists", True),
    ],
)
def test_it_is_false(path: str, op: str, value: JsonValue) -> None:
    assert true(path, op, value) is False


@pytest.mark.parametrize("op", [op for op in Op if op is not Op.EXISTS])
def test_a_missing_argument_makes_every_comparison_false(op: Op) -> None:
    values: dict[Op, JsonValue] = {Op.IN: ("a",), Op.NOT_IN: ("a",), Op.REGEX: "a", Op.CONTAINS: "a"}
    for value in (values.get(op, 1), "a"):
        check = check_of(Condition(path=("missing",), op=op, value=value))
        assert check(value_at({}, ("missing",))) is False


def test_it_is_spelled_as_the_file_has_it_and_short() -> None:
    assert shown(Condition(path=("a", "b"), op=Op.IN, value=("x", True))) == 'args.a.b in ["x", true]'
    assert shown(Condition(path=("a",), op=Op.CONTAINS, value="你好")) == 'args.a contains "你好"'
    assert shown(Condition(path=("a",), op=Op.EQ, value="x" * 58)) == f'args.a eq "{"x" * 58}"'
    assert shown(Condition(path=("a",), op=Op.EQ, value="x" * 59)) == f'args.a eq "{"x" * 58}…'


@pytest.mark.parametrize("called", ["13800138000", "+86 138-0013-8000", "\u202d008613800138000\u202c"])
@pytest.mark.parametrize("written", ["13800138000", "+8613800138000"])
def test_a_number_is_the_same_however_policy_and_agent_write_it(called: str, written: str) -> None:
    def holds(op: Op, value: JsonValue, *path: str) -> bool | None:
        condition = Condition(path=("atMobiles", *path), op=op, value=value)
        return check_of(condition)(value_at({"atMobiles": [called, "x"]}, condition.path))

    assert holds(Op.CONTAINS, written)
    assert holds(Op.EQ, (written, "x"))
    assert holds(Op.IN, (written,), "0")
    assert not holds(Op.NEQ, written, "0")
    assert not holds(Op.NOT_IN, (written,), "0")
    assert holds(Op.REGEX, "^138", "0")
    assert not holds(Op.CONTAINS, "13900139000")


def test_what_is_no_list_of_people_to_call_is_compared_as_it_is_written() -> None:
    condition = Condition(path=("content",), op=Op.EQ, value="+8613800138000")
    assert check_of(condition)(value_at({"content": "+8613800138000"}, condition.path))
    assert not check_of(condition)(value_at({"content": "13800138000"}, condition.path))


@pytest.mark.parametrize(
    ("path", "op", "value", "written"),
    [
        ("atUserIds", "contains", "boss", ["x", "@boss"]),
        ("atUserIds", "contains", "boss", ["\u200bboss "]),
        ("atUserIds", "contains", "@boss", ["boss"]),
        ("atUserIds.0", "eq", "boss", ["＠boss"]),
        ("atUserIds.0", "in", ("chef", "boss"), ["\ufeff@@boss\n"]),
        ("atUserIds", "eq", ("a", "b"), ["@a", " b"]),
        ("atUserIds.0", "regex", "^boss$", [" boss"]),
        ("atMobiles", "contains", "13800138000", ["+86 138-0013-8000"]),
        ("messageUrl", "regex", "^http://", " \thttp://evil.example/"),
        ("messageUrl", "eq", "https://a.example/", "https://a.example/\n"),
        ("buttons.0.url", "regex", "^http:", [{"url": "\u3000http://evil.example/"}]),
        ("title", "contains", "secret plan", "secret \n plan"),
        ("title", "regex", "^secret", "  secret"),
        ("taskName", "eq", "a b", "a\t b"),
        ("content", "regex", "(?m)^secret$", "x\rsecret\r\ny"),
        ("text", "eq", "a\r\nb", "a\nb"),
    ],
)
def test_an_argument_is_compared_as_it_is_sent(path: str, op: str, value: JsonValue, written: object) -> None:
    condition = Condition(path=tuple(path.split(".")), op=Op(op), value=value)
    found = value_at({condition.path[0]: written}, condition.path)
    assert check_of(condition)(found) is True


@pytest.mark.parametrize(
    ("path", "value", "written"),
    [("atUserIds.0", "@", ["boss"]), ("title", " ", "secretplan"), ("url", " ", "http://a/")],
)
def test_a_part_that_is_looked_for_is_taken_as_it_stands(path: str, value: JsonValue, written: object) -> None:
    condition = Condition(path=tuple(path.split(".")), op=Op.CONTAINS, value=value)
    assert check_of(condition)(value_at({condition.path[0]: written}, condition.path)) is False
