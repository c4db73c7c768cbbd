"""Each frame of Stream mode is read as what it is and answered by the letter; nothing that comes breaks the reader."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tray_app.channels.dingtalk.stream.frames import TOPIC, read
from tray_app.core.hearing.stream import Heard, Leaving, NotForUs, Pinged

MESSAGE = {
    "msgId": "msgA==",
    "conversationType": "1",
    "senderStaffId": "manager807",
    "senderCorpId": "dingcorp",
    "senderNick": "张三",
    "robotCode": "dingrobot",
    "createAt": 1_770_000_000_000,
    "msgtype": "text",
    "text": {"content": "允许 A7"},
}


def frame(kind: object, topic: object, data: object, *, message_id: object = "id-1", **headers: object) -> str:
    said = {"contentType": "application/json", "messageId": message_id, "time": "1", "topic": topic} | headers
    return json.dumps({"specVersion": "1.0", "type": kind, "headers": said, "data": data})


def answer_of(text: str) -> dict[str, object]:
    said: dict[str, object] = json.loads(text)
    assert set(said) == {"code", "headers", "message", "data"}
    assert said["headers"] == {"messageId": "id-1", "contentType": "application/json"}
    assert isinstance(said["data"], str)
    return {"code": said["code"], "message": said["message"], "data": json.loads(said["data"])}


def test_a_ping_is_answered_with_its_own_data() -> None:
    read_as = read(frame("SYSTEM", "ping", '{"opaque": "0d\\u00e9-1"}'))

    assert isinstance(read_as, Pinged)
    assert answer_of(read_as.answer) == {"code": 200, "message": "OK", "data": {"opaque": "0dé-1"}}


@pytest.mark.parametrize(("message_id", "answered"), [("id-1", True), (None, False), ("", False), (7, False)])
def test_a_disconnect_is_known_also_without_an_id_to_answer_to(message_id: object, answered: bool) -> None:
    read_as = read(frame("SYSTEM", "disconnect", '{"reason": "connection is expired"}', message_id=message_id))

    assert isinstance(read_as, Leaving)
    assert read_as.reason == "connection is expired"
    assert bool(read_as.answer) is answered


def test_a_message_is_heard_and_its_answer_says_so() -> None:
    read_as = read(frame("CALLBACK", TOPIC, json.dumps(MESSAGE), appId="a", connectionId="c"))

    assert isinstance(read_as, Heard)
    assert read_as.message.sender == ("dingcorp", "manager807")
    assert answer_of(read_as.answer) == {"code": 200, "message": "OK", "data": {"response": "OK"}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (frame("SYSTEM", "CONNECTED", "{}"), 200),
        (frame("SYSTEM", None, None), 200),
        (frame("CALLBACK", "/v1.0/card/instances/callback", "{}"), 404),
        (frame("EVENT", "*", "{}"), 404),
        (frame("NEXT YEAR'S", "x", "{}"), 404),
        (frame(None, ["x"], {"x": 1}), 404),
        (frame("CALLBACK", TOPIC, "no json"), 400),
        (frame("CALLBACK", TOPIC, json.dumps({**MESSAGE, "msgId": ""})), 400),
        (frame("CALLBACK", TOPIC, json.dumps(MESSAGE | {"msgId": 7})), 400),
        (frame("CALLBACK", TOPIC, MESSAGE), 400),
        (frame("CALLBACK", TOPIC, "[" * 10_000), 400),
        (frame("CALLBACK", TOPIC, '{"msgId":' * 10_000), 400),
        (frame("CALLBACK", TOPIC, '{"createAt": ' + "9" * 6_000 + "}"), 400),
    ],
)
def test_what_is_not_for_us_is_borne_and_answered(text: str, code: int) -> None:
    read_as = read(text)

    assert isinstance(read_as, NotForUs)
    assert answer_of(read_as.answer)["code"] == code


@pytest.mark.parametrize(
    "text", ["", "x", "null", "[]", "{}", '"x"', "{" * 10_000, "[" * 100_000, '{"headers": 1}', '{"type": "SYSTEM"}']
)
def test_what_is_no_frame_is_not_answered(text: str) -> None:
    read_as = read(text)

    assert isinstance(read_as, NotForUs)
    assert read_as.answer == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["SYSTEM", "CALLBACK", "EVENT"]) | JSON,
    topic=st.sampled_from(["ping", "disconnect", TOPIC]) | JSON,
    over=st.dictionaries(st.sampled_from(sorted(MESSAGE)), JSON),
    name=st.just("id-1") | JSON,
)
def test_whatever_comes_is_read_and_its_answer_is_one(
    kind: object, topic: object, over: dict[str, object], name: object
) -> None:
    read_as = read(frame(kind, topic, json.dumps(MESSAGE | over), message_id=name))

    if read_as.answer:
        assert json.loads(read_as.answer)["headers"]["messageId"] == name
    if isinstance(read_as, Heard):
        for said in (read_as.message.text, read_as.message.nick, read_as.message.staff_id, read_as.message.msg_id):
            said.encode()


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_borne(text: str) -> None:
    read(text)


def test_of_a_frame_that_is_cut_what_came_whole_is_read_so_that_it_is_answered_and_not_sent_again() -> None:
    whole = frame("CALLBACK", TOPIC, json.dumps(MESSAGE))
    head = whole.index('"data"')
    for end in range(len(whole)):
        read_as = read(whole[:end])
        assert isinstance(read_as, NotForUs)
        assert bool(read_as.answer) is (end >= head - 2)
        if read_as.answer:
            assert answer_of(read_as.answer) == {"code": 400, "message": "bad request", "data": {"response": None}}


def test_a_disconnect_that_is_cut_is_one() -> None:
    whole = frame("SYSTEM", "disconnect", "x" * 100)

    assert isinstance(read(whole[:-50]), Leaving)
    assert isinstance(read(frame("SYSTEM", "ping", "x" * 100)[:-50]), NotForUs)


@pytest.mark.parametrize(
    "said",
    [
        '{"headers": {"messageId": "id-1"}, "data": ' + "[" * 100_000,
        '{"headers": {"messageId": "id-1"}, "data": ' + "1" * 10_000 + "}",
        ' { "headers" : {"messageId": "id-1"} , nonsense',
    ],
)
def test_what_is_no_json_behind_its_id_is_refused_by_it(said: str) -> None:
    read_as = read(said)

    assert isinstance(read_as, NotForUs)
    assert answer_of(read_as.answer)["code"] == 400


@pytest.mark.parametrize(
    "said", ["", "{", "{}", '{"a" 1', '{"headers": {"messageId": "id-1"', "{1: 2", "null", '{"', "[]"]
)
def test_what_has_no_id_that_came_whole_is_not_answered(said: str) -> None:
    assert read(said) == NotForUs(answer="", what="no frame")
