"""Any bytes are a JSON-RPC message to hand on, or a refusal; and what is handed on means what was sent."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.mcp_client import Endpoint
from tests.support.raw_http import post, rpc, talk
from tray_app.adapters.web.jsonrpc import checked, too_deep
from tray_app.adapters.web.responses import Refusal

MARK = st.text(alphabet=string.ascii_letters, max_size=4).map(lambda tail: "ZQ9" + tail)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | MARK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MARK, inner, max_size=3),
    max_leaves=5,
)
MESSAGES = st.dictionaries(st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error"]), VALUES)
CALLS = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0"),
        "id": st.integers() | MARK,
        "method": st.sampled_from(["tools/call", "tools/list", "ping"]),
    },
    optional={
        "params": st.fixed_dictionaries(
            {},
            optional={
                "name": VALUES | st.just("dingtalk_status"),
                "arguments": VALUES,
                "_meta": VALUES,
                "task": VALUES,
            },
        )
    },
)


@given(st.binary() | (VALUES | MESSAGES | CALLS).map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_handed_on_or_refused(body: bytes) -> None:
    status, handed_on = 200, b""
    try:
        handed_on = checked(body)
    except Refusal as refusal:
        status = refusal.status
    assert status in {200, 400}
    if status == 200:
        message = json.loads(handed_on)
        assert message["jsonrpc"] == "2.0"
        assert isinstance(message["method"], str)
        assert isinstance(message.get("id", 0), str | int)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_message_is_handed_on_as_it_came(content: str) -> None:
    for ascii_only in (True, False):
        body = json.dumps({**json.loads(rpc()), "params": {"a": content}}, ensure_ascii=ascii_only).encode()
        assert json.loads(checked(body))["params"] == {"a": content}


@given(st.text(alphabet=st.sampled_from("a好\ud83d\ude00\\")))
def test_halves_of_emojis_are_refused_and_whole_ones_are_not(content: str) -> None:
    whole = content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    body = rpc(params={"a": content})
    if "\ufffd" in whole:
        with pytest.raises(Refusal):
            checked(body)
    else:
        assert json.loads(checked(body))["params"] == {"a": whole}


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * 101, True),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, True),
        (b"[" * 100 + b"]" * 100, False),
        (b"[" + b"[]," * 10_000 + b"1]", False),
        (b'"' + b"[" * 10_000 + b'"', False),
        (b'"\\"' + b"[" * 10_000 + b'"', False),
        (b'"' + b"[" * 10_000, False),
        (b'"\\\\"' + b"[" * 10_000, True),
    ],
)
def test_depth_is_that_of_brackets_outside_texts(body: bytes, deep: bool) -> None:
    assert too_deep(body) is deep


@pytest.mark.parametrize("twice", ['{"a":1,"a":1}', '{"b":[{"a":1,"b":2,"a":3}]}', '{"a":1,"\\u0061":2}'])
def test_a_name_that_stands_twice_is_refused(twice: str) -> None:
    with pytest.raises(Refusal, match="twice_named"):
        checked(rpc(params={"x": 1}).replace(b'{"x": 1}', twice.encode()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(call=CALLS, version=st.sampled_from(["2025-11-25", "2026-07-28", "2024-11-05"]))
def test_any_call_over_the_wire_is_answered(endpoint: Endpoint, call: dict[str, object], version: str) -> None:
    answer = talk(endpoint.port, post(endpoint.port, json.dumps(call).encode(), ("mcp-protocol-version", version)))
    assert answer.status in {200, 400, 404}
    body = answer.json()
    assert "ZQ9" not in json.dumps({name: value for name, value in body.items() if name != "id"})
    assert body["id"] in {call["id"], None}
