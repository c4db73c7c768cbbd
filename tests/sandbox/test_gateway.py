"""The gateway of Stream mode keeps DingTalk's contract, and notes each breach of it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tray_app.sandbox.dingtalk_app import StrictApp
from tray_app.sandbox.gateway import OPEN_PATH, NoEntry, StrictGateway
from tray_app.sandbox.robot import RawRequest

BOT = {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}
JSON = {"content-type": "application/json", "accept": "application/json"}


@pytest.fixture
def app() -> StrictApp:
    return StrictApp(client_id="dingone", client_secret="s" * 40)


@pytest.fixture
def gateway(app: StrictApp) -> StrictGateway:
    made = StrictGateway(app)
    made.endpoint = "ws://127.0.0.1:1/connect"
    return made


def ticket(gateway: StrictGateway, now_ms: int = 0) -> str:
    body = {"clientId": "dingone", "clientSecret": "s" * 40, "subscriptions": [BOT]}
    request = RawRequest(method="POST", target=OPEN_PATH, headers=JSON, body=json.dumps(body).encode())
    said = json.loads(gateway.app.answer(request, now_ms=now_ms).body)
    return quote(said["ticket"], safe="")


def connect(gateway: StrictGateway, now_ms: int = 0) -> int:
    return gateway.connect(f"/connect?ticket={ticket(gateway, now_ms)}", now_ms).number


def frames(gateway: StrictGateway, now_ms: int) -> list[tuple[int, dict[str, Any]]]:
    return [(number, json.loads(said)) for number, said in gateway.take_out(now_ms)]


def answer(frame: dict[str, Any], *, code: int = 200, data: str = '{"response": "OK"}', name: str = "") -> str:
    headers = {"messageId": name or frame["headers"]["messageId"], "contentType": "application/json"}
    return json.dumps({"code": code, "headers": headers, "message": "OK", "data": data})


@pytest.mark.parametrize(
    ("after_ms", "spelled", "breach"),
    [
        (0, "/connect?ticket={}", ""),
        (89_999, "/connect?ticket={}", ""),
        (90_000, "/connect?ticket={}", "too old"),
        (0, "/connect?ticket=made-up", "made up"),
        (0, "/other?ticket={}", "not /connect"),
        (0, "/connect?ticket={}&x=1", "not /connect"),
    ],
)
def test_a_ticket_lets_in_once_within_its_time(
    gateway: StrictGateway, after_ms: int, spelled: str, breach: str
) -> None:
    given = ticket(gateway)
    if not breach:
        gateway.connect(spelled.format(given), after_ms)
        breach = "twice"
    with pytest.raises(NoEntry):
        gateway.connect(spelled.format(given), after_ms)

    (said,) = gateway.app.breaches
    assert breach in said


def test_more_than_twenty_tickets_in_a_second_are_throttled_with_403(gateway: StrictGateway) -> None:
    for _ in range(20):
        ticket(gateway)
    body = {"clientId": "dingone", "clientSecret": "s" * 40, "subscriptions": [BOT]}
    request = RawRequest(method="POST", target=OPEN_PATH, headers=JSON, body=json.dumps(body).encode())

    refused = gateway.app.answer(request, now_ms=999)
    assert (refused.status, b"QpsLimit" in refused.body, len(gateway.app.breaches)) == (403, True, 1)
    assert gateway.app.answer(request, now_ms=1_999).status == 200


def test_what_is_not_acknowledged_comes_again_after_a_minute(gateway: StrictGateway) -> None:
    number = connect(gateway)
    gateway.hear("允许", staff_id="u1", now_ms=0, msg_id="m1")
    ((_, first),) = frames(gateway, 0)

    assert frames(gateway, 24_000) == []
    assert [each["headers"]["topic"] for _, each in frames(gateway, 59_999)] == ["ping"]
    ((_, again),) = frames(gateway, 60_000)
    assert json.loads(again["data"]) == json.loads(first["data"])
    assert again["headers"]["messageId"] != first["headers"]["messageId"]
    gateway.frame(number, answer(again))
    assert (gateway.acknowledged, [each for _, each in frames(gateway, 240_000) if each["type"] == "CALLBACK"]) == (
        ["m1"],
        [],
    )


def test_connections_of_one_app_share_the_messages_and_one_that_was_sent_away_gets_none(
    gateway: StrictGateway,
) -> None:
    one, two = connect(gateway), connect(gateway)
    for number in range(4):
        gateway.hear(f"{number}", staff_id="u1", now_ms=0)
    assert sorted(number for number, _ in frames(gateway, 0)) == [one, one, two, two]

    gateway.disconnect(now_ms=0)
    assert [each["headers"]["topic"] for _, each in frames(gateway, 0)] == ["disconnect", "disconnect"]
    three = connect(gateway)
    gateway.hear("4", staff_id="u1", now_ms=1)
    assert {number for number, _ in frames(gateway, 60_000)} == {three}
    assert gateway.next_ms() == 10_000


@pytest.mark.parametrize(
    ("said", "breach"),
    [
        ("no json", "none"),
        ('{"code": 200}', "none"),
        (answer({}, name="made-up"), "never asked"),
        (answer({}, name="{}", data="no json"), "none"),
        (answer({}, name="{}").replace("application/json", "text/plain"), "contentType"),
        (answer({}, name="{}").replace('"message": "OK", ', ""), "message"),
    ],
)
def test_an_answer_that_is_none_is_noted(gateway: StrictGateway, said: str, breach: str) -> None:
    number = connect(gateway)
    gateway.hear("允许", staff_id="u1", now_ms=0)
    ((_, frame),) = frames(gateway, 0)
    gateway.frame(number, said.replace("{}", frame["headers"]["messageId"]))

    assert breach in gateway.app.breaches[0]


def test_a_ping_wants_its_own_data_and_nothing_is_answered_twice(gateway: StrictGateway) -> None:
    number = connect(gateway)
    gateway.system("ping", {"opaque": "x"})
    gateway.system("ping", {"opaque": "y"})
    (_, first), (_, second) = frames(gateway, 0)

    gateway.frame(number, answer(first, data=first["data"]))
    assert gateway.app.breaches == []
    gateway.frame(number, answer(first, data=first["data"]))
    gateway.frame(number, answer(second, data='{"opaque": "x"}'))
    assert ["twice" in gateway.app.breaches[0], "own data" in gateway.app.breaches[1]] == [True, True]


def test_a_stranger_has_no_ids_and_a_group_begins_with_a_blank(gateway: StrictGateway) -> None:
    connect(gateway)
    gateway.hear("允许", staff_id="", corp_id="", now_ms=0, group=True, replied="question")
    ((_, frame),) = frames(gateway, 0)
    data = json.loads(frame["data"])

    assert not {"senderStaffId", "senderCorpId"} & set(data)
    assert (data["conversationType"], data["text"]["content"], "repliedMsg" in data["text"]) == ("2", " 允许", True)


def test_what_is_no_api_is_not_found_and_noted(app: StrictApp) -> None:
    assert app.answer(RawRequest(method="GET", target=OPEN_PATH), now_ms=0).status == 404
    assert len(app.breaches) == 1
