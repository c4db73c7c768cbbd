"""A table is put into a TOML document and taken out of it as text; every other byte stays."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.connect.formats import TOML
from tray_app.core.connect.toml_entry import NotToml
from tray_app.core.jsontext.edit import WrongShape

AT = ("mcp_servers", "dingtalk")
OURS = {"url": "http://127.0.0.1:8737/mcp", "http_headers": {"Authorization": 'Bearer a\\b"c'}, "args": ["x", "文"]}
DOCUMENTS = {
    "nothing": "",
    "a line end": "\n",
    "a byte order mark": "\ufeff",
    "no end of line": 'model = "x"',
    "comments": '# mine\nmodel = "x" # [not.a.header]\n\n# the last word\n',
    "Windows": '\ufeff# mine\r\nmodel = "x"\r\n\r\n[mcp_servers.other]\r\ncommand = "a"\r\n',
    "a string that looks like a header": 't = """\n[mcp_servers.dingtalk]\n"""\n',
    "another": "t = '''\n[mcp_servers.dingtalk]'''\n",
    "an array over lines": '[z]\na = [\n  [1, 2], # [x]\n  ["]"],\n]\n',
    "dotted": 'mcp_servers.other.url = "x"\n',
    "ours of before": '[mcp_servers.dingtalk]\nurl = "x"\n[mcp_servers.dingtalk.tools.a]\nx = 1\n\n# about z\n[z]\n',
    "quoted": '["mcp_servers".\'dingtalk\']\nurl = "x"\n# end\n',
    "tables in lists": "[[a]]\nb = 1\n[[a]]\nb = 2\n",
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_what_is_put_in_is_read_back_and_taken_out_leaves_every_byte(document: str) -> None:
    edited = TOML.put(document, AT, OURS)
    read = tomllib.loads(edited.text.removeprefix("\ufeff"))
    before = tomllib.loads(document.removeprefix("\ufeff"))
    assert read["mcp_servers"].pop("dingtalk") == OURS
    before.get("mcp_servers", {}).pop("dingtalk", None)
    assert read == {**before, "mcp_servers": before.get("mcp_servers", {})}
    assert TOML.revert(edited.text, edited.undo) == document
    again = TOML.put(edited.text, AT, OURS)
    assert (again.text, again.undo) == (edited.text, ())


def test_what_others_write_meanwhile_stays() -> None:
    edited = TOML.put("# mine\n", AT, OURS)
    changed = edited.text.replace("# mine\n", "# mine\na = 1\n") + '\n# theirs\n[mcp_servers.other]\nurl = "y"\n'
    assert TOML.revert(changed, edited.undo) == '# mine\na = 1\n\n# theirs\n[mcp_servers.other]\nurl = "y"\n'
    assert TOML.revert("# all new\n", edited.undo) == "# all new\n"


def test_a_comment_above_the_next_table_belongs_to_that() -> None:
    before = DOCUMENTS["ours of before"]
    assert "\n\n# about z\n[z]\n" in TOML.put(before, AT, OURS).text


@pytest.mark.parametrize(
    "document",
    ['mcp_servers = { other = { url = "x" } }\n', '[mcp_servers]\ndingtalk = { url = "x" }\n', "mcp_servers = 1\n"],
)
def test_a_document_that_spells_it_otherwise_is_left_alone(document: str) -> None:
    with pytest.raises(WrongShape):
        TOML.put(document, AT, OURS)


@pytest.mark.parametrize(("document", "line"), [("a = \n", 1), ("a = 1\n[b\n", 2), ("a = 1\na = 2\n", 2), ("\n\na", 3)])
def test_what_is_no_toml_is_told_with_its_line(document: str, line: int) -> None:
    with pytest.raises(NotToml) as told:
        TOML.put(document, AT, OURS)
    assert told.value.line == line


PIECES = [
    *("# c\n", "\n", "\t\n", "[a]\n", "[b.'c d']\n", '  [ b . "c]" ] # x\n', "[[l]]\n", '[["mcp_servers".l]]\n'),
    *("k1 = 1\n", 'k2 = "a # [b]" # c\n', "k3 = '''it's\n[x]\n'''\n", 'k4 = """q\\"""[z]"""\n', 'k5 = """a"""""\n'),
    *("k6 = [1,\n #]\n 2]\n", 'k7 = {a = "]"}\n', "mcp_servers.dot.url = 1\n", "[mcp_servers]\n", "[mcp_servers.x]\n"),
    *("[mcp_servers.dingtalk]\n", "[mcp_servers.dingtalk.tools.q]\n"),
]


@given(
    lines=st.lists(st.sampled_from(PIECES), max_size=7),
    begin=st.sampled_from(["", "\ufeff"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    ended=st.booleans(),
)
def test_any_document_is_given_back_also_where_others_wrote_behind_ours(
    lines: list[str], begin: str, newline: str, ended: bool
) -> None:
    document = begin + "".join(lines).replace("\n", newline)
    document = document if ended else document.rstrip("\r\n")
    try:
        before = TOML.parse(document)
    except NotToml:
        return
    assert isinstance(before, dict)
    edited = TOML.put(document, AT, OURS)
    assert TOML.put(edited.text, AT, OURS).undo == ()
    reverted = TOML.revert(edited.text, edited.undo)
    assert TOML.parse(reverted) == before
    if "dingtalk" not in document:
        assert reverted == document
    end = "" if edited.text.endswith("\n") else newline
    behind = TOML.revert(f"{edited.text}{end}[zz]{newline}q = 1{newline}", edited.undo)
    assert TOML.parse(behind) == {**before, "zz": {"q": 1}}
