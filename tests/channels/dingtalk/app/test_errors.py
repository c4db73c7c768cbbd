"""What each answer of the app interface means, in words with their fix; what cannot be read is never a success."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.channels import CHANNELS
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.channel import (
    AccessToken,
    AttemptReach,
    Fault,
    NoReply,
    Outcome,
    Rejected,
    Reply,
    Sent,
    Throttled,
    Trouble,
    TryAgain,
)

APP = CHANNELS["dingtalk-app"]
MINUTE_MS = 60_000


def reply(said: Any, *, status: int = 200, **headers: str) -> Reply:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    return Reply(status=status, headers=headers, body=body)


def sent(said: Any, *, status: int = 200) -> Outcome:
    outcome = APP.decode(reply(said, status=status), now_ms=0)
    if not isinstance(outcome, Sent):
        for language in Language:
            for words in (catalogs()[language](outcome.reason), catalogs()[language](outcome.hint)):
                assert words
                assert "⟨" not in words
                assert "ebhook" not in words
    return outcome


def code(code: str, message: str = "", *, status: int = 400) -> Outcome:
    return sent({"code": code, "message": message, "requestid": "ED203550"}, status=status)


def test_a_key_and_three_empty_lists_are_a_success() -> None:
    said = {"processQueryKey": "k+/=", "invalidStaffIdList": [], "flowControlledStaffIdList": []}
    assert sent(said) == Sent(taken_as="k+/=")
    assert sent({"processQueryKey": "k", "filteredStaffIdList": None}) == Sent(taken_as="k")


@pytest.mark.parametrize(
    ("name", "fault", "key"),
    [
        ("invalidStaffIdList", Fault.SETUP, "person_unknown"),
        ("filteredStaffIdList", Fault.SETUP, "person_filtered"),
        ("flowControlledStaffIdList", Fault.QUOTA, "person_limited"),
    ],
)
def test_a_success_that_names_the_person_in_a_list_has_reached_nobody(name: str, fault: Fault, key: str) -> None:
    outcome = sent({"processQueryKey": "k", name: ["manager807"]})
    assert isinstance(outcome, Rejected)
    assert (outcome.fault, outcome.reason.key) == (fault, f"app_robot.{key}")


@pytest.mark.parametrize(
    ("said", "status", "fault", "key"),
    [
        ("staffId.notExisted", 400, Fault.SETUP, "person_unknown"),
        ("invalidParameter.userIds.empty", 400, Fault.SETUP, "person_unknown"),
        ("send.forbidden", 400, Fault.SETUP, "person_filtered"),
        ("illegal.receivers", 400, Fault.SETUP, "person_filtered"),
        ("resource.not.found", 400, Fault.SETUP, "robot_unknown"),
        ("invalidParameter.robotCode.notExsit", 400, Fault.SETUP, "robot_unknown"),
        ("robot.oto.notExist", 400, Fault.SETUP, "robot_unknown"),
        ("chatbotId.notAllow.sendOTO", 400, Fault.SETUP, "robot_unknown"),
        ("Forbidden.AccessDenied.AccessTokenPermissionDenied", 403, Fault.SETUP, "permission"),
        ("Forbidden.AccessDenied.IpNotInWhiteList", 403, Fault.SETUP, "ip"),
        ("Forbidden.AccessDenied.ApiCountLimitForOrg", 403, Fault.QUOTA, "quota"),
        ("invalidClientIdOrSecret", 400, Fault.SETUP, "secret_wrong"),
        ("authFailed", 401, Fault.SETUP, "secret_wrong"),
        ("invalidParameter.msgParam.tooLong", 400, Fault.MESSAGE, "too_big"),
        ("invalidParameter.msgParam.invalid", 400, Fault.MESSAGE, "malformed"),
        ("invalidParameter.msgKey.invalid", 400, Fault.MESSAGE, "malformed"),
        ("param.contentUnsafe", 400, Fault.CONTENT, "unsuitable"),
        ("something.new", 400, Fault.UNKNOWN, "unknown"),
        ("something.new", 200, Fault.UNKNOWN, "unknown"),
    ],
)
def test_what_does_not_pass_by_itself_is_refused_with_its_fix(said: str, status: int, fault: Fault, key: str) -> None:
    outcome = code(said, "词", status=status)
    assert isinstance(outcome, Rejected)
    assert (outcome.fault, outcome.reason.key) == (fault, f"app_robot.{key}")
    assert said in outcome.said


def test_a_missing_permission_is_named_as_dingtalk_names_it() -> None:
    words = "应用尚未开通所需的权限：[Card.Instance.Write]，点击链接申请并开通即可"
    outcome = code("Forbidden.AccessDenied.AccessTokenPermissionDenied", words, status=403)
    assert isinstance(outcome, Rejected)
    assert outcome.reason.args["scope"] == "Card.Instance.Write"


@pytest.mark.parametrize(
    ("said", "wait_ms"),
    [
        ({"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}, 1_000),
        ({"code": "Forbidden.AccessDenied.QpsLimitForApi"}, 1_000),
        ({"code": "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"}, 10_000),
        ({"status": 1111, "wait": 5, "source": "x5"}, 5 * MINUTE_MS),
        ({"status": 1111, "source": "x5"}, 5 * MINUTE_MS),
        ({"status": 1111, "wait": 10**9, "source": "x5"}, 5 * MINUTE_MS),
        ({"errcode": 90018, "errmsg": "x"}, 1_000),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_throttling_waits_whatever_the_status(said: Any, wait_ms: int, status: int) -> None:
    outcome = sent(said, status=status)
    assert isinstance(outcome, Throttled)
    assert outcome.for_ms == wait_ms


@pytest.mark.parametrize(
    ("answer", "reach"),
    [
        (reply({"code": "system.busy"}, status=500), AttemptReach.DOUBTFUL),
        (reply(b"<html>bad gateway", status=502), AttemptReach.DOUBTFUL),
        (reply(b"", status=504), AttemptReach.DOUBTFUL),
        (reply({"code": "ServiceUnavailable"}, status=503), AttemptReach.REFUSED),
        (reply(b"", status=503), AttemptReach.REFUSED),
        (reply(b"", status=302), AttemptReach.REFUSED),
        (reply({"code": "InvalidAuthentication"}, status=400), AttemptReach.REFUSED),
        (reply({"ok": True}), AttemptReach.LOST),
        (reply(b"<html>"), AttemptReach.LOST),
        (reply({"processQueryKey": ""}), AttemptReach.LOST),
        (reply({"processQueryKey": 7}), AttemptReach.LOST),
        (NoReply(trouble=Trouble.NO_ANSWER), AttemptReach.LOST),
        (NoReply(trouble=Trouble.BROKEN), AttemptReach.LOST),
        (NoReply(trouble=Trouble.UNREACHABLE), AttemptReach.NOBODY),
    ],
)
def test_only_what_is_surely_not_there_is_tried_again(answer: Reply | NoReply, reach: AttemptReach) -> None:
    outcome = APP.decode(answer, now_ms=0)
    assert isinstance(outcome, TryAgain)
    assert outcome.reach is reach


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (reply({"code": "InvalidAuthentication", "message": "不合法的access_token"}, status=400), True),
        (reply({"code": "invalidParameter.token.invalid"}, status=400), True),
        (reply({"code": "token.notExisted"}, status=400), True),
        (reply(b"", status=401), True),
        (reply({"code": "staffId.notExisted"}, status=400), False),
        (reply({"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied"}, status=403), False),
        (reply({"processQueryKey": "k", "code": "InvalidAuthentication"}), False),
        (NoReply(trouble=Trouble.NO_ANSWER), False),
    ],
)
def test_a_token_is_renewed_for_these_and_no_others(answer: Reply | NoReply, refused: bool) -> None:
    assert APP.tokens is not None
    assert APP.tokens.is_refused(answer) is refused


@pytest.mark.parametrize(
    ("said", "lasts_s"), [({"expireIn": 600}, 600), ({}, 7_200), ({"expireIn": -1}, 7_200), ({"expireIn": "x"}, 7_200)]
)
def test_a_token_is_read_with_its_life(said: dict[str, Any], lasts_s: int) -> None:
    assert APP.tokens is not None
    token = APP.tokens.read(reply({"accessToken": "t0"} | said), now_ms=0)
    assert token == AccessToken(value=Secret("t0"), lasts_ms=lasts_s * 1_000)


@pytest.mark.parametrize(
    "answer",
    [
        *(NoReply(trouble=trouble) for trouble in Trouble),
        *(reply(b"", status=status) for status in (200, 301, 400, 403, 404, 429, 500, 502, 504)),
        *(reply({"accessToken": token}) for token in ("", 7, None, "a\r\nb", "钉")),
    ],
)
def test_without_a_token_it_is_never_said_that_the_message_may_be_there(answer: Reply | NoReply) -> None:
    assert APP.tokens is not None
    outcome = APP.tokens.read(answer, now_ms=0)
    assert not isinstance(outcome, AccessToken | Sent)
    if isinstance(outcome, TryAgain):
        assert outcome.reach in {AttemptReach.NOBODY, AttemptReach.REFUSED}


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        (reply({"successResult": ["k"], "failedResult": {}}), True),
        (reply({"successResult": ["k"]}), True),
        (reply({"successResult": ["k"], "failedResult": {"l": "已撤回"}}), False),
        (reply({"successResult": []}), False),
        (reply({}), False),
        (reply({"code": "InvalidAuthentication"}, status=400), False),
        (reply(b"<html>", status=502), False),
        (NoReply(trouble=Trouble.NO_ANSWER), False),
    ],
)
def test_a_recall_succeeds_only_where_dingtalk_says_so(answer: Reply | NoReply, done: bool) -> None:
    assert APP.recalls is not None
    assert (APP.recalls.read(answer, now_ms=0) is None) is done


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["code", "message", "errcode", "status", "source", "wait", "accessToken", "expireIn", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=5) | JSON | st.binary(max_size=60), st.integers(100, 599))
def test_whatever_comes_is_read_and_without_a_key_it_is_no_success(said: Any, status: int) -> None:
    answer = reply(said, status=status)
    outcome = APP.decode(answer, now_ms=0)
    assert not isinstance(outcome, Sent)
    for language in Language:
        assert catalogs()[language](outcome.reason)
    assert APP.tokens is not None
    assert APP.recalls is not None
    APP.tokens.read(answer, now_ms=0)
    APP.tokens.is_refused(answer)
    APP.recalls.read(answer, now_ms=0)
