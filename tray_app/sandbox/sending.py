"""What an app robot says to people one to one, strict, as values: access tokens, batchSend, batchRecall; no I/O."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from tray_app.sandbox.dingtalk_app import Handler, StrictApp, in_json, refusal
from tray_app.sandbox.robot import RawRequest, RobotAnswer

TOKEN_PATH = "/v1.0/oauth2/accessToken"  # noqa: S105 - the path of an API
SEND_PATH = "/v1.0/robot/oToMessages/batchSend"
RECALL_PATH = "/v1.0/robot/otoMessages/batchRecall"
_TOKEN_HEADER = "x-acs-dingtalk-access-token"  # noqa: S105 - the name of a header
_MOST_BYTES = 15_000
_MOST_PEOPLE = 20
_MOST_A_SECOND = 20
_SECOND_MS = 1_000
_MOST_IN_VAIN = 5  # several programs may use one app
_SOON_MS = 600_000  # a token may be asked for anew so long before its end
_FIELDS = {"sampleText": ("content",), "sampleMarkdown": ("title", "text")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message in the chat of a person with the robot; `key` is its processQueryKey."""

    staff_id: str
    kind: str
    title: str
    text: str
    key: str
    at_ms: int
    recalled: bool = False


class _Refused(Exception):
    """The API says no."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(code)
        self.answer = refusal(status, code, words)


class StrictSending:
    """Sending of one app. What may go wrong is settable.

    `people` are the user ids that the company knows, `limited` and `filtered` those of them who stand in the lists of
    an answer that is a success otherwise. `received` is what people see. `calls_left` is the month's (None: no end).
    """

    def __init__(self, app: StrictApp) -> None:
        self.app = app
        self.token_ms = 7_200_000
        self.people = {"manager807"}
        self.limited: set[str] = set()
        self.filtered: set[str] = set()
        self.invalid: set[str] = set()
        self.may_send = True
        self.ip_listed = True
        self.calls_left: int | None = None
        self.received: list[ChatMessage] = []
        self.tokens_given = 0
        self._token, self._until_ms = "", 0
        self._in_vain = 0
        self._refused = False  # a token was refused since one was given
        self._recent: deque[int] = deque()
        self._count = 0
        app.routes["HEAD", "/"] = lambda _request, _now_ms: RobotAnswer(status=404, headers={}, body=b"")
        app.routes["POST", TOKEN_PATH] = self.give_token
        app.routes["POST", SEND_PATH] = self._guarded(self._send)
        app.routes["POST", RECALL_PATH] = self._guarded(self._recall)

    @property
    def token(self) -> str:
        """The one that is out."""
        return self._token

    def expire_token(self) -> None:
        """Let the token that is out be none any more."""
        self._token = ""

    def give_token(self, request: RawRequest, now_ms: int) -> RobotAnswer:
        """Give a token for id and secret; inside its life the same one, renewed."""
        said = self.app.said(request)
        if isinstance(said, RobotAnswer):
            return said
        if said.get("appKey") != self.app.client_id or said.get("appSecret") != self.app.client_secret:
            return refusal(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
        if self._token and now_ms < self._until_ms - _SOON_MS and not self._refused:
            self._in_vain += 1
            if self._in_vain > _MOST_IN_VAIN:
                self.app.breach(f"{TOKEN_PATH}: asked for again and again, though the token was good for long")
        if not self._token or now_ms >= self._until_ms:
            self._count += 1
            self._token = sha256(f"{self.app.client_secret} {self._count}".encode()).hexdigest()[:32]
        self._until_ms, self._refused = now_ms + self.token_ms, False
        self.tokens_given += 1
        return in_json(200, {"accessToken": self._token, "expireIn": self.token_ms // 1_000})

    def _guarded(self, work: Callable[[dict[str, Any], int], RobotAnswer]) -> Handler:
        def handle(request: RawRequest, now_ms: int) -> RobotAnswer:
            try:
                self._let_in(request, now_ms)
                said = self.app.said(request)
                return said if isinstance(said, RobotAnswer) else work(said, now_ms)
            except _Refused as refused:
                return refused.answer

        return handle

    def _let_in(self, request: RawRequest, now_ms: int) -> None:
        given = request.headers.get(_TOKEN_HEADER, "")
        if not given:
            self.app.breach(f"{request.target}: without {_TOKEN_HEADER}")
        if not given or given != self._token or now_ms >= self._until_ms:
            self._refused = True
            raise _Refused(400, "InvalidAuthentication", "不合法的access_token")
        if not self.ip_listed:
            raise _Refused(403, "Forbidden.AccessDenied.IpNotInWhiteList", "访问ip不在白名单之中")
        if not self.may_send:
            words = "应用尚未开通所需的权限：[qyapi_robot_sendmsg]，点击链接申请并开通即可"
            raise _Refused(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied", words)
        if self.calls_left == 0:
            raise _Refused(403, "Forbidden.AccessDenied.ApiCountLimitForOrg", "组织调用量已达上限")
        while self._recent and self._recent[0] <= now_ms - _SECOND_MS:
            self._recent.popleft()
        if len(self._recent) >= _MOST_A_SECOND:
            raise _Refused(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "请求被限流，请稍后再试")
        self._recent.append(now_ms)
        self.calls_left = None if self.calls_left is None else self.calls_left - 1

    def _robot(self, said: dict[str, Any]) -> None:
        if not said.get("robotCode"):
            raise self._broken("invalidParameter.robotCode.empty", "robotCode不能为空")
        if said["robotCode"] != self.app.robot_code:
            raise _Refused(400, "resource.not.found", "robot 不存在")

    def _send(self, said: dict[str, Any], now_ms: int) -> RobotAnswer:
        self._robot(said)
        people = self._people(said.get("userIds"))
        kind, param = self._message(said)
        if not [each for each in people if each in self.people]:
            raise _Refused(400, "staffId.notExisted", "staffId不存在")
        self._count += 1
        key = f"key{self._count}standin+/="
        unreached = {
            "invalidStaffIdList": [each for each in people if each not in self.people or each in self.invalid],
            "flowControlledStaffIdList": [each for each in people if each in self.limited],
            "filteredStaffIdList": [each for each in people if each in self.filtered],
        }
        for each in people:
            if not any(each in listed for listed in unreached.values()):
                text = param.get("content") or param.get("text", "")
                title = param.get("title", "")
                self.received.append(
                    ChatMessage(staff_id=each, kind=kind, title=title, text=text, key=key, at_ms=now_ms)
                )
        return in_json(200, {"processQueryKey": key, **unreached})

    def _people(self, listed: object) -> list[str]:
        if not isinstance(listed, list) or not listed or not all(isinstance(each, str) and each for each in listed):
            raise self._broken("invalidParameter.userIds.empty", "userIds不能为空")
        if len(listed) > _MOST_PEOPLE:
            raise self._broken("invalidParameter.userIds.overMax", "userIds最多100个")
        return listed

    def _message(self, said: dict[str, Any]) -> tuple[str, dict[str, str]]:
        kind, param = said.get("msgKey"), said.get("msgParam")
        if kind not in _FIELDS:
            raise self._broken("invalidParameter.msgKey.invalid", "msgKey无效")
        if not isinstance(param, str):
            raise self._broken("invalidParameter.msgParam.invalid", "msgParam不是字符串")
        if len(param.encode()) > _MOST_BYTES:
            raise self._broken("invalidParameter.msgParam.tooLong", "msgParam过长")
        try:
            fields = json.loads(param)
        except ValueError:
            fields = None
        wanted = _FIELDS[kind]
        if not isinstance(fields, dict) or any(not isinstance(fields.get(n), str) or not fields[n] for n in wanted):
            raise self._broken("invalidParameter.msgParam.invalid", "msgParam参数无效")
        return kind, fields

    def _recall(self, said: dict[str, Any], now_ms: int) -> RobotAnswer:  # noqa: ARG002 - the handlers' form
        self._robot(said)
        keys = said.get("processQueryKeys")
        if not isinstance(keys, list) or not keys or not all(isinstance(each, str) for each in keys):
            raise self._broken("invalidParameter.processQueryKeys.empty", "processQueryKeys不能为空")
        known = {message.key for message in self.received if not message.recalled}
        self.received = [replace(each, recalled=each.recalled or each.key in keys) for each in self.received]
        done = [key for key in keys if key in known]
        refused = {key: "消息不存在或已撤回" for key in keys if key not in known}
        return in_json(200, {"successResult": done, "failedResult": refused})

    def _broken(self, code: str, words: str) -> _Refused:
        self.app.breach(f"{code}: {words}")
        return _Refused(400, code, words)
