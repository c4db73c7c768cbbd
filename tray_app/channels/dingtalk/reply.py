"""What the answer to one attempt means. Success is one thing only: HTTP 2xx and a JSON object whose errcode is 0."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from tray_app.channels.dingtalk.codes import FIVE_MINUTES_MS, TEN_MINUTES_MS, is_known, outcome_of
from tray_app.core.kernel.texts import text
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
from tray_app.core.messages.host_date import date_ms, http_date_ms
from tray_app.core.redaction.redact import redact

_CODE = re.compile(r"0|-?[1-9][0-9]{0,8}")
_MOST_CODE = 10**9
_MOST_SAID = 200
_WORDS = ("errmsg", "message", "msg", "sub_msg")
_HTTPS_OWN = frozenset({404, 405, 407, 408, 410, 413, 414, 425, 429})  # say more than an unknown code
_GATEWAY_WAITED = frozenset({504, 520, 522, 524, 598, 599})  # for a server that may have taken it
_REACH = {
    Trouble.UNREACHABLE: AttemptReach.NOBODY,
    Trouble.NO_ANSWER: AttemptReach.LOST,
    Trouble.BROKEN: AttemptReach.LOST,
}
_SECRETS = re.compile(
    r"(?i:access_token|token|sign|secret|key)\s*[=:]\s*[^\s&;,]+|SEC[0-9A-Za-z]{12,}|[0-9A-Za-z+/=_%-]{32,}"
)


def outcome(reply: Reply | NoReply, *, now_ms: int) -> Outcome:
    """Read what came back, or that nothing did. A known error code beats the HTTP status; code 0 never does.

    Whatever it comes to, DingTalk's own code and words stay with it.
    """
    if isinstance(reply, NoReply):
        return _no_reply(reply.trouble)
    said = read_object(reply)
    code, words = _errcode(said), cleaned(_words(said))
    result = _judged(reply, said, code, words, now_ms)
    return result if isinstance(result, Sent) else replace(result, errcode=code or None, said=words)


def _judged(reply: Reply, said: Mapping[str, Any], code: int | None, words: str, now_ms: int) -> Outcome:
    success = 200 <= reply.status < 300  # noqa: PLR2004 - HTTP's own classes
    refused = 400 <= reply.status < 500 and reply.status not in _HTTPS_OWN  # noqa: PLR2004
    if said.get("punish") == "deny" or said.get("source") == "x5":
        known = outcome_of(code, "", clock_offset_ms=None) if code is not None else None
        return known if isinstance(known, Throttled) else _blocked(reply, now_ms)
    if code and (success or refused or is_known(code)):
        return outcome_of(code, words, clock_offset_ms=clock_offset_ms(reply, now_ms=now_ms))
    if code == 0 and not refused:  # with HTTP's 5xx it is taken and it is not: nobody knows
        return Sent() if success else _again("unreadable", reply, now_ms, reach=AttemptReach.LOST)
    return _by_status(reply, now_ms)


def clock_offset_ms(reply: Reply, *, now_ms: int) -> int | None:
    """How far this computer's clock is ahead of the server's `Date` (negative: behind), to about a second."""
    host_ms = date_ms(reply.headers)
    return None if host_ms is None else now_ms - host_ms


def cleaned(said: object) -> str:
    """DingTalk's own words on one line, short, without invisible characters and without anything like a secret."""
    if not isinstance(said, str):
        return ""
    shown = "".join(" " if char.isspace() else char for char in said[:4_000])
    shown = "".join(char for char in shown if not unicodedata.category(char).startswith("C"))
    shown = redact(_SECRETS.sub("…", shown), mask=lambda _kind: "…").text
    shown = " ".join(shown.split())
    return shown if len(shown) <= _MOST_SAID else shown[: _MOST_SAID - 1] + "…"


def _no_reply(trouble: Trouble) -> TryAgain:
    reason, hint = text(f"dingtalk.{trouble}"), text(f"dingtalk.{trouble}_hint")
    return TryAgain(reason=reason, hint=hint, reach=_REACH[trouble])


def read_object(reply: Reply) -> Mapping[str, Any]:
    """The JSON object of the answer; empty where there is none that can be read."""
    if reply.truncated:
        return {}
    try:
        said = json.loads(_decoded(reply.body), parse_constant=_refuse, object_pairs_hook=_unambiguous)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _unambiguous(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; what stands in it twice and differently says nothing."""
    read: dict[str, Any] = {}
    for name, value in members:
        same = name not in read or (type(read[name]) is type(value) and read[name] == value)
        read[name] = value if same else None
    return read


def _decoded(body: bytes) -> str:
    """Read UTF-8, or what gateways of older systems make of it: Chinese in GB 18030, whose codes are the same."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def _words(said: Mapping[str, Any]) -> str:
    """DingTalk's own words; its gate's own code stands in them, or in a field beside them."""
    words = next((found for name in _WORDS if isinstance(found := said.get(name), str) and found), "")
    sub_code = said.get("sub_code")
    return words if sub_code is None or str(sub_code) in words else f"{words} [sub_code={sub_code}]"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _errcode(said: Mapping[str, Any]) -> int | None:
    """DingTalk's example has the code as a string, its table as a number; anything else is no code."""
    code = said.get("errcode")
    if isinstance(code, str) and _CODE.fullmatch(code):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) and abs(code) < _MOST_CODE else None


def _by_status(reply: Reply, now_ms: int) -> Outcome:
    """Judge an answer that holds no usable code: it comes from something between us and DingTalk's robot."""
    match reply.status:
        case 429:
            return _blocked(reply, now_ms, name="too_fast", for_ms=TEN_MINUTES_MS)
        case 404 | 405 | 410 | 414:
            return _rejected(Fault.SETUP, "wrong_address", reply.status)
        case 413:
            return _rejected(Fault.MESSAGE, "too_big", reply.status)
        case 407:
            return _rejected(Fault.SETUP, "proxy", reply.status)
        case status if 300 <= status < 400:  # noqa: PLR2004
            return _again("redirect", reply, now_ms)
        case status if status in _GATEWAY_WAITED:
            return _again("server", reply, now_ms, reach=AttemptReach.DOUBTFUL)
        case status if status >= 500 or status in {408, 425}:  # noqa: PLR2004
            return _again("server", reply, now_ms)
        case status if is_page(reply) and (status < 300 or status == 403):  # noqa: PLR2004
            return _blocked(reply, now_ms)
        case status if 400 <= status < 500:  # noqa: PLR2004
            return _rejected(Fault.UNKNOWN, "http", status)
        case _:
            return _again("unreadable", reply, now_ms, reach=AttemptReach.LOST)


def _rejected(fault: Fault, name: str, status: int) -> Rejected:
    reason = text("dingtalk.http", status=status) if name == "http" else text(f"dingtalk.{name}")
    return Rejected(fault=fault, reason=reason, hint=text(f"dingtalk.{name}_hint"))


def _again(name: str, reply: Reply, now_ms: int, *, reach: AttemptReach = AttemptReach.REFUSED) -> TryAgain:
    reason, hint = text(f"dingtalk.{name}", status=reply.status), text(f"dingtalk.{name}_hint")
    return TryAgain(reason=reason, hint=hint, after_ms=retry_after_ms(reply, now_ms), reach=reach)


def _blocked(reply: Reply, now_ms: int, *, name: str = "blocked", for_ms: int = FIVE_MINUTES_MS) -> Throttled:
    """DingTalk's gate: no robot's answer, so no code. It blocks an address for five minutes."""
    asked = retry_after_ms(reply, now_ms) if name == "too_fast" else None
    wait_ms = for_ms if asked is None else max(asked, 1_000)
    return Throttled(reason=text(f"dingtalk.{name}"), hint=text(f"dingtalk.{name}_hint"), for_ms=wait_ms)


def is_page(reply: Reply) -> bool:
    """Whether it is meant for a browser: something between us and DingTalk has answered."""
    return "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"


def retry_after_ms(reply: Reply, now_ms: int) -> int | None:
    """Seconds, or a date by the server's own clock; ten minutes at most, so that no answer stops a robot for good."""
    asked = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", asked):
        return min(int(asked) * 1_000, TEN_MINUTES_MS)
    until_ms, host_ms = http_date_ms(asked), date_ms(reply.headers)
    if until_ms is None:
        return None
    return min(max(until_ms - (now_ms if host_ms is None else host_ms), 0), TEN_MINUTES_MS)
