import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.transcripts import BASE_MS, Script, tokens
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.usage import parse_usage
from tray_app.core.sessions.counting.records import (
    ClientCost,
    Commit,
    Compacted,
    Edit,
    ModelReply,
    Prompt,
    Results,
    SeenLine,
    SessionTitle,
    ToolOutcome,
    TurnEnd,
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def _one(script: Script) -> object:
    return parse_line(script.lines[-1])


def test_a_prompt_is_what_a_person_typed_with_its_time() -> None:
    script = Script()
    script.prompt("fix the parser", origin={"kind": "human"})
    said = _one(script)
    assert isinstance(said, Prompt)
    assert (said.text, said.at_ms) == ("fix the parser", BASE_MS + 1000)
    assert (said.where.cwd, said.where.branch, said.where.session_id) == ("/code/demo", "main", "s1")


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("<command-name>/compact</command-name>", {}),
        ("<local-command-stdout>done</local-command-stdout>", {}),
        ("<task-notification>\n<task-id>a</task-id>", {}),
        ("[Request interrupted by user]", {}),
        ("This session is being continued", {"isCompactSummary": True}),
        ("<system-reminder>", {"isMeta": True}),
        ("sub task", {"isSidechain": True}),
        ("background work has ended", {"origin": {"kind": "task-notification"}}),
    ],
)
def test_what_the_client_itself_writes_as_the_user_is_no_prompt(text: str, extra: dict[str, object]) -> None:
    script = Script()
    script.prompt(text, **extra)
    assert isinstance(_one(script), SeenLine)


def test_a_prompt_with_a_picture_counts_by_its_text() -> None:
    script = Script()
    script.prompt([{"type": "image", "source": {}}, {"type": "text", "text": "what is this?"}])
    said = _one(script)
    assert isinstance(said, Prompt)
    assert said.text == "what is this?"


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,  ", " :  ")])
@pytest.mark.parametrize("front", [b"", b"\xef\xbb\xbf", b"  "])
def test_spacing_and_a_byte_order_mark_change_nothing(separators: tuple[str, str], front: bytes) -> None:
    script = Script()
    script.prompt()
    script.call("m1", tokens(), "t1", "Read", {"file_path": "a"})
    script.result("t1", "x" * 50)
    script.result("t1", "failed", error=True)
    script.turn(500)
    script.cost(0.5, added=2)
    for entry, usual in zip(script.entries, script.lines, strict=True):
        odd = front + json.dumps(entry, separators=separators).encode()
        assert parse_line(odd) == parse_line(usual)
        assert parse_usage(odd) == parse_usage(usual)


def test_a_reply_tells_its_calls_text_and_context() -> None:
    script = Script()
    script.reply("m1", tokens(2), blocks=[{"type": "text", "text": "Writing."}])
    said = _one(script)
    assert isinstance(said, ModelReply)
    assert (said.key, said.text, said.context_tokens, said.ended) == ("m1", "Writing.", 2 * (1 + 101 + 1001), True)
    script.call("m2", tokens(), "t9", "Bash", {"command": 'git add -A && git commit -m "Mend the parser"'})
    called = _one(script)
    assert isinstance(called, ModelReply)
    assert [(call.id, call.name, call.detail) for call in called.calls] == [("t9", "Bash", Commit("Mend the parser"))]


@pytest.mark.parametrize(
    ("extra", "failed", "denied"),
    [
        ({}, True, False),
        ({"toolDenialKind": "user-rejected"}, False, True),
        ({"permissionDecision": {"decision": "reject"}}, False, True),
        ({"toolDenialKind": "interrupted"}, True, False),
    ],
)
def test_a_refusal_by_the_person_is_no_failure(extra: dict[str, object], failed: bool, denied: bool) -> None:
    script = Script()
    script.result("t1", "no", error=True, **extra)
    said = _one(script)
    assert isinstance(said, Results)
    assert said.outcomes == (ToolOutcome("t1", failed, denied),)


@pytest.mark.parametrize(
    ("result", "edit"),
    [
        ({"type": "create", "filePath": "/a", "content": "one\ntwo\n", "structuredPatch": []}, Edit("/a", 2, 0)),
        ({"type": "create", "filePath": "/a", "content": "one\ntwo", "structuredPatch": []}, Edit("/a", 2, 0)),
        ({"type": "create", "filePath": "/a", "content": "", "structuredPatch": []}, Edit("/a", 0, 0)),
        ({"filePath": "/a", "structuredPatch": [{"lines": [" a", "-b", "+c", "+d"]}]}, Edit("/a", 2, 1)),
        ({"filePath": "/a", "structuredPatch": [None, {"lines": [1, "+x"]}, {"lines": "+"}]}, Edit("/a", 1, 0)),
        ({"type": "text", "file": {"filePath": "/a"}}, None),
    ],
)
def test_written_files_count_their_lines(result: dict[str, object], edit: Edit | None) -> None:
    script = Script()
    script.result("t1", "ok", toolUseResult=result)
    said = _one(script)
    assert isinstance(said, Results)
    assert said.edit == edit


def test_the_subject_git_prints_is_the_commit() -> None:
    script = Script()
    script.result("t1", "ok", toolUseResult={"stdout": "[main 1a2b3c4] Mend it\n 1 file changed, 2 insertions(+)"})
    said = _one(script)
    assert isinstance(said, Results)
    assert said.commit == "Mend it"


@pytest.mark.parametrize(
    ("command", "subject"),
    [
        ("git commit -m 'one line'", "one line"),
        ('git commit -am "two" -m "body"', "two"),
        ("git commit --message=word", "word"),
        ("git commit -m \"$(cat <<'EOF'\nFrom a here document\n\nbody\nEOF\n)\"", "From a here document"),
        ("git commit --amend --no-edit", ""),
    ],
)
def test_a_commits_subject_is_read_from_the_command_too(command: str, subject: str) -> None:
    script = Script()
    script.call("m1", tokens(), "t1", "Bash", {"command": command})
    said = _one(script)
    assert isinstance(said, ModelReply)
    assert said.calls[0].detail == Commit(subject)


def test_titles_turns_summaries_and_the_clients_account_are_read() -> None:
    script = Script()
    script.bare(type="custom-title", customTitle="mine")
    assert _one(script) == SessionTitle("mine", chosen=True)
    script.bare(type="ai-title", aiTitle="made up")
    assert _one(script) == SessionTitle("made up", chosen=False)
    script.cost(0.0142272, added=5, removed=1)
    assert _one(script) == ClientCost(14227, 5, 1)
    script.cost(1, unknown=True)
    assert _one(script) == ClientCost(None, 0, 0)
    script.turn(555)
    end = _one(script)
    assert isinstance(end, TurnEnd)
    assert end.active_ms == 555
    script.add({"type": "system", "subtype": "compact_boundary", "compactMetadata": {"postTokens": 3066}})
    compacted = _one(script)
    assert isinstance(compacted, Compacted)
    assert compacted.context_tokens == 3066


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"type":"api-request-blob","body":"' + b"x" * 1000,
        b'{"type":"queue-operation","content":"please"}',
        b'{"parentUuid":null,"attachment":{"type":"prompt_snapshot","text":"x"},"type":"attachment"}',
        b'{"type":"a-kind-of-tomorrow","message":{}}',
        b'{"type":"assistant","message":"text"}',
        b"\x00\xff\xfe\x80 binary",
        b'{"type":"user"' + b"[" * 100_000,
    ],
)
def test_lines_that_say_nothing_we_count_are_none(line: bytes) -> None:
    assert parse_line(line) is None
    assert parse_usage(line) is None


@given(
    st.dictionaries(st.sampled_from(["type", "message", "timestamp", "uuid", "isSidechain", "toolUseResult"]), _JSON)
)
def test_no_line_whatever_its_fields_hold_breaks_the_reader(entry: dict[str, object]) -> None:
    for kind in ("assistant", "user", "system", "cost-state", "custom-title"):
        line = json.dumps({**entry, "type": kind, "usage": None}).encode()
        parse_line(line)
        parse_usage(line)
        nested = json.dumps({"type": kind, "message": {"usage": entry, "content": [entry]}, **entry}).encode()
        parse_line(nested)
        parse_usage(nested)


@given(st.binary(max_size=300))
def test_binary_junk_breaks_nothing(junk: bytes) -> None:
    parse_line(junk)
    parse_usage(b'"usage"' + junk)


def test_a_plain_result_says_whose_it_is_like_every_line() -> None:
    script = Script()
    script.result("t1", '{"type": "user"}\n' * 50, toolUseResult={"stdout": "x"})
    results = parse_line(script.lines[-1])
    assert isinstance(results, Results)
    assert [(one.call_id, one.failed, one.denied) for one in results.outcomes] == [("t1", False, False)]
    assert (results.where.session_id, results.where.cwd, results.edit) == ("s1", "/code/demo", None)
