import json

import pytest

from tests.support.transcripts import Script, iteration, tokens
from tray_app.core.claude_code.line import parse_line
from tray_app.core.claude_code.usage import parse_usage
from tray_app.core.sessions.counting.money import STANDARD, Terms
from tray_app.core.sessions.counting.records import ClientCost, ModelReply
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
