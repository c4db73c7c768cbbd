"""What each error of DingTalk's app interface means for a message. The code decides, not the HTTP status alone.

An old token is HTTP 400 there, throttling is 403, and so is a missing permission. Sources: live answers seen by others,
the official pages and SDKs (2022 to 2026).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from tray_app.channels.dingtalk.codes import FIVE_MINUTES_MS, outcome_of
from tray_app.channels.dingtalk.reply import cleaned, is_page, retry_after_ms
from tray_app.channels.dingtalk.verdicts import Later, Refuse, Retry, Verdict
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    AttemptReach,
    Fault,
    Rejected,
    Reply,
    Throttled,
    Trouble,
    TryAgain,
)

_SECOND_MS = 1_000
_MINUTE_MS = 60_000
_GATE = "x5"  # before everything: an address that called too often; status 1111
_MOST_WAIT_MIN = 10
_UNSURE = frozenset({500, 502, 504, 522, 524, 598, 599})  # it may have been taken before that went wrong
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_SCOPE = re.compile(r"\[?((?:qyapi|[A-Z][A-Za-z]+\.)[A-Za-z_.]{2,60})\]?")


@dataclass(frozen=True, slots=True)
class ApiError:
    """DingTalk's own words: a code such as `InvalidAuthentication`, and a sentence; both cleaned, maybe empty."""

    code: str
    words: str

    @property
    def line(self) -> str:
        """Both on one line."""
        return " ".join(filter(None, (self.code, self.words)))


_STALE = re.compile(
    r"invalidauthentication|token\.(?:invalid|notexist|expired)|accesstoken\.(?:invalid|expired)", re.IGNORECASE
)
_CODES: tuple[tuple[re.Pattern[str], Verdict], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), verdict)
    for pattern, verdict in (  # the first that fits
        (_STALE.pattern, Retry("token_refused")),
        (r"qpmlimit", Later(10 * _SECOND_MS, "too_fast")),
        (r"qpslimit", Later(_SECOND_MS, "too_fast")),
        (r"apicountlimit|countlimitfororg|quota", Refuse(Fault.QUOTA, "quota")),
        (r"ipnotinwhitelist|notinwhitelist", Refuse(Fault.SETUP, "ip")),
        (r"permissiondenied|permission|scope", Refuse(Fault.SETUP, "permission")),
        (r"invalidclientidorsecret|authfailed|invalidclient|appkey|appsecret", Refuse(Fault.SETUP, "secret_wrong")),
        (r"staffid|userids?\b", Refuse(Fault.SETUP, "person_unknown")),
        (r"send\.forbidden|illegal\.receivers", Refuse(Fault.SETUP, "person_filtered")),
        (r"robotcode|resource\.not\.found|robot\.oto\.notexist|chatbot", Refuse(Fault.SETUP, "robot_unknown")),
        (r"toolong", Refuse(Fault.MESSAGE, "too_big")),
        (r"msgkey|msgparam|param\.invalid|template|missingbody", Refuse(Fault.MESSAGE, "malformed")),
        (r"contentunsafe|content\.(?:illegal|unsafe)", Refuse(Fault.CONTENT, "unsuitable")),
        (r"throttl|toomany|ratelimit|flowcontrol", Later(_SECOND_MS, "too_fast")),
        (r"system\.?(?:busy|error)|serviceunavailable|internalerror|unknownerror", Retry("busy")),
    )
)


def said_by(said: Mapping[str, Any]) -> ApiError:
    """Find code and sentence in an answer; DingTalk's old interface has numbers as codes, its gate none at all."""
    words = next((found for name in ("message", "errmsg", "msg") if isinstance(found := said.get(name), str)), "")
    if said.get("source") == _GATE or said.get("status") == 1111:  # noqa: PLR2004 - that gate's own number
        return ApiError(_GATE, cleaned(words))
    code = said.get("code") or said.get("errcode") or ""
    if isinstance(code, int) and not isinstance(code, bool):
        code = str(code)
    plain = code if isinstance(code, str) and _PLAIN.fullmatch(code) else cleaned(code)
    return ApiError(plain, cleaned(words))


def is_stale(reply: Reply, said: Mapping[str, Any]) -> bool:
    """Whether the request's token is none any more."""
    code = said_by(said).code
    return not 200 <= reply.status < 300 and (bool(_STALE.search(code)) or reply.status == 401)  # noqa: PLR2004


def no_reply(trouble: Trouble) -> TryAgain:
    """Nothing came back. Where something may have left, the message may be there."""
    lost = trouble is not Trouble.UNREACHABLE
    reason = text(f"dingtalk.{trouble}")
    hint = text("app_robot.lost_hint" if lost else "app_robot.unreachable_hint")
    return TryAgain(reason=reason, hint=hint, reach=AttemptReach.LOST if lost else AttemptReach.NOBODY)


def failed(reply: Reply, said: Mapping[str, Any], *, now_ms: int) -> TryAgain | Throttled | Rejected:
    """Read an answer that is no success; DingTalk's own code and words stay with it."""
    found = said_by(said)
    if found.code == _GATE:
        return _gate(said)
    if not found.code:
        return _by_status(reply, now_ms)
    if found.code.isdecimal() and isinstance(
        old := outcome_of(int(found.code), found.words, clock_offset_ms=0), Throttled
    ):
        return old
    verdict = next((verdict for pattern, verdict in _CODES if pattern.search(found.code)), None)
    if verdict is None:
        verdict = Retry("busy") if reply.status >= 500 else Refuse(Fault.UNKNOWN, "unknown")  # noqa: PLR2004
    return _done(verdict, reply, found, now_ms)


def _done(verdict: Verdict, reply: Reply, found: ApiError, now_ms: int) -> TryAgain | Throttled | Rejected:
    reason, hint = _reason(verdict.name, found), text(f"app_robot.{verdict.name}_hint")
    match verdict:
        case Retry():
            after_ms = retry_after_ms(reply, now_ms)
            reach = AttemptReach.DOUBTFUL if reply.status in _UNSURE else AttemptReach.REFUSED
            return TryAgain(reason=reason, hint=hint, after_ms=after_ms, reach=reach, said=found.line)
        case Later(for_ms=for_ms):
            return Throttled(reason=reason, hint=hint, for_ms=for_ms, said=found.line)
        case Refuse(fault=fault):
            return Rejected(fault=fault, reason=reason, hint=hint, said=found.line)
        case _:
            assert_never(verdict)


def _reason(name: str, found: ApiError) -> Text:
    if name in {"unknown", "malformed"}:
        return text(f"app_robot.{name}", said=found.line or "—")
    if name == "permission":
        scope = _SCOPE.search(found.words)
        return text("app_robot.permission", scope=scope[1] if scope else "qyapi_robot_sendmsg")
    return text(f"app_robot.{name}")


def _gate(said: Mapping[str, Any]) -> Throttled:
    """An address that called too often is shut out for minutes, and told for how many."""
    wait = said.get("wait")
    for_ms = FIVE_MINUTES_MS
    if isinstance(wait, int) and not isinstance(wait, bool) and 0 < wait <= _MOST_WAIT_MIN:
        for_ms = wait * _MINUTE_MS
    return Throttled(reason=text("dingtalk.blocked"), hint=text("app_robot.blocked_hint"), for_ms=for_ms)


def _by_status(reply: Reply, now_ms: int) -> TryAgain | Throttled | Rejected:
    """No code: something between us and DingTalk has answered, or DingTalk is in trouble."""
    after_ms = retry_after_ms(reply, now_ms)
    match reply.status:
        case 429:
            for_ms = _MINUTE_MS if after_ms is None else max(after_ms, _SECOND_MS)
            return Throttled(reason=text("app_robot.too_fast"), hint=text("app_robot.too_fast_hint"), for_ms=for_ms)
        case 407:
            return Rejected(fault=Fault.SETUP, reason=text("dingtalk.proxy"), hint=text("dingtalk.proxy_hint"))
        case 413:
            return Rejected(fault=Fault.MESSAGE, reason=text("app_robot.too_big"), hint=text("app_robot.too_big_hint"))
        case status if status in _UNSURE:
            return _again(text("dingtalk.server", status=status), "lost_hint", AttemptReach.DOUBTFUL, after_ms)
        case status if status >= 500 or status in {408, 425}:  # noqa: PLR2004 - HTTP's own classes
            return _again(text("dingtalk.server", status=status), "wait_hint", AttemptReach.REFUSED, after_ms)
        case 401:
            return _again(text("app_robot.token_refused"), "token_refused_hint", AttemptReach.REFUSED, after_ms)
        case 403 if is_page(reply):
            reason, hint = text("dingtalk.blocked"), text("app_robot.blocked_hint")
            return Throttled(reason=reason, hint=hint, for_ms=FIVE_MINUTES_MS)
        case status if 300 <= status < 400:  # noqa: PLR2004
            return _again(text("dingtalk.redirect", status=status), "between_hint", AttemptReach.REFUSED, after_ms)
        case status if 400 <= status < 500:  # noqa: PLR2004
            reason = text("dingtalk.http", status=status)
            return Rejected(fault=Fault.UNKNOWN, reason=reason, hint=text("app_robot.between_hint"))
        case _:
            return _again(text("app_robot.unreadable"), "lost_hint", AttemptReach.LOST, after_ms)


def _again(reason: Text, hint: str, reach: AttemptReach, after_ms: int | None) -> TryAgain:
    return TryAgain(reason=reason, hint=text(f"app_robot.{hint}"), reach=reach, after_ms=after_ms)
