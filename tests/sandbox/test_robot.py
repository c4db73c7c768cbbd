"""The strict robot says no where DingTalk does: a lenient one would prove nothing."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tray_app.sandbox.fields import SeenMessage
from tray_app.sandbox.robot import RawRequest, StrictRobot

NOW_MS = 1_795_000_000_000
TOKEN, SECRET = "a" * 64, "SEC" + "b" * 64
JSON = {"content-type": "application/json; charset=utf-8"}
TEXT = {"msgtype": "text", "text": {"content": "hello"}}
BUTTONS = [{"title": "b", "actionURL": "https://a.b"}]


def target(stamp_ms: int = NOW_MS, *, secret: str = SECRET, **more: str) -> str:
    digest = hmac.new(secret.encode(), f"{stamp_ms}\n{secret}".encode(), hashlib.sha256).digest()
    query = {"access_token": TOKEN, "timestamp": str(stamp_ms), "sign": base64.b64encode(digest).decode(), **more}
    return f"/robot/send?{urlencode({name: value for name, value in query.items() if value})}"


def ask(
    robot: StrictRobot,
    said: object = TEXT,
    *,
    to: str = "",
    method: str = "POST",
    headers: Mapping[str, str] = JSON,
    now_ms: int = NOW_MS,
) -> int:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    request = RawRequest(method=method, target=to or target(now_ms), headers=headers, body=body)
    answer = robot.answer(request, now_ms=now_ms)
    assert answer.status == 200
    code: int = json.loads(answer.body)["errcode"]
    return code


def signed(**more: Any) -> StrictRobot:
    return StrictRobot(token=TOKEN, secret=SECRET, **more)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, 0),
        ({"method": "GET"}, 43002),
        ({"headers": {}}, 43004),
        ({"headers": {"content-type": "text/plain"}}, 43004),
        ({"to": "/robot/other?access_token=x"}, 404),
        ({"to": "/robot/send"}, 40035),
        ({"to": target(access_token="b" * 64)}, 300005),
        ({"said": b"text=hello"}, 40035),
        ({"said": b"[1]"}, 40035),
        ({"said": b"\xff"}, 40035),
        ({"said": {**TEXT, "text": {"content": "x" * 20_001}}}, 460101),
    ],
)
def test_requests_are_judged_in_dingtalks_codes(asked: dict[str, Any], code: int) -> None:
    robot = signed()

    assert ask(robot, **asked) == code
    assert len(robot.received) == (code == 0)


@pytest.mark.parametrize(
    "to",
    [
        f"/robot/send?access_token={TOKEN}",
        target(sign=""),
        target(timestamp=""),
        target(sign="wrong"),
        target(secret="SEC" + "c" * 64),
        target(timestamp="now"),
        target(NOW_MS - 3_600_001),
        target(NOW_MS + 3_600_001),
        target(NOW_MS // 1_000),
    ],
)
def test_a_signature_must_be_there_and_right_and_fresh(to: str) -> None:
    assert ask(signed(), to=to) == 310000


@pytest.mark.parametrize("stamp_ms", [NOW_MS - 3_600_000, NOW_MS + 3_600_000])
def test_an_hour_either_way_is_fresh_enough(stamp_ms: int) -> None:
    assert ask(signed(), to=target(stamp_ms)) == 0


def test_an_address_off_the_allow_list_is_refused() -> None:
    assert ask(signed(refuse_ip=True)) == 310000


CARD = {"title": "t", "text": "x", "btns": BUTTONS}
SINGLE = {"title": "t", "text": "x", "singleTitle": "s", "singleURL": "https://a.b"}
FEED = {"title": "t", "messageURL": "https://a.b", "picURL": "https://a.b"}
LINK = {"title": "t", "text": "x", "messageUrl": "https://a.b"}


def without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("text", None, 400201),
        ("text", {}, 400202),
        ("text", {"content": " "}, 400202),
        ("text", {"content": 5}, 400202),
        ("link", LINK, 0),
        ("link", without(LINK, "title"), 400302),
        ("link", without(LINK, "text"), 400303),
        ("link", {"title": "t", "text": "x", "messageURL": "https://a.b"}, 400304),
        ("markdown", None, 400401),
        ("markdown", {"text": "x"}, 400402),
        ("markdown", {"title": "t"}, 400403),
        ("actionCard", CARD, 0),
        ("actionCard", SINGLE, 0),
        ("actionCard", without(CARD, "title"), 400502),
        ("actionCard", without(CARD, "text"), 400503),
        ("actionCard", without(SINGLE, "singleTitle"), 400504),
        ("actionCard", without(SINGLE, "singleURL"), 400505),
        ("actionCard", without(CARD, "btns"), 400506),
        ("actionCard", {**CARD, "btns": []}, 400506),
        ("actionCard", {**CARD, "btnOrientation": 0}, 400506),
        ("actionCard", {**CARD, "btns": [{"title": "b", "actionUrl": "https://a.b"}]}, 400508),
        ("feedCard", {"links": [FEED]}, 0),
        ("feedCard", {}, 400602),
        ("feedCard", {"links": ["x"]}, 400602),
        ("feedCard", {"links": [without(FEED, "title")]}, 400603),
        ("feedCard", {"links": [{"title": "t", "messageUrl": "https://a.b", "picURL": "https://a.b"}]}, 400604),
        ("feedCard", {"links": [without(FEED, "picURL")]}, 400605),
        ("image", {"picURL": "https://a.b"}, 400105),
        (None, {}, 400105),
    ],
)
def test_each_kind_has_its_own_demands(kind: str | None, content: object, code: int) -> None:
    said = {"msgtype": kind} if content is None else {"msgtype": kind, str(kind): content}

    assert ask(signed(), said) == code


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ({"atMobiles": ["1"] * 50}, 0),
        ({"atMobiles": ["1"] * 50, "atUserIds": ["u"]}, 40035),
        ({"atMobiles": "13800000000"}, 40035),
        ({"atMobiles": [13800000000]}, 40035),
        ({"isAtAll": "true"}, 40035),
        ([], 40035),
    ],
)
def test_mentions_are_lists_of_fifty_at_most(at: object, code: int) -> None:
    assert ask(signed(), {**TEXT, "at": at}) == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"msgtype": "text", "text": {"content": "an Alert!"}}, 0),
        ({"msgtype": "text", "text": {"content": "an alert!"}}, 310000),
        ({"msgtype": "markdown", "markdown": {"title": "Alert", "text": "x"}}, 310000),
        ({"msgtype": "markdown", "markdown": {"title": "x", "text": "Alert"}}, 0),
        ({"msgtype": "actionCard", "actionCard": {**SINGLE, "title": "Alert"}}, 310000),
        ({"msgtype": "actionCard", "actionCard": {**SINGLE, "text": "Alert"}}, 310000),
        ({"msgtype": "actionCard", "actionCard": {**SINGLE, "title": "Alert", "text": "Alert"}}, 0),
        ({"msgtype": "link", "link": {**LINK, "text": "Alert"}}, 0),
        ({"msgtype": "link", "link": LINK}, 310000),
        ({"msgtype": "feedCard", "feedCard": {"links": [FEED, {**FEED, "title": "Alert"}]}}, 0),
        ({"msgtype": "feedCard", "feedCard": {"links": [FEED]}}, 310000),
    ],
)
def test_a_keyword_must_stand_where_dingtalk_looks(said: object, code: int) -> None:
    assert ask(signed(keywords=("Nothing", "Alert")), said) == code


def test_the_twenty_first_message_in_a_minute_closes_the_robot_for_ten() -> None:
    robot = signed()

    codes = [ask(robot, now_ms=NOW_MS + number) for number in range(22)]
    late = [ask(robot, now_ms=NOW_MS + 20 + after_ms) for after_ms in (599_999, 600_000)]

    assert codes == [0] * 20 + [410100] * 2
    assert late == [410100, 0]


def test_twenty_a_minute_for_ever_are_fine() -> None:
    robot = signed()

    assert {ask(robot, now_ms=NOW_MS + number * 3_000) for number in range(100)} == {0}


def test_a_message_sent_twice_under_one_id_is_shown_once() -> None:
    robot = signed()

    assert [ask(robot, {**TEXT, "msgUuid": uuid}) for uuid in ("1", "1", "2")] == [0, 0, 0]
    assert [ask(robot) for _ in range(2)] == [0, 0]
    assert [seen.uuid for seen in robot.received] == ["1", "2", "", ""]


def test_only_who_is_listed_and_named_is_called() -> None:
    robot = signed()
    at = {"atMobiles": ["138", "139"], "atUserIds": ["u"], "isAtAll": True}

    ask(robot, {"msgtype": "text", "text": {"content": "@138 and @x"}, "at": at, "msgUuid": "1"})

    assert robot.received == [
        SeenMessage(kind="text", title="", text="@138 and @x", mentions=("all", "138"), uuid="1", at_ms=NOW_MS)
    ]


def test_what_the_group_saw_can_be_read() -> None:
    robot = signed()
    ask(
        robot,
        {"msgtype": "markdown", "markdown": {"title": "Report", "text": "one\ntwo @138"}, "at": {"atMobiles": ["138"]}},
    )
    ask(robot, {"msgtype": "actionCard", "actionCard": CARD})
    ask(robot, {"msgtype": "link", "link": LINK})
    page = "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fa.b&pc_slide=false"
    ask(robot, {"msgtype": "feedCard", "feedCard": {"links": [{**FEED, "messageURL": page}]}})

    assert robot.as_seen() == (
        "1. [markdown] Report\n    one\n    two @138\n    called: @138\n"
        "2. [actionCard] t\n    x\n    [b] <https://a.b>\n"
        "3. [link] t\n    x\n    <https://a.b>\n"
        "4. [feedCard]\n    - t <https://a.b>"
    )


@pytest.mark.parametrize(
    "mobile", ["+8613800138000", "+86-13800138000", "008613800138000", "138-0013-8000", "+85251234567"]
)
def test_a_number_in_another_form_than_dingtalks_is_taken_and_calls_nobody(mobile: str) -> None:
    robot = signed()
    at = {"atMobiles": [mobile, "13800138000", "+852-51234567"]}
    said = f"@{mobile} @13800138000 @+852-51234567"
    ask(robot, {"msgtype": "text", "text": {"content": said}, "at": at, "msgUuid": "1"})
    assert robot.received[0].mentions == ("13800138000", "+852-51234567")
