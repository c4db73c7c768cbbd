"""A model on loopback that says what a script tells it: enough of Anthropic's Messages API for the real Claude Code.

Each request of the client's main thread takes the next turn of the script, each of a sub-agent the next of its own.
What the model was shown is kept, so that a test can see what an agent reads.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

MODEL = "claude-opus-5-5"


_AT_THE_END = ("output_tokens", "iterations", "server_tool_use")  # known when the last word is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a turn is said to have cost; cache writes by how long they are kept. `more`: what else is said."""

    input: int = 10
    output: int = 20
    cache_5m: int = 0
    cache_1h: int = 0
    cache_read: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool the model wants called."""

    name: str
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the model: words, then tool calls. An empty `model` is the one that was asked for."""

    text: str = ""
    calls: Sequence[ToolCall] = ()
    usage: Usage = Usage()
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error of the API, e.g. 429 `rate_limit_error`, 529 `overloaded_error`, 401 `authentication_error`."""

    status: int
    kind: str
    message: str = "scripted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: its headers in lower case, its body, and whether a sub-agent made it."""

    headers: Mapping[str, str]
    body: Mapping[str, Any]
    subagent: bool

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools that the model was offered with their schemas."""
        return tuple(str(tool["name"]) for tool in self.body.get("tools", ()))

    @property
    def results(self) -> tuple[tuple[str, bool], ...]:
        """What the last tool calls gave, as the model reads it: words, and whether it is marked as an error."""
        last = [_blocks(message) for message in self.body["messages"] if message["role"] == "user"][-1]
        found = [block for block in last if block.get("type") == "tool_result"]
        return tuple((_words(block.get("content")), bool(block.get("is_error"))) for block in found)


Step: TypeAlias = Turn | Refusal | Callable[[Asked], Turn | Refusal]  # a function may look, or do something meanwhile


class ModelApi:
    """The scripted model behind `url`. Safe to read from any thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.beside: list[Asked] = []  # titles, quota checks: what the client asks for itself
        self.elsewhere: list[str] = []  # other paths
        self.unscripted = 0
        self.broken: Exception | None = None
        self._main: deque[Step] = deque()
        self._agents: deque[Step] = deque()
        self._lock = threading.Lock()
        self._ids = 0

    def script(self, *steps: Step, agents: Sequence[Step] = ()) -> None:
        """Say what the next turns are, of the main thread and of its sub-agents."""
        with self._lock:
            self._main.extend(steps)
            self._agents.extend(agents)

    def next_step(self, asked: Asked) -> Turn | Refusal:
        """Give the turn for this request; an error that ends the session where the script is over."""
        with self._lock:
            if not asked.body.get("tools"):
                self.beside.append(asked)
                return Turn(text="Scripted title")
            self.asked.append(asked)
            steps = self._agents if asked.subagent else self._main
            if not steps:
                self.unscripted += 1
                return Refusal(status=400, kind="invalid_request_error", message="the script is over")
            step = steps.popleft()
        return step(asked) if callable(step) else step

    def new_id(self, prefix: str) -> str:
        """Make an id as the API makes them."""
        with self._lock:
            self._ids += 1
            return f"{prefix}_{self._ids:024d}"

    @property
    def left(self) -> int:
        """How many turns of the script nobody asked for."""
        with self._lock:
            return len(self._main) + len(self._agents)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: ModelApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        if path == "/v1/messages":
            self._message(json.loads(body))
        elif path == "/v1/messages/count_tokens":
            self._json(HTTPStatus.OK, {"input_tokens": len(body) // 4})
        else:
            self._nothing()

    def do_GET(self) -> None:
        self._nothing()

    def do_HEAD(self) -> None:
        self._nothing()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method it replaces
        """Say nothing."""

    def _nothing(self) -> None:
        self.server.api.elsewhere.append(f"{self.command} {self.path}")
        self._json(HTTPStatus.NOT_FOUND, {"type": "error", "error": {"type": "not_found_error", "message": "none"}})

    def _message(self, body: Mapping[str, Any]) -> None:
        api = self.server.api
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(headers=headers, body=body, subagent="x-claude-code-agent-id" in headers)
        try:
            step = api.next_step(asked)
        except Exception as broken:
            api.broken = broken  # what a test's own step asserts must fail the test
            raise
        if isinstance(step, Refusal):
            error = {"type": "error", "error": {"type": step.kind, "message": step.message}}
            self._json(step.status, error, {"x-should-retry": "false"})
            return
        message = _message(step, api, model=step.model or str(body["model"]))
        if body.get("stream"):
            self._send(HTTPStatus.OK, "text/event-stream", _events(message), {})
        else:
            self._json(HTTPStatus.OK, message)

    def _json(self, status: int, answer: Mapping[str, Any], more: Mapping[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(answer).encode(), more or {})

    def _send(self, status: int, kind: str, body: bytes, more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")


def _message(turn: Turn, api: ModelApi, *, model: str) -> dict[str, Any]:
    said = [{"type": "text", "text": turn.text}] if turn.text or not turn.calls else []
    calls = [
        {"type": "tool_use", "id": api.new_id("toolu"), "name": call.name, "input": dict(call.input)}
        for call in turn.calls
    ]
    usage = turn.usage
    return {
        "id": api.new_id("msg"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [*said, *calls],
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.input,
            "output_tokens": usage.output,
            "cache_creation_input_tokens": usage.cache_5m + usage.cache_1h,
            "cache_read_input_tokens": usage.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage.cache_5m,
                "ephemeral_1h_input_tokens": usage.cache_1h,
            },
            **usage.more,
        },
    }


def _events(message: Mapping[str, Any]) -> bytes:
    """Say the same message piece by piece; output tokens come at the end, as on the real wire."""
    begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    events += [
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {name: said for name, said in message["usage"].items() if name in _AT_THE_END},
        },
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in content or ())


@contextmanager
def model_api() -> Iterator[ModelApi]:
    """Serve on a free port of 127.0.0.1 until the end."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = ModelApi(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
