import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.transcripts import Script, iteration, tokens
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.pricing import picos
from tray_app.core.claude_code.usage import parse_usage, used_in
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.counting.money import STANDARD, Terms
from tray_app.core.sessions.counting.records import ClientCost, ModelReply, Spent
from tray_app.core.sessions.session import Tokens


def _reply(script: Script) -> object:
    return parse_line(script.lines[-1])


@pytest.mark.parametrize("request_id", ["req_1", "", None, 7])
def test_usage_is_read_whatever_the_request_id_and_version(request_id: object) -> None:
    script = Script()
    script.reply("m1", tokens(3), requestId=request_id, version={"major": 9})
    spent = parse_usage(script.lines[-1])
    assert spent is not None
    assert not isinstance(spent, ClientCost)
    assert (spent.key, spent.tokens, spent.model) == ("m1", tokens(3), "claude-opus-5-5")


def test_the_parts_of_cache_writes_count_where_their_sum_is_missing() -> None:
    parts = b'{"ephemeral_1h_input_tokens":5,"ephemeral_5m_input_tokens":2}'
    line = b'{"type":"assistant","timestamp":"2026-11-22T10:58:18Z","message":{"id":"m","usage":{"cache_creation":'
    spent = parse_usage(line + parts + b"}}}")
    assert spent is not None
    assert not isinstance(spent, ClientCost)
    assert (spent.tokens.cache_creation, spent.tokens.cache_creation_1h) == (7, 5)


def test_usage_inside_a_tools_arguments_or_results_is_not_usage() -> None:
    script = Script()
    script.prompt()
    script.result("t1", "ok", toolUseResult={"usage": {"input_tokens": 5}, "message": {"usage": {}}})
    assert parse_usage(script.lines[-1]) is None
    quoted = Script()
    quoted.prompt('{"type":"assistant","message":{"usage":{"input_tokens":5}}}')
    assert parse_usage(quoted.lines[-1]) is None


def test_half_an_emoji_does_not_hide_a_line() -> None:
    front = b'{"type":"assistant","timestamp":"2026-11-22T10:58:18.281Z","x":"\\ud83d",'
    spent = parse_usage(front + b'"message":{"id":"m","usage":{"input_tokens":4}}}')
    assert spent is not None
    assert not isinstance(spent, ClientCost)
    assert spent.tokens.input == 4


_OWN = [
    Tokens(input=2, output=833, cache_read=85_338, cache_creation=2_793),
    Tokens(input=3, output=113, cache_read=88_131),
]
_ADVICE = iteration(Tokens(input=90_314, output=5_644), kind="advisor_message", model="claude-opus-5")


def _advised(*last: dict[str, object]) -> Script:
    script = Script()
    parts = [iteration(_OWN[0]), _ADVICE, iteration(_OWN[1]), *last]
    script.reply("m1", sum(_OWN, Tokens()), model="claude-fable-5", iterations=parts, searches=2)
    return script


def test_the_context_is_what_the_last_request_of_the_reply_itself_read() -> None:
    said = _reply(_advised())
    assert isinstance(said, ModelReply)
    assert said.context_tokens == _OWN[1].prompt
    last = _reply(_advised(_ADVICE))
    assert isinstance(last, ModelReply)
    assert last.context_tokens == _OWN[1].prompt
    fallen_back = _reply(_advised(iteration(Tokens(input=9, cache_read=700), kind="fallback_message")))
    assert isinstance(fallen_back, ModelReply)
    assert fallen_back.context_tokens == 709


def test_advice_of_another_model_is_its_own_and_counts_beside_the_reply() -> None:
    spent = parse_usage(_advised(_ADVICE).lines[-1])
    assert spent is not None
    assert not isinstance(spent, ClientCost)
    assert (spent.model, spent.tokens) == ("claude-fable-5", sum(_OWN, Tokens()))
    assert spent.terms == Terms(searches=2, parts=tuple(_OWN))
    assert [(one.key, one.model, one.tokens, one.terms) for one in spent.asked] == [
        (f"m1:advisor:{number}", "claude-opus-5", Tokens(input=90_314, output=5_644), STANDARD) for number in range(2)
    ]


@pytest.mark.parametrize(
    "parts", [None, 5, [], ["x", 7, None], [{"type": "advisor_message", "input_tokens": 5}], [{"type": []}]]
)
def test_iterations_that_say_nothing_leave_the_reply_as_it_is(parts: object) -> None:
    script = Script()
    script.reply("m1", tokens(2))
    whole = json.loads(script.lines[-1])
    whole["message"]["usage"]["iterations"] = parts
    spent, said = parse_usage(json.dumps(whole).encode()), parse_line(json.dumps(whole).encode())
    assert spent == parse_usage(script.lines[-1])
    assert isinstance(said, ModelReply)
    assert said.context_tokens == tokens(2).prompt


def test_parts_that_do_not_add_up_are_no_parts() -> None:
    script = Script()
    script.reply("m1", tokens(200), iterations=[iteration(tokens(100)), iteration(tokens(99))])
    spent = parse_usage(script.lines[-1])
    assert spent is not None
    assert not isinstance(spent, ClientCost)
    assert spent.terms == STANDARD._replace(parts=())


_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["m1", "m2", "mé", "\ud800", ""]),
            "amount": st.integers(0, 3),
            "side": st.booleans(),
            "copied": st.sampled_from([False, False, True]),
            "words": st.sampled_from(["Done.", '"usage"', "}}"]),
            "given": st.sampled_from([{}, {"usage": {"input_tokens": 1}}, {"a": [{"usage": "usage"}]}]),
            "advised": st.sampled_from([False, False, True]),
            "late": st.sampled_from([{}, {}, {"timestamp": None}]),
            "then": st.sampled_from(["", "", "result", "account"]),
        }
    ),
    max_size=12,
)


def _script(parts: Sequence[dict[str, object]]) -> Script:
    script = Script()
    for one in parts:
        spent = tokens(one["amount"])  # type: ignore[arg-type]  # hypothesis gives what is asked for above
        blocks = [{"type": "text", "text": one["words"]}, {"type": "tool_use", "input": one["given"]}]
        extra = {"forkedFrom": {"sessionId": "x"}} if one["copied"] else {}
        iterations = [iteration(spent), _ADVICE] if one["advised"] else []
        more = {**extra, **one["late"], "isSidechain": one["side"]}  # type: ignore[dict-item]  # as above
        script.reply(str(one["name"]), spent, blocks=blocks, iterations=iterations, **more)  # type: ignore[arg-type]
        if one["then"] == "result":
            script.result("t", toolUseResult={"usage": {"input_tokens": 9}})
        if one["then"] == "account":
            script.cost(1.5)
    return script


def _used(said: Sequence[Spent | ClientCost]) -> object:
    index = SessionIndex(lambda at_ms: at_ms // 86_400_000 + 719_163, picos)
    for one in said:
        index.count("s1", one)
    return index.session("s1")


@given(_LINES)
def test_a_piece_says_what_its_lines_say_one_by_one(parts: list[dict[str, object]]) -> None:
    lines = [json.dumps(entry, separators=(",", ":")).encode() for entry in _script(parts).entries]
    one_by_one = [said for line in lines if (said := parse_usage(line)) is not None]
    piece = b"".join(line + b"\n" for line in lines)
    assert _used(list(used_in(piece))) == _used(one_by_one)
    assert _used(list(used_in(piece.rstrip(b"\n")))) == _used(one_by_one)


def test_of_the_lines_that_repeat_what_a_reply_used_one_is_told() -> None:
    script = Script()
    blocks = [{"type": "text", "text": f"{number}"} for number in range(5)]
    script.reply("m1", tokens(1), blocks=blocks)
    script.reply("m1", tokens(2), blocks=blocks[:2])  # it has grown
    script.reply("m2", tokens(2), blocks=blocks[:2])
    told = [(said.key, said.tokens) for said in used_in(script.body) if isinstance(said, Spent)]
    assert told == [("m1", tokens(1)), ("m1", tokens(2)), ("m2", tokens(2))]
