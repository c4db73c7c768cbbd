"""A member is put into JSON with comments and taken out again: comments, commas and every other byte stay."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.connect.formats import COMMENTED_JSON, JSONC, ConfigFormat
from tray_app.core.jsontext.edit import NotJson, WrongShape

AT = ("mcpServers", "dingtalk")
OURS = {"url": "http://127.0.0.1:8737/mcp", "headers": {"Authorization": "Bearer x"}}
PLAIN = {
    "one line": "{}",
    "two lines": "{\n}",
    "a member on one line": '{"a":1}',
    "spaced": '{ "a": 1 }',
    "Windows": '\ufeff{\r\n\t"a": 1\r\n}\r\n',
    "a list there": '{\n  "mcpServers": {},\n  "z": [1, 2]\n}\n',
    "ours of before": '{\n  "mcpServers": {\n    "a": {},\n    "dingtalk": {"x": 1},\n    "b": {}\n  }\n}',
}
COMMENTED = {
    "inside": "{ // nothing yet\n}",
    "beside the last": '{\n  "a": 1 // about a\n}\n',
    "below the last": '{\n  "a": 1 /* a */\n  // the end\n}\n',
    "above": '// mine: "x", {\n/* [ */\n{ "a": "//no /* no */" }\n// after',
    "in the way": '{\n  "mcpServers": { /* none */ }\n}',
    "Windows": '{\r\n\t"mcpServers": {\r\n\t\t"o": {} /* y */\r\n\t\t// end\r\n\t}\r\n}',
}
LAST_COMMAS = {
    "a comma behind the last": '{\n  "a": 1, // about a\n}\n',
    "on one line": '{"mcpServers":{"o":1,},}',
    "apart": '{ "a": 1 , }',
    "behind a comment": '{"a": 1 // about a\n, /* last */}',
    "deeper": '// only\n{\n  "mcpServers": {},\n  "z": [1,2,],\n}\n',
    "spaced": '\ufeff{\n /* {"a": "} */ "x": "//no", }',
}
EACH = [
    *((form, document) for form in (COMMENTED_JSON, JSONC) for document in (*PLAIN.values(), *COMMENTED.values())),
    *((JSONC, document) for document in LAST_COMMAS.values()),
]


@pytest.mark.parametrize(("form", "document"), EACH)
def test_what_is_put_in_is_read_back_and_taken_out_leaves_every_byte(form: ConfigFormat, document: str) -> None:
    edited = form.put(document, AT, OURS)
    read = form.parse(edited.text)
    assert isinstance(read, dict)
    assert read["mcpServers"]["dingtalk"] == OURS
    assert form.revert(edited.text, edited.undo) == document
    again = form.put(edited.text, AT, OURS)
    assert (again.text, again.undo) == (edited.text, ())


def test_a_comment_goes_on_belonging_to_what_it_is_about() -> None:
    text = JSONC.put('{\n  "a": 1 // about a\n}\n', ("b",), {}).text
    assert text == '{\n  "a": 1, // about a\n  "b": {}\n}\n'
    assert JSONC.put('{\n  "a": 1, // about a\n}\n', ("b",), {}).text == '{\n  "a": 1, // about a\n  "b": {},\n}\n'


def test_what_others_write_meanwhile_stays() -> None:
    edited = JSONC.put("{ // mine\n}", AT, OURS)
    changed = edited.text.replace("{ // mine", '{ // mine, changed\n  "before": 1,').replace(
        "\n}", ',\n  "after": 2\n}'
    )
    reverted = JSONC.revert(changed, edited.undo)
    assert JSONC.parse(reverted) == {"before": 1, "after": 2}
    assert "// mine, changed" in reverted


@pytest.mark.parametrize("document", [*LAST_COMMAS.values(), '{"a": 1 /* open }', "{'a': 1}", "{a: 1}"])
def test_what_its_reader_does_not_take_is_no_document(document: str) -> None:
    with pytest.raises(NotJson):
        COMMENTED_JSON.put(document, AT, OURS)


def test_something_else_in_the_way_is_told() -> None:
    with pytest.raises(WrongShape):
        JSONC.put('{"mcpServers": [ /* a list */ ]}', AT, OURS)


@given(
    value=st.dictionaries(
        st.sampled_from(["mcpServers", "a", "键"]),
        st.dictionaries(st.sampled_from(["dingtalk", "o", "x"]), st.text(max_size=4), max_size=3),
    ),
    indent=st.sampled_from([None, 2, "\t"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    comment=st.sampled_from(["", " // c", " /* c, */"]),
    last=st.booleans(),
)
def test_any_document_is_given_back(
    value: dict[str, dict[str, str]], indent: int | str | None, newline: str, comment: str, last: bool
) -> None:
    lines = json.dumps(value, indent=indent, ensure_ascii=False).split("\n")
    comma = "," if last and len(lines) > 1 and value else ""
    noted = [line + comment if indent is not None else line for line in lines]
    if comma:
        noted[-2] = lines[-2] + comma + comment
    document = newline.join(noted)
    edited = JSONC.put(document, AT, OURS)
    assert JSONC.revert(edited.text, edited.undo) == document
