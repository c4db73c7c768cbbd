"""What each of DingTalk's error codes means for a message: wait, try again, or who has to mend what.

Sources: the official pages of 2026, live answers seen by others, client logs. Codes that mean several things, and those
that are not listed here, are told by their text (`words.py`). What says nothing known is a failure, never a success.
"""

import re
from typing import assert_never

from tray_app.channels.dingtalk.verdicts import Later, Refuse, Retry, Verdict
from tray_app.channels.dingtalk.words import Meaning, description, meaning, sub_code
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import AttemptReach, Fault, Outcome, Rejected, Throttled, TryAgain

TEN_MINUTES_MS = 600_000
FIVE_MINUTES_MS = 300_000
_SECURITY = 310000
_GATE = 88  # the platform's gate; the code that counts stands in its text
_OLD = 300001  # of the robot's first years: the webhook or the message
_NO_PART = 40035  # a part of the request is missing: the token or the message
_FIELDS = range(400200, 400700)  # 4002xx text, 4003xx link, 4004xx markdown, 4005xx card, 4006xx feed card


_CODES: dict[int, Verdict] = {
    -1: Retry("busy"),
    500100: Retry("busy"),
    400001: Retry("busy"),
    34015: Retry("busy"),
    300005: Refuse(Fault.SETUP, "token_unknown"),
    400101: Refuse(Fault.SETUP, "token_unknown"),
    40001: Refuse(Fault.SETUP, "token_unknown"),
    40014: Refuse(Fault.SETUP, "token_unknown"),
    42001: Refuse(Fault.SETUP, "token_unknown"),
    400013: Refuse(Fault.SETUP, "group_gone"),
    400102: Refuse(Fault.SETUP, "robot_stopped"),
    400106: Refuse(Fault.SETUP, "robot_gone"),
    400105: Refuse(Fault.MESSAGE, "kind_unsupported"),
    404: Refuse(Fault.SETUP, "wrong_address"),
    22: Refuse(Fault.SETUP, "wrong_address"),
    410100: Later(TEN_MINUTES_MS, "too_fast"),
    130101: Later(TEN_MINUTES_MS, "too_fast"),
    660026: Later(TEN_MINUTES_MS, "too_fast"),
    90002: Later(4_000, "platform_busy"),  # DingTalk asks for 1, 2, 4 s: everybody's limit, not this robot's
    90018: Later(1_000, "platform_busy"),
    90001: Later(FIVE_MINUTES_MS, "blocked"),
    **dict.fromkeys((*range(90003, 90015), 90017), Later(FIVE_MINUTES_MS, "org_limited")),
    90020: Refuse(Fault.QUOTA, "quota"),
    90030: Refuse(Fault.QUOTA, "quota"),  # unverified: one client's comment
    20001: Refuse(Fault.QUOTA, "quota"),
    460101: Refuse(Fault.MESSAGE, "too_big"),
    101002: Refuse(Fault.MESSAGE, "too_big"),
    43002: Refuse(Fault.MESSAGE, "malformed"),
    43004: Refuse(Fault.MESSAGE, "malformed"),
    430101: Refuse(Fault.CONTENT, "unsafe_link"),
    430102: Refuse(Fault.CONTENT, "unsuitable"),
    430103: Refuse(Fault.CONTENT, "unsuitable_picture"),
    430104: Refuse(Fault.CONTENT, "unsuitable"),
}

_SECURITY_WORDS = (  # in this order: an expired signature names the signature too
    ("keyword", re.compile(r"keyword|关键词", re.IGNORECASE)),
    ("timestamp", re.compile(r"timestamp|时间戳|过期", re.IGNORECASE)),
    ("sign", re.compile(r"sign|签名", re.IGNORECASE)),
    ("ip", re.compile(r"whitelist|白名单|\bip\b", re.IGNORECASE)),
)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_CLOCK_IS_FINE_MS = 300_000  # DingTalk allows an hour; a clock this near is not why it refused


def outcome_of(errcode: int, said: str, *, clock_offset_ms: int | None) -> Outcome:
    """Turn a code other than 0 and DingTalk's own words (cleaned, maybe empty) into what is to be done."""
    meant = meaning(said)
    protects = errcode == _SECURITY and meant not in {Meaning.BUSY, Meaning.LIMITED}
    if protects or (errcode in {_OLD, _GATE} and meant is Meaning.SECURITY):
        return _security(errcode, said, clock_offset_ms)
    if errcode in _FIELDS:
        return _done(Refuse(Fault.MESSAGE, "field"), errcode, said)
    sub = _CODES.get(sub_code(said) or 0) if errcode == _GATE else None
    return _done(sub or _CODES.get(errcode) or _by_words(errcode, meant), errcode, said)


def is_known(errcode: int) -> bool:
    """Say whether the code is one of DingTalk's that we can class."""
    return errcode in _CODES or errcode in _FIELDS or errcode in {_SECURITY, _GATE, _OLD, _NO_PART}


def _by_words(errcode: int, meant: Meaning | None) -> Verdict:
    """Class a code that alone says too little."""
    match meant:
        case Meaning.LIMITED:
            return Later(FIVE_MINUTES_MS, "too_fast")
        case Meaning.BUSY:
            return Retry("busy")
        case Meaning.QUOTA:
            return Refuse(Fault.QUOTA, "quota")
        case Meaning.ADDRESS if errcode == _NO_PART:
            return Refuse(Fault.SETUP, "token_missing")
        case Meaning.ADDRESS if errcode in {_OLD, _GATE}:
            return Refuse(Fault.SETUP, "token_unknown")
        case Meaning.MESSAGE if errcode == _OLD:
            return Refuse(Fault.MESSAGE, "malformed")
        case _ if errcode == _NO_PART:
            return Refuse(Fault.MESSAGE, "malformed")
        case None if errcode == _GATE:
            return Retry("busy")
        case _:
            return Refuse(Fault.UNKNOWN, "unknown")


def _done(verdict: Verdict, errcode: int, said: str) -> Outcome:
    match verdict:
        case Retry(name):
            return TryAgain(reason=_reason(name, errcode, said), hint=_hint(name), errcode=errcode)
        case Later(for_ms, name):
            return Throttled(reason=_reason(name, errcode, said), hint=_hint(name), for_ms=for_ms, errcode=errcode)
        case Refuse(fault, name):
            return _rejected(fault, name, errcode, said)
        case _:
            assert_never(verdict)


def _rejected(fault: Fault, name: str, errcode: int, said: str) -> Rejected:
    return Rejected(fault=fault, reason=_reason(name, errcode, said), hint=_hint(name), errcode=errcode)


def _reason(name: str, errcode: int, said: str) -> Text:
    if name in {"unknown", "field", "malformed"}:
        return text(f"dingtalk.{name}", code=errcode, said=said or "—")
    return text(f"dingtalk.{name}")


def _hint(name: str) -> Text:
    return text(f"dingtalk.{name}_hint")


def _security(errcode: int, said: str, clock_offset_ms: int | None) -> Outcome:
    """Tell the robot's four protections apart by the description alone: the advice after it names other ones."""
    described = description(said)
    name = next((name for name, words in _SECURITY_WORDS if words.search(described)), "security")
    reason = text(f"dingtalk.{name}")
    address = _IPV4.search(said)
    if name == "security":
        reason = text("dingtalk.security", said=said or "—")
    elif name == "ip" and address:
        reason = text("dingtalk.ip_named", ip=address[0])
    elif name == "timestamp" and (clock_offset_ms is None or abs(clock_offset_ms) > _CLOCK_IS_FINE_MS):
        return _wrong_clock(errcode, clock_offset_ms)
    return Rejected(fault=Fault.SETUP, reason=reason, hint=_hint(name), errcode=errcode)


def _wrong_clock(errcode: int, offset_ms: int | None) -> TryAgain:
    """It is signed with the host's time from then on, where that is known; else it waits until the clock is right."""
    reason, hint = text("dingtalk.timestamp"), text("dingtalk.clock_unknown_hint")
    if offset_ms is not None:
        way = "ahead" if offset_ms > 0 else "behind"
        reason, hint = text(f"dingtalk.clock_{way}", span=_span(abs(offset_ms))), text("dingtalk.clock_hint")
    return TryAgain(reason=reason, hint=hint, errcode=errcode, reach=AttemptReach.NOBODY, set_up=True)


def _span(span_ms: int) -> Text:
    """A length of time in its two largest units."""
    minutes = span_ms // 60_000
    if minutes >= 24 * 60:
        return text("dingtalk.span_days", days=minutes // (24 * 60), hours=minutes // 60 % 24)
    return text("dingtalk.span_hours", hours=minutes // 60, minutes=minutes % 60)
