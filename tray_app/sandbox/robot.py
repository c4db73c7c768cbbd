"""A strict stand-in for one DingTalk robot: signature, keywords, limits and faults, as values; no I/O."""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tray_app.sandbox.fields import FieldRefused, SeenMessage, checked, searched, seen


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWith:
    """Answer with this instead of the robot's own words."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    take: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Reset the connection, after `first` was sent of the answer."""

    take: bool = False
    first: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Say nothing more, until the robot is stopped or the client hangs up; `first` is sent of the answer."""

    take: bool = False
    first: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endless:
    """Begin an answer whose body never ends."""

    take: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """Answer with bytes that are no HTTP, then close."""

    said: bytes = b"\x00\xffnot http\r\n\r\n"
    take: bool = False


RobotFault: TypeAlias = AnswerWith | Drop | Stall | Endless | Garbage


PATH = "/robot/send"
_MOST_BYTES = 20_000
_WINDOW_MS = 3_600_000
_MINUTE_MS = 60_000
_PENALTY_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """One HTTP request: `target` is path and query as sent, header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotAnswer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class StrictRobot:
    """One robot in one group. `received` is what the group sees, `requests` counts what came, refused ones too.

    `per_minute=0` lifts the limit (for measuring). Faults put in line with `script()` befall the next requests.
    """

    def __init__(
        self,
        *,
        token: str,
        secret: str = "",
        keywords: Sequence[str] = (),
        refuse_ip: bool = False,
        per_minute: int = 20,
    ) -> None:
        self.stumbles_at = ""  # a text whose messages it answers as DingTalk does when it is in trouble itself
        self.token = token
        self.secret = secret
        self.keywords = tuple(keywords)
        self.refuse_ip = refuse_ip
        self.per_minute = per_minute
        self.received: list[SeenMessage] = []
        self.requests = 0
        self._faults: deque[RobotFault] = deque()
        self._uuids: set[str] = set()
        self._recent: deque[int] = deque()
        self._limited_until_ms = 0

    def script(self, *faults: RobotFault) -> None:
        """Put faults in line; each befalls one request."""
        self._faults.extend(faults)

    def next_fault(self) -> RobotFault | None:
        """Take the fault that befalls the request at hand, if any."""
        return self._faults.popleft() if self._faults else None

    def count(self) -> None:
        """Note that a request came."""
        self.requests += 1

    def answer(self, request: RawRequest, *, now_ms: int) -> RobotAnswer:
        """Judge one request as DingTalk does: every verdict is HTTP 200, the code is in the body."""
        try:
            self._judge(request, now_ms)
            said: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
        except FieldRefused as refused:
            said = {"errcode": refused.errcode, "errmsg": refused.errmsg}
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "date": formatdate(now_ms / 1000, usegmt=True)}
        return RobotAnswer(status=200, headers=headers, body=body)

    def as_seen(self) -> str:
        """Show all that the group saw, in order, for people."""
        return "\n".join(f"{number}. {each}" for number, each in enumerate(self.received, start=1))

    def _judge(self, request: RawRequest, now_ms: int) -> None:
        address = urlsplit(request.target)
        query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if address.path != PATH:
            raise FieldRefused(404, "请求的URI地址不存在")
        if request.method != "POST":
            raise FieldRefused(43002, "需要POST请求")
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise FieldRefused(43004, "无效的HTTP HEADER Content-Type")
        self._check_token(query)
        self._check_pace(now_ms)
        self._check_security(query, now_ms)
        if len(request.body) > _MOST_BYTES:
            raise FieldRefused(460101, "错误描述: body 大小不合法;解决方案:请保持大小在 20000bytes 以内。")
        self._take(_json_object(request.body), now_ms)

    def _check_token(self, query: Mapping[str, str]) -> None:
        if not query.get("access_token"):
            raise FieldRefused(40035, "缺少参数 access_token")
        if query["access_token"] != self.token:
            raise FieldRefused(300005, "token is not exist")

    def _check_pace(self, now_ms: int) -> None:
        if now_ms < self._limited_until_ms:
            raise FieldRefused(410100, "发送速度太快而限流")
        while self._recent and self._recent[0] <= now_ms - _MINUTE_MS:
            self._recent.popleft()
        if self.per_minute and len(self._recent) >= self.per_minute:
            self._limited_until_ms = now_ms + _PENALTY_MS
            raise FieldRefused(410100, "发送速度太快而限流")
        self._recent.append(now_ms)

    def _check_security(self, query: Mapping[str, str], now_ms: int) -> None:
        if self.refuse_ip:
            raise FieldRefused(
                310000, "description:ip 不在白名单中;solution:请联系对应群的管理员，设置机器人安全ip地址段"
            )
        if not self.secret:
            return
        stamp, given = query.get("timestamp", ""), query.get("sign", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and given):  # noqa: PLR2004 - ms fit in 15 digits
            raise FieldRefused(310000, _NOT_SIGNED)
        if abs(now_ms - int(stamp)) > _WINDOW_MS:
            raise FieldRefused(310000, _TOO_OLD)
        digest = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64encode(digest), given.encode("utf-8", "replace")):
            raise FieldRefused(310000, _NOT_SIGNED)

    def _take(self, said: Mapping[str, Any], now_ms: int) -> None:
        content = checked(said)
        if self.keywords:
            for text in searched(said["msgtype"], content):
                if not any(keyword in text for keyword in self.keywords):
                    raise FieldRefused(310000, _NO_KEYWORD)
        message = seen(said, now_ms=now_ms)
        if self.stumbles_at and self.stumbles_at in message.text:
            raise FieldRefused(500100, "description:系统异常，请稍后再试;")
        if message.uuid and message.uuid in self._uuids:
            return  # DingTalk answers "ok" again and shows nothing twice
        self._uuids.add(message.uuid)
        self.received.append(message)


_TOO_OLD = "description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在 timestampms 以内;"
_NOT_SIGNED = "错误描述:机器人发送签名不匹配;解决方案:请确认签名和生成签名的时间戳必须都放在调用的网址中"
_NO_KEYWORD = "错误描述:关键词不匹配;解决方案:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;"


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise FieldRefused(40035, "缺少参数 json") from None
    if not isinstance(said, dict):
        raise FieldRefused(40035, "缺少参数 json")
    return said
