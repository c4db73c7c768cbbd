"""The gateway of Stream mode, strict, as values: tickets, connections, frames, what is delivered again; no I/O."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Unpack
from urllib.parse import parse_qs, quote, urlsplit

from tray_app.sandbox.dingtalk_app import StrictApp, in_json, refusal
from tray_app.sandbox.phone import BOT_TOPIC, Wording, bot_message
from tray_app.sandbox.robot import RawRequest, RobotAnswer

OPEN_PATH = "/v1.0/gateway/connections/open"
CONNECT_PATH = "/connect"
_MOST_OPENINGS_A_SECOND = 20
_SECOND_MS = 1_000
_KINDS = frozenset({"CALLBACK", "EVENT", "SYSTEM"})


class NoEntry(Exception):
    """The handshake is refused: HTTP status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(slots=True)
class GatewayConnection:
    """One WebSocket. From a `disconnect` on it is `silent`, nothing is delivered, and at `closes_ms` it is closed."""

    number: int
    topics: frozenset[str]
    next_ping_ms: int
    silent: bool = False
    closes_ms: int | None = None
    unanswered: dict[str, str] = field(default_factory=dict)  # messageId -> data, of frames that want an answer
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Sent:
    """A message of a person until it is acknowledged. `due_ms`: when it is delivered (again)."""

    msg_id: str
    data: str
    due_ms: int
    topic: str = BOT_TOPIC
    times: int = 0
    frame_ids: set[str] = field(default_factory=set)


class StrictGateway:
    """The gateway of one app. All its times are settable, so that tests need not wait.

    `story` tells in order what happened: ("open", n), ("leave", n) for a `disconnect`, ("close", n). `most_live` is how
    many connections took messages at once. `endpoint` is what `connections/open` answers; whoever serves sets it.
    `acknowledged` are the ids of messages whose frame was answered with code 200, `answers` all answers as they came.
    """

    def __init__(self, app: StrictApp) -> None:
        self.app = app
        self.endpoint = ""
        self.ticket_ms = 90_000
        self.redeliver_ms = 60_000
        self.ping_ms = 25_000
        self.linger_ms = 10_000  # after a `disconnect` TCP stays open
        self.same_message_id = False  # whether a message delivered again has the headers.messageId of before
        self.stream_chosen = True  # in the console
        self.zombie = False  # connections answer at the WebSocket's level, and deliver nothing
        self.connections: dict[int, GatewayConnection] = {}
        self.story: list[tuple[str, int]] = []
        self.most_live = 0
        self.acknowledged: list[str] = []
        self.answers: list[dict[str, Any]] = []
        self.deliveries: list[tuple[str, int]] = []  # msgId and connection, each time it was delivered
        self._tickets: dict[str, tuple[int, frozenset[str]]] = {}
        self._used: set[str] = set()
        self._openings: deque[int] = deque()
        self._waiting: list[_Sent] = []
        self._out: list[tuple[int, str]] = []
        self._count = 0
        self._turn = 0
        app.routes["POST", OPEN_PATH] = self.open

    # ---- the HTTP door

    def open(self, request: RawRequest, now_ms: int) -> RobotAnswer:
        """Give endpoint and ticket for id, secret and subscriptions."""
        said = self.app.said(request)
        if isinstance(said, RobotAnswer):
            return said
        if said.get("clientId") != self.app.client_id or said.get("clientSecret") != self.app.client_secret:
            return refusal(401, "authFailed", "鉴权失败")
        topics = self._topics(said.get("subscriptions"))
        if not topics:
            return refusal(400, "invalidParameter", "subscriptions is invalid")
        while self._openings and self._openings[0] <= now_ms - _SECOND_MS:
            self._openings.popleft()
        self._openings.append(now_ms)
        if len(self._openings) > _MOST_OPENINGS_A_SECOND:
            self.app.breach(f"{OPEN_PATH}: more than {_MOST_OPENINGS_A_SECOND} in a second")
            return refusal(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "请求被限流，请稍后再试")
        self._count += 1
        ticket = f"{self._count:08d}-f7a2-11f0+/={self._count % 7}"  # to be quoted in an address
        self._tickets[ticket] = (now_ms + self.ticket_ms, topics)
        if "application/json" not in request.headers.get("accept", ""):
            self.app.breach(f"{OPEN_PATH}: without Accept: application/json the answer is XML")
            body = f"<open><endpoint>{self.endpoint}</endpoint><ticket>{ticket}</ticket></open>".encode()
            return RobotAnswer(status=200, headers={"content-type": "application/xml"}, body=body)
        return in_json(200, {"endpoint": self.endpoint, "ticket": ticket})

    def _topics(self, said: object) -> frozenset[str]:
        listed = said if isinstance(said, list) else []
        right = [
            each
            for each in listed
            if isinstance(each, dict) and each.get("type") in _KINDS and isinstance(each.get("topic"), str)
        ]
        if not right or len(right) != len(listed):
            self.app.breach(f"{OPEN_PATH}: subscriptions are not a list of type and topic")
            return frozenset()
        return frozenset(each["topic"] for each in right)

    # ---- the WebSocket

    def connect(self, target: str, now_ms: int) -> GatewayConnection:
        """Let one in for its ticket, once. Raises NoEntry."""
        address = urlsplit(target)
        ticket = "".join(parse_qs(address.query).get("ticket", []))
        if address.path != CONNECT_PATH or address.query != f"ticket={quote(ticket, safe='')}":
            self.app.breach(f"the address of the WebSocket is not {CONNECT_PATH}?ticket=<quoted>: {address.path}")
            raise NoEntry(400, "bad request")
        if ticket in self._used:
            self.app.breach("a ticket was used twice")
            raise NoEntry(401, "ticket is invalid")
        until_ms, topics = self._tickets.pop(ticket, (0, frozenset()))
        self._used.add(ticket)
        if not topics or now_ms >= until_ms:
            self.app.breach("a ticket was made up, or too old")
            raise NoEntry(401, "ticket is invalid")
        if not self.stream_chosen:
            raise NoEntry(500, "systemError")
        self._count += 1
        connection = GatewayConnection(number=self._count, topics=topics, next_ping_ms=now_ms + self.ping_ms)
        self.connections[connection.number] = connection
        self.story.append(("open", connection.number))
        self.most_live = max(self.most_live, len(self.live))
        return connection

    @property
    def live(self) -> list[GatewayConnection]:
        """The connections that messages are delivered to."""
        return [each for each in self.connections.values() if not each.silent]

    def closed(self, number: int) -> None:
        """Hear that a connection is gone; what it had not acknowledged is due when its time comes."""
        if self.connections.pop(number, None) is not None:
            self.story.append(("close", number))

    def hear(self, text: str, *, staff_id: str, now_ms: int, msg_id: str = "", **more: Unpack[Wording]) -> str:
        """Play the phone: somebody writes to the robot. Returns the msgId, a new one where none is given."""
        self._count += 1
        msg_id = msg_id or f"msg{self._count}standin=="
        data = bot_message(self.app, text, staff_id=staff_id, msg_id=msg_id, now_ms=now_ms, **more)
        self.hear_data(msg_id, json.dumps(data, ensure_ascii=False), now_ms=now_ms)
        return msg_id

    def hear_data(self, msg_id: str, data: str, *, now_ms: int, topic: str = BOT_TOPIC) -> None:
        """Deliver this data, whatever it is, as a message of that id: until it is acknowledged, as all are."""
        self._waiting.append(_Sent(msg_id=msg_id, data=data, due_ms=now_ms, topic=topic))

    def say(self, raw: str) -> None:
        """Say this to every live connection, frame or not."""
        self._out += [(each.number, raw) for each in self.live]

    def system(self, topic: str, data: dict[str, Any], *, message_id: bool = True) -> None:
        """Send a SYSTEM frame to every live connection; only a `ping` must be answered with the same data."""
        for connection in self.live:
            self._send(connection, "SYSTEM", topic, json.dumps(data), message_id=message_id)

    def disconnect(self, reason: str = "connection is expired", *, now_ms: int, message_id: bool = True) -> None:
        """Tell every live connection to go: nothing more is delivered on it, and TCP stays open for a while."""
        for connection in self.live:
            self._send(connection, "SYSTEM", "disconnect", json.dumps({"reason": reason}), message_id=message_id)
            connection.silent, connection.closes_ms = True, now_ms + self.linger_ms
            self.story.append(("leave", connection.number))

    def take_out(self, now_ms: int) -> list[tuple[int, str]]:
        """Take what is to be sent by now: connection and text."""
        if not self.zombie:
            for connection in self.live:
                if now_ms >= connection.next_ping_ms:
                    connection.next_ping_ms = now_ms + self.ping_ms
                    self._send(connection, "SYSTEM", "ping", json.dumps({"opaque": f"{now_ms}"}))
            for sent in self._waiting:
                self._deliver(sent, now_ms)
        out, self._out = self._out, []
        return out

    def next_ms(self) -> int | None:
        """When something is due next; None: nothing by itself."""
        pings = [each.next_ping_ms for each in self.live] if not self.zombie else []
        closes = [each.closes_ms for each in self.connections.values() if each.closes_ms is not None]
        due = [each.due_ms for each in self._waiting] if self.live and not self.zombie else []
        return min([*pings, *closes, *due], default=None)

    def _deliver(self, sent: _Sent, now_ms: int) -> None:
        takers = [each for each in self.live if sent.topic in each.topics]
        if not takers or now_ms < sent.due_ms:
            return
        self._turn += 1
        connection = takers[self._turn % len(takers)]  # several connections of one app share the messages
        again = next(iter(sent.frame_ids), "") if self.same_message_id else ""
        sent.frame_ids.add(self._send(connection, "CALLBACK", sent.topic, sent.data, again=again))
        sent.times += 1
        sent.due_ms = now_ms + self.redeliver_ms
        self.deliveries.append((sent.msg_id, connection.number))

    def _send(
        self, to: GatewayConnection, kind: str, topic: str, data: str, *, message_id: bool = True, again: str = ""
    ) -> str:
        self._count += 1
        name = again or f"212b9d7c_{self._count:x}_standin"
        headers = {"contentType": "application/json", "time": str(self._count), "topic": topic}
        if message_id:
            headers["messageId"] = name
            to.unanswered[name] = data
        if kind != "SYSTEM":
            headers |= {"appId": "standin", "connectionId": f"connection-{to.number}"}
        frame = {"specVersion": "1.0", "type": kind, "headers": headers, "data": data}
        self._out.append((to.number, json.dumps(frame, ensure_ascii=False)))
        return name

    # ---- what the client says

    def frame(self, number: int, text: str) -> None:
        """Judge one answer of a client."""
        connection = self.connections.get(number)
        if connection is None:
            return
        try:
            said = json.loads(text)
            code, headers, data = said["code"], said["headers"], json.loads(said["data"])
            name = headers["messageId"]
        except (ValueError, KeyError, TypeError, RecursionError):
            self.app.breach(f"an answer that is none: {text[:80]}")
            return
        self.answers.append(said)
        if not isinstance(code, int) or headers.get("contentType") != "application/json" or "message" not in said:
            self.app.breach(f"an answer without code, contentType or message: {text[:80]}")
        if name in connection.answered:
            self.app.breach(f"a frame was answered twice: {name}")
        elif name not in connection.unanswered:
            self.app.breach(f"an answer to what was never asked here: {name}")
        else:
            self._answered(connection, name, code=code, data=data)

    def _answered(self, connection: GatewayConnection, name: str, *, code: int, data: object) -> None:
        asked = connection.unanswered.pop(name)
        if not self.same_message_id:
            connection.answered.add(name)
        if '"opaque"' in asked and (code != 200 or data != json.loads(asked)):  # noqa: PLR2004 - the code of "OK"
            self.app.breach("a ping was not answered with its own data")
        for sent in [each for each in self._waiting if name in each.frame_ids]:
            self._waiting.remove(sent)
            if code == 200:  # noqa: PLR2004 - the code of "OK"
                self.acknowledged.append(sent.msg_id)
