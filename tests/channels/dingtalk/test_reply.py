"""What DingTalk's answers become: every code of the collected table, and everything that is no answer at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.channels import CHANNELS
from tray_app.channels.dingtalk.reply import clock_offset_ms
from tray_app.core.kernel.texts import Language, Text
from tray_app.core.messages.channel import (
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

CODES = json.loads((Path(__file__).parent / "data/dingtalk_errcodes.json").read_text(encoding="utf-8"))["codes"]
NOW_MS = 1_795_000_000_000  # Wed, 18 Nov 2026 11:06:40 GMT
DATE = "Wed, 18 Nov 2026 11:06:40 GMT"
OK = b'{"errcode":0,"errmsg":"ok"}'
FAULTS = {"request": Fault.MESSAGE, "content": Fault.CONTENT, "quota": Fault.QUOTA, "unknown": Fault.UNKNOWN}
WORDS = catalogs()


def decoded(reply: Reply | NoReply) -> Outcome:
    return CHANNELS["dingtalk"].decode(reply, now_ms=NOW_MS)


def answered(body: object, *, status: int = 200, **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decoded(Reply(status=status, headers=named, body=raw))


def words(what: Text, language: Language = Language.EN) -> str:
    said = WORDS[language](what)
    assert "⟨" not in said, "a text is missing"
    assert "{" not in said, "an argument is missing"
    return said


def explained(outcome: Outcome) -> Outcome:
    """Check that a person gets a reason and a way out in both languages."""
    if not isinstance(outcome, Sent):
        for language in Language:
            assert len(words(outcome.reason, language)) >= 4
            assert len(words(outcome.hint, language)) >= 10
    return outcome


ROWS = [
    pytest.param(row, said, id=f"{row['errcode']} {number} {row['reason'] or ''}")
    for row in CODES
    if row["errcode"] is not None
    for number, said in enumerate(row["errmsg_seen"] or [""])
]


BY_WORDS = {(300001, "param error"): Fault.MESSAGE, (40035, "缺少参数 access_token"): Fault.SETUP}


@pytest.mark.parametrize(("row", "said"), ROWS)
@pytest.mark.parametrize("as_string", [False, True])
def test_every_known_code_is_classed_in_all_its_wordings(row: dict[str, Any], said: str, as_string: bool) -> None:
    code = row["errcode"]
    outcome = explained(answered({"errcode": str(code) if as_string else code, "errmsg": said}))

    match row["cls"]:
        case _ if (code, said) in BY_WORDS:  # a code with two meanings
            assert isinstance(outcome, Rejected)
            assert outcome.fault is BY_WORDS[code, said]
        case "ok":
            assert outcome == Sent()
        case "retry":
            assert isinstance(outcome, TryAgain)
            assert outcome.reach is AttemptReach.REFUSED
        case "throttle":
            assert isinstance(outcome, Throttled)
        case "config" if row["reason"] == "timestamp":  # no date came with it: it may be this computer's clock
            assert isinstance(outcome, TryAgain)
            assert (outcome.reach, outcome.set_up) == (AttemptReach.NOBODY, True)
        case "config":
            assert isinstance(outcome, Rejected)
            assert outcome.fault is Fault.SETUP
        case _ if code == 404:
            assert isinstance(outcome, Rejected)
            assert outcome.fault is Fault.SETUP  # the message is fine, the webhook's address is not
        case cls:
            assert isinstance(outcome, Rejected)
            assert outcome.fault is FAULTS[cls]
    assert outcome.errcode == code


SECURITY = [(row["reason"], said) for row in CODES if row["errcode"] == 310000 for said in row["errmsg_seen"]]
NAMES = {
    "keywords": {"dingtalk.keyword"},
    "sign": {"dingtalk.sign"},
    "timestamp": {"dingtalk.timestamp"},
    "ip": {"dingtalk.ip", "dingtalk.ip_named"},
}


@pytest.mark.parametrize(("protection", "said"), SECURITY)
def test_the_four_protections_are_told_apart(protection: str, said: str) -> None:
    outcome = answered({"errcode": 310000, "errmsg": said})

    assert isinstance(outcome, TryAgain if protection == "timestamp" else Rejected)
    assert outcome.reason.key in NAMES[protection]


def test_a_protection_in_unknown_words_is_shown_as_it_came() -> None:
    outcome = explained(answered({"errcode": 310000, "errmsg": "something new"}))

    assert isinstance(outcome, Rejected)
    assert outcome.fault is Fault.SETUP
    assert words(outcome.reason).endswith("something new")


def test_the_refused_address_is_named() -> None:
    outcome = answered({"errcode": 310000, "errmsg": "ip 203.0.113.7 not in whitelist"})

    assert isinstance(outcome, Rejected)
    assert "203.0.113.7" in words(outcome.reason)


@pytest.mark.parametrize(
    ("offset_ms", "said"),
    [
        (7_380_000, "2 h 3 min ahead"),
        (-7_380_000, "2 h 3 min behind"),
        (26 * 3_600_000, "1 d 2 h ahead"),
        (-400 * 86_400_000, "400 d 0 h behind"),
    ],
)
def test_a_wrong_clock_is_named_and_loses_no_message_when_the_time_is_refused(offset_ms: int, said: str) -> None:
    body = json.dumps({"errcode": 310000, "errmsg": "invalid timestamp"}).encode()
    reply = Reply(status=200, headers={"date": DATE}, body=body)

    outcome = explained(CHANNELS["dingtalk"].decode(reply, now_ms=NOW_MS + offset_ms))

    assert isinstance(outcome, TryAgain)
    assert (outcome.reach, outcome.set_up) == (AttemptReach.NOBODY, True)
    assert said in words(outcome.reason)
    assert clock_offset_ms(reply, now_ms=NOW_MS + offset_ms) == offset_ms


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Nov 2026 11:06:40 GMT", "0"])
def test_where_the_host_does_not_say_its_time_the_message_waits_for_a_right_clock(date: str) -> None:
    outcome = explained(answered({"errcode": 310000, "errmsg": "invalid timestamp"}, date=date))

    assert isinstance(outcome, TryAgain)
    assert (outcome.reach, outcome.set_up, outcome.reason.key) == (AttemptReach.NOBODY, True, "dingtalk.timestamp")


@pytest.mark.parametrize("date", [DATE, "Wed, 18 Nov 2026 11:02:40 GMT"])
def test_a_clock_that_cannot_be_blamed_is_not(date: str) -> None:
    outcome = explained(answered({"errcode": 310000, "errmsg": "invalid timestamp"}, date=date))

    assert isinstance(outcome, Rejected)
    assert outcome.reason.key == "dingtalk.timestamp"


@pytest.mark.parametrize(
    ("code", "for_ms"),
    [(410100, 600_000), (130101, 600_000), (660026, 600_000), (90002, 4_000), (90018, 1_000)],
)
def test_each_limit_has_its_own_length(code: int, for_ms: int) -> None:
    outcome = answered({"errcode": code, "errmsg": "x"})

    assert isinstance(outcome, Throttled)
    assert outcome.for_ms == for_ms


X5 = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "a" * 32}


@pytest.mark.parametrize(
    ("outcome", "for_ms"),
    [
        (answered(X5), 300_000),
        (answered({**X5, "errcode": 0}), 300_000),
        (answered({"status": 1111, "source": "x5"}), 300_000),
        (answered({"punish": "deny"}, status=403), 300_000),
        (answered({**X5, "errcode": 130101, "errmsg": "send too fast"}), 600_000),
        (answered(b"<html>denied</html>", content_type="text/html"), 300_000),
        (answered(b"\n <!DOCTYPE html><p>no"), 300_000),
        (answered(b"<html>denied</html>", status=403), 300_000),
        (answered(b"", status=429), 600_000),
        (answered(b"", status=429, retry_after="7"), 7_000),
        (answered(b"", status=429, retry_after="0"), 1_000),
        (answered(b"", status=429, retry_after="86400"), 600_000),
        (answered(b"", status=429, retry_after="Wed, 18 Nov 2026 11:07:10 GMT"), 30_000),
        (
            answered(
                b"", status=429, retry_after="Wed, 18 Nov 2026 12:06:50 GMT", date="Wed, 18 Nov 2026 12:06:40 GMT"
            ),
            10_000,
        ),
        (answered(b"", status=429, retry_after="soon"), 600_000),
    ],
)
def test_gates_before_dingtalk_hold_the_robot_back(outcome: Outcome, for_ms: int) -> None:
    explained(outcome)

    assert isinstance(outcome, Throttled)
    assert outcome.for_ms == for_ms


@pytest.mark.parametrize(
    ("outcome", "after_ms"),
    [
        (answered(OK, status=500), None),
        (answered(OK, status=502, retry_after="3"), 3_000),
        (answered(b"<html>Bad gateway</html>", status=502), None),
        (answered(b"", status=503, retry_after="9999999"), 600_000),
        (answered(b"", status=503, retry_after="Wed, 18 Nov 2026 11:06:00 GMT"), 0),
        (answered(b"", status=408), None),
        (answered({"errcode": 999}, status=503), None),
        (answered(OK, status=302, location="https://evil.test/"), None),
        (answered(OK, status=307), None),
        (answered(OK, status=100), None),
        (answered(b""), None),
        (answered(b"ok"), None),
        (answered(b"[0]"), None),
        (answered(b'"ok"'), None),
        (answered(b"{}"), None),
        (answered(b'{"errcode":0'), None),
        (answered(b'{"errcode":true}'), None),
        (answered(b'{"errcode":false}'), None),
        (answered(b'{"errcode":0.0}'), None),
        (answered(b'{"errcode":null}'), None),
        (answered(b'{"errcode":NaN}'), None),
        (answered(b'{"errcode":0,"x":Infinity}'), None),
        (answered(b'{"errcode":"ok"}'), None),
        (answered(b'{"errcode":" 0"}'), None),
        (answered(b'{"errcode":"00"}'), None),
        (answered('{"errcode":"٠"}'.encode()), None),
        (answered(b'{"errcode":[0]}'), None),
        (answered(b'{"Errcode":0}'), None),
        (answered(b'{"errcode":' + b"9" * 5_000 + b"}"), None),
        (answered(b'{"errcode":' + b"9" * 40 + b"}"), None),
        (answered(b"[" * 100_000), None),
        (answered(b'{"errcode":0,"errmsg":"\xff"}'), None),
        (answered('{"errcode":0}'.encode("utf-16")), None),
        (answered('{"errcode":310000,"errmsg":"keywords not in content","errcode":0}'), None),
        (answered('{"errcode":0,"errmsg":"ok","errcode":310000}'), None),
        (answered('{"errcode":0,"errcode":"0x","errmsg":"ok"}'), None),
        (answered('{"errcode":1,"errcode":true}'), None),
        (decoded(Reply(status=200, body=OK, truncated=True)), None),
    ],
)
def test_what_cannot_be_read_as_success_is_tried_again(outcome: Outcome, after_ms: int | None) -> None:
    explained(outcome)

    assert isinstance(outcome, TryAgain)
    assert outcome.reach is not AttemptReach.NOBODY
    assert outcome.after_ms == after_ms


@pytest.mark.parametrize(
    "body",
    [
        OK,
        b'{"errcode":"0"}',
        b'\xef\xbb\xbf{"errcode": 0}',
        b' {"errcode":0,"x":[1.5]}\n',
        b'{"errcode":0,"errcode":0}',
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_code_0_with_http_success_is_sent(body: bytes, status: int) -> None:
    assert answered(body, status=status) == Sent()


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (404, b"", Fault.SETUP),
        (404, b"<html>", Fault.SETUP),
        (405, b"", Fault.SETUP),
        (414, b"", Fault.SETUP),
        (407, b"", Fault.SETUP),
        (413, b"", Fault.MESSAGE),
        (400, OK, Fault.UNKNOWN),
        (451, b"", Fault.UNKNOWN),
        (400, b'{"errcode":300005}', Fault.SETUP),
    ],
)
def test_refusals_by_http_alone_name_who_has_to_act(status: int, body: bytes, fault: Fault) -> None:
    outcome = explained(answered(body, status=status))

    assert isinstance(outcome, Rejected)
    assert outcome.fault is fault


def test_a_known_code_counts_whatever_the_http_status() -> None:
    outcome = answered({"errcode": 410100, "errmsg": "x"}, status=503)

    assert isinstance(outcome, Throttled)


@pytest.mark.parametrize(
    ("trouble", "reach"),
    [
        (Trouble.UNREACHABLE, AttemptReach.NOBODY),
        (Trouble.NO_ANSWER, AttemptReach.LOST),
        (Trouble.BROKEN, AttemptReach.LOST),
    ],
)
def test_no_reply_leaves_it_open_only_where_something_was_sent(trouble: Trouble, reach: AttemptReach) -> None:
    outcome = explained(decoded(NoReply(trouble=trouble)))

    assert isinstance(outcome, TryAgain)
    assert outcome.reach is reach


def test_an_unknown_code_fails_and_shows_code_and_words() -> None:
    outcome = explained(answered({"errcode": 302033, "errmsg": "no such thing"}))

    assert isinstance(outcome, Rejected)
    assert (outcome.fault, outcome.errcode) == (Fault.UNKNOWN, 302033)
    assert words(outcome.reason) == "DingTalk refused the message with code 302033: no such thing"


@pytest.mark.parametrize("errmsg", [None, 5, ["x"], "", "\u200b"])
def test_an_unknown_code_without_words_is_still_readable(errmsg: object) -> None:
    outcome = explained(answered({"errcode": 999, "errmsg": errmsg}))

    assert isinstance(outcome, Rejected)
    assert words(outcome.reason).endswith("999: —")


TOKEN = "0123456789abcdef" * 4
SIGN = "02yGY90YvMvPHdogJ6g2%2BVueFmjt5jZTO%2FoLkAfEniI%3D"
SECRETS = [TOKEN, "SEC" + TOKEN, "SEC" + "x9" * 8, SIGN, "02yGY90YvMvPHdogJ6g2+VueFmjt5jZTO/oLkAfEniI="]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "said",
    [
        "refused {}",
        "access_token={}&x",
        "sign: {}",
        "https://oapi.dingtalk.com/robot/send?access_token={}&sign=ab",
        "{}{}",
    ],
)
def test_nothing_like_a_secret_is_repeated(secret: str, said: str) -> None:
    outcome = answered({"errcode": 999, "errmsg": said.replace("{}", secret)})

    assert isinstance(outcome, Rejected)
    shown = words(outcome.reason)
    assert secret not in shown
    assert secret[:12] not in shown


@given(said=st.text(max_size=2_000))
def test_dingtalks_words_are_shown_short_and_on_one_line(said: str) -> None:
    outcome = answered({"errcode": 999, "errmsg": said})

    assert not isinstance(outcome, Sent)  # some words are classed: too fast, busy, no quota
    shown = outcome.said
    assert len(shown) <= 200
    assert shown.isprintable()


@given(
    body=st.binary(max_size=200), status=st.integers(100, 599), headers=st.dictionaries(st.text(max_size=5), st.text())
)
def test_no_answer_whatever_breaks_the_reader_or_counts_as_success(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    assert not isinstance(decoded(Reply(status=status, headers=headers, body=body)), Sent)


@given(date=st.text(max_size=40), after=st.text(max_size=40))
def test_no_header_whatever_breaks_the_reader(date: str, after: str) -> None:
    outcome = decoded(Reply(status=503, headers={"date": date, "retry-after": after}))

    assert isinstance(outcome, TryAgain)
    assert outcome.after_ms is None or 0 <= outcome.after_ms <= 600_000


def test_an_answer_in_an_older_chinese_encoding_is_read() -> None:
    said = json.dumps({"errcode": 310000, "errmsg": "关键词不匹配"}, ensure_ascii=False).encode("gbk")
    found = CHANNELS["dingtalk"].decode(Reply(status=200, headers={}, body=said), now_ms=0)
    assert isinstance(found, Rejected)
    assert (found.errcode, found.said, found.reason.key) == (310000, "关键词不匹配", "dingtalk.keyword")
