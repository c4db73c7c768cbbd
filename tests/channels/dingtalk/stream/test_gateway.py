"""The request for a connection, and every answer to it: an address with a ticket, or why not and what mends it."""

import json
from dataclasses import replace

import pytest

from tests.support.catalogs import catalogs
from tray_app.channels.dingtalk.stream import DingTalkStream
from tray_app.core.hearing.stream import NotOpened, Opened, StreamKey, StreamRefusal
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import NoReply, Reply, Trouble
from tray_app.core.messages.unreached import Cause, Unreached

STREAM = DingTalkStream()
KEY = StreamKey(base="https://api.dingtalk.com", client_id="dingabc", client_secret=Secret("s" * 64))
HTML = {"content-type": "text/html"}
NOW = 1_770_000_000_000


def replied(status: int, said: object = None, headers: dict[str, str] | None = None) -> Reply:
    body = said if isinstance(said, str) else "" if said is None else json.dumps(said, ensure_ascii=False)
    return Reply(status=status, headers=headers or {}, body=body.encode())


def not_opened(reply: Reply | NoReply) -> NotOpened:
    read_as = STREAM.read(reply, KEY, now_ms=NOW)
    assert isinstance(read_as, NotOpened)
    for catalog in catalogs().values():
        for said in (catalog(read_as.reason), catalog(read_as.hint)):
            assert said
            assert not set("⟨{") & set(said)
    return read_as


def test_it_asks_for_messages_in_json_and_tells_nothing_of_this_computer() -> None:
    request = STREAM.ask(KEY)

    assert request.url.reveal() == "https://api.dingtalk.com/v1.0/gateway/connections/open"
    assert request.headers["accept"] == "application/json"
    assert json.loads(request.body) == {
        "clientId": "dingabc",
        "clientSecret": "s" * 64,
        "subscriptions": [{"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}],
        "ua": "dingtalk-tray",
    }


@pytest.mark.parametrize(
    "endpoint",
    [
        "wss://wss-open-connection.dingtalk.com:443/connect",
        "wss://wss-open-connection.dingtalk.io/connect",
        "ws://127.0.0.1:8000/connect",
    ],
)
def test_the_ticket_is_quoted_into_the_endpoint(endpoint: str) -> None:
    read_as = STREAM.read(replied(200, {"endpoint": endpoint, "ticket": "a+b/c= &d"}), KEY, now_ms=NOW)

    assert isinstance(read_as, Opened)
    assert read_as.url.reveal() == f"{endpoint}?ticket=a%2Bb%2Fc%3D%20%26d"
    assert "a+b" not in repr(read_as)


@pytest.mark.parametrize(
    "endpoint",
    [
        "ws://wss-open-connection.dingtalk.com/connect",
        "https://wss-open-connection.dingtalk.com/connect",
        "wss://dingtalk.com.evil.example/connect",
        "wss://evildingtalk.com/connect",
        "wss://user@wss-open-connection.dingtalk.com/connect",
        "wss://wss-open-connection.dingtalk.com/connect?x=1",
        "wss://[::1",
        "wss://wss-open-connection.dingtalk.com/conn\nect",  # which a reader of addresses passes over
        "wss://wss-open-connection.dingtalk.com/con nect",
        "wss://wss-open-connection.dingtalk.com/连接",
        "\twss://wss-open-connection.dingtalk.com/connect",
        "wss://wss-open-connection.dingtalk.com:port/connect",
        "",
    ],
)
def test_an_endpoint_that_is_not_dingtalks_is_not_gone_to(endpoint: str) -> None:
    assert not_opened(replied(200, {"endpoint": endpoint, "ticket": "t"})).reason.key == "stream.strange_endpoint"


@pytest.mark.parametrize(
    ("base", "host", "gone_to"),
    [
        ("https://api.ding.corp.example", "wss.ding.corp.example", True),
        ("https://ding.example:8443", "ding.example", True),
        ("https://ding.example", "wss.example", False),
        ("https://api.ding.corp.example", "wss.corp.example", False),
        ("https://api.ding.corp.example", "wss-open-connection.dingtalk.com", True),
        ("https://api.dingtalk.com", "wss.ding.corp.example", False),
        ("https://10.1.2.3", "10.1.2.3", True),
    ],
)
def test_a_dedicated_dingtalk_has_hosts_of_its_own(base: str, host: str, gone_to: bool) -> None:
    said = replied(200, {"endpoint": f"wss://{host}/connect", "ticket": "t"})

    assert isinstance(STREAM.read(said, replace(KEY, base=base), now_ms=NOW), Opened) is gone_to


@pytest.mark.parametrize(
    ("reply", "refusal", "reason"),
    [
        (
            replied(401, {"requestid": "E", "code": "authFailed", "message": "鉴权失败"}),
            StreamRefusal.OWNER,
            "secret_wrong",
        ),
        (replied(400, {"code": "invalidClientIdOrSecret", "message": "x"}), StreamRefusal.OWNER, "secret_wrong"),
        (replied(401), StreamRefusal.OWNER, "secret_wrong"),
        (replied(401, "<html>", HTML), StreamRefusal.NETWORK, "between"),
        (replied(403, {"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}), StreamRefusal.WAIT, "limited"),
        (replied(403, {"code": "Forbidden.AccessDenied.QpsLimitForApi"}), StreamRefusal.WAIT, "limited"),
        (replied(403, {"code": "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"}), StreamRefusal.WAIT, "limited"),
        (replied(429), StreamRefusal.WAIT, "limited"),
        (replied(403, {"code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}), StreamRefusal.OWNER, "quota"),
        (replied(403, {"code": "Forbidden.AccessDenied.IpNotInWhiteList"}), StreamRefusal.OWNER, "address"),
        (replied(403, {"status": 1111, "wait": 5, "source": "x5"}), StreamRefusal.WAIT, "blocked"),
        (replied(403, {"code": "Forbidden.New", "message": "no"}), StreamRefusal.OWNER, "refused"),
        (replied(403, "<html>blocked</html>"), StreamRefusal.NETWORK, "between"),
        (replied(400, "<html>plain HTTP request was sent to HTTPS port", HTML), StreamRefusal.NETWORK, "between"),
        (replied(302, "", {"location": "http://portal"}), StreamRefusal.NETWORK, "between"),
        (replied(407), StreamRefusal.NETWORK, "between"),
        (replied(503, {"code": "ServiceUnavailable"}), StreamRefusal.WAIT, "trouble"),
        (replied(503), StreamRefusal.WAIT, "trouble"),
        (replied(500, "<html>"), StreamRefusal.NETWORK, "between"),
        (replied(200, "<open><ticket>1</ticket></open>"), StreamRefusal.NETWORK, "between"),
        (replied(200, "{" * 10_000), StreamRefusal.WAIT, "trouble"),
        (replied(200, {"endpoint": "wss://x.dingtalk.com/connect"}), StreamRefusal.WAIT, "trouble"),
        (replied(200, {"endpoint": "wss://x.dingtalk.com/connect", "ticket": 7}), StreamRefusal.WAIT, "trouble"),
        (Reply(status=200, body=b'{"endpoint": "', truncated=True), StreamRefusal.WAIT, "trouble"),
        (NoReply(trouble=Trouble.NO_ANSWER), StreamRefusal.NETWORK, "no_answer"),
    ],
)
def test_each_refusal_says_who_has_to_act(reply: Reply | NoReply, refusal: StreamRefusal, reason: str) -> None:
    read_as = not_opened(reply)

    assert (read_as.refusal, read_as.reason.key) == (refusal, f"stream.{reason}")


LIMIT = {"code": "Forbidden.AccessDenied.QpsLimitForApi"}


@pytest.mark.parametrize(
    ("reply", "reason", "said", "after_ms"),
    [
        (replied(401, {"code": "authFailed", "message": "鉴权失败"}), "secret_wrong", "authFailed 鉴权失败", 0),
        (replied(401), "secret_wrong", "HTTP 401", 0),
        (replied(403, {"code": "IpNotInWhiteList", "message": "no"}), "address", "IpNotInWhiteList no", 0),
        (replied(404, {"message": "gone"}, {"retry-after": "9"}), "refused", "gone", 9_000),
        (replied(503, {"code": "Busy"}, {"retry-after": "9"}), "trouble", "Busy", 9_000),
        (replied(500), "trouble", "HTTP 500", 0),
        (replied(204), "trouble", "HTTP 204", 0),
        (replied(408), "trouble", "HTTP 408", 0),
        (replied(425), "trouble", "HTTP 425", 0),
        (replied(200, "please sign in", HTML), "between", "HTTP 200", 0),
        (replied(400, " <html>", {"retry-after": "9"}), "between", "HTTP 400", 9_000),
        (replied(300), "between", "HTTP 300", 0),
        (replied(400), "refused", "HTTP 400", 0),
        (replied(403, LIMIT), "limited", None, 1_000),
        (replied(429, None, {"retry-after": "9"}), "limited", None, 9_000),
        (replied(403, {"code": "ApiCountLimitForOrg"}), "quota", None, 3_600_000),
        (replied(403, {"source": "x5"}), "blocked", None, 300_000),
        (replied(403, {"status": 1111}), "blocked", None, 300_000),
    ],
)
def test_a_refusal_has_dingtalks_own_words_and_how_long_to_wait(
    reply: Reply, reason: str, said: str | None, after_ms: int
) -> None:
    read_as = not_opened(reply)

    assert read_as.reason == (text(f"stream.{reason}") if said is None else text(f"stream.{reason}", said=said))
    assert read_as.after_ms == after_ms


def test_a_byte_order_mark_and_odd_bytes_keep_nobody_from_connecting() -> None:
    body = b'\xef\xbb\xbf{"endpoint": "wss://x.dingtalk.com/connect", "ticket": "t", "note": "\xff"}'

    assert isinstance(STREAM.read(Reply(status=200, body=body), KEY, now_ms=NOW), Opened)
    cut = Reply(status=200, body=body, truncated=True)
    assert not_opened(cut).reason.key == "stream.trouble"


def test_a_network_in_the_way_is_named_as_for_messages() -> None:
    why = Unreached(cause=Cause.PROXY_LOGIN, host="api.dingtalk.com", what="proxy:8080")

    assert not_opened(NoReply(trouble=Trouble.UNREACHABLE, why=why)).reason == why.reason


def test_a_door_that_says_system_error_means_that_stream_mode_is_not_chosen() -> None:
    refused = STREAM.refused(replied(500, "systemError"), now_ms=NOW)

    assert (refused.refusal, refused.reason.key) == (StreamRefusal.OWNER, "stream.not_chosen")
    assert refused.hint == text("stream.not_chosen_hint")
    assert STREAM.refused(replied(403, LIMIT), now_ms=NOW).reason == text("stream.limited")
    assert STREAM.refused(NoReply(trouble=Trouble.BROKEN), now_ms=NOW).refusal is StreamRefusal.NETWORK
    assert STREAM.refused(replied(401, "ticket is invalid"), now_ms=NOW).refusal is StreamRefusal.OWNER


@pytest.mark.parametrize(
    ("headers", "after_ms"),
    [
        ({"retry-after": "7"}, 7_000),
        ({"retry-after": "999999999999"}, 3_600_000),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "Mon, 02 Feb 2026 02:40:30 GMT"}, 30_000),
        ({"retry-after": "Mon, 02 Feb 2026 03:40:30 GMT", "date": "Mon, 02 Feb 2026 03:40:20 GMT"}, 10_000),
        ({"retry-after": "Mon, 02 Feb 2026 02:39:00 GMT"}, 0),
        ({"retry-after": "Mon, 02 Feb 2026 23:00:00 GMT"}, 3_600_000),
    ],
)
def test_it_waits_as_long_as_it_is_asked_to_within_reason(headers: dict[str, str], after_ms: int) -> None:
    assert not_opened(replied(503, None, headers)).after_ms == after_ms
