"""HTTP by hand over a plain socket, for requests no honest client can be made to send."""

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.support.mcp_client import TOKEN, Endpoint

Header = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; status 0 where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def rpc(method: str = "tools/list", *, id_: Any = 1, **more: Any) -> bytes:
    """One JSON-RPC request."""
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, **more}).encode()


def call(content: str = "hello", *, id_: Any = 1) -> bytes:
    """A `tools/call` of dingtalk_send_text."""
    return rpc("tools/call", id_=id_, params={"name": "dingtalk_send_text", "arguments": {"content": content}})


def head(port: int, *extra: Header, start: str = "POST /mcp HTTP/1.1", without: Iterable[str] = ()) -> bytes:
    """A request head that is right but for `extra` (replaces by name) and `without`."""
    fields = {
        "host": f"127.0.0.1:{port}",
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
    }
    replaced = {name.lower() for name, _value in extra} | set(without)
    lines = [start, *(f"{name}: {value}" for name, value in fields.items() if name not in replaced)]
    lines += [f"{name}: {value}" for name, value in extra]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def post(
    port: int, body: bytes, *extra: Header, start: str = "POST /mcp HTTP/1.1", without: Iterable[str] = ()
) -> bytes:
    """A whole request."""
    sized = any(name.lower() in {"content-length", "transfer-encoding"} for name, _value in extra)
    length = () if sized else (("content-length", str(len(body))),)
    return head(port, *extra, *length, start=start, without=without) + body


def talk(port: int, data: bytes, *, timeout_s: float = 5.0) -> Answer:
    """Send bytes, read one answer. Raises TimeoutError where the server neither answers nor closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as sock:
        with suppress(
            BrokenPipeError, ConnectionResetError
        ):  # refused before it read everything: the answer may be there
            sock.sendall(data)
        return read_answer(sock)


def refused(endpoint: Endpoint, data: bytes, status: int) -> Answer:
    """Check that it is refused with `status`, reaches nobody, and repeats nothing (`zq9`) of it."""
    before = len(endpoint.door.asked)
    answer = talk(endpoint.port, data)
    assert answer.status == status
    assert len(endpoint.door.asked) == before
    assert b"zq9" not in answer.body
    assert b"Traceback" not in answer.body
    assert "server" not in answer.headers
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    return answer


def read_answer(sock: socket.socket) -> Answer:
    """Read one answer: its head, and as much body as it announces (or until the end)."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := _receive(sock)):
            return Answer(status=0, headers={}, body=data)
        data += chunk
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers["content-length"]) if "content-length" in headers else None
    while length is None or len(body) < length:
        if not (chunk := _receive(sock)):
            break
        body += chunk
    return Answer(status=int(first.split()[1]), headers=headers, body=body)


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except ConnectionResetError:
        return b""
