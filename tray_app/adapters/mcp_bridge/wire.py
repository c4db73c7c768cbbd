"""One JSON-RPC message to the running app and its answer: the headers of both protocol eras, and nothing kept open."""

import http.client
import json
import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tray_app.core.kernel.secret import Secret

_VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_CONNECT_S = 5.0
_MOST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the app answers, and the client's token."""

    port: int
    token: Secret


class NotSent(OSError):
    """Nothing of the message reached anybody."""


class Lost(OSError):
    """The answer did not come, or not whole; what became of the message is not known."""


class Exchange:
    """One message on a connection of its own. `cancel` may be called from another thread at any time."""

    def __init__(self, address: Address) -> None:
        """Open nothing yet."""
        self._address = address
        self._connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=_CONNECT_S)
        self.status = 0

    def send(self, body: bytes, headers: Mapping[str, str]) -> None:
        """POST the message. Raises NotSent or Lost."""
        try:
            self._connection.connect()
        except OSError as error:
            raise NotSent from error
        self._connection.sock.settimeout(None)  # an approval may take as long as it takes
        own = {"Authorization": f"Bearer {self._address.token.reveal()}", "Content-Type": "application/json"}
        accept = {"Accept": "application/json, text/event-stream", "Accept-Encoding": "identity"}
        try:
            self._connection.request("POST", "/mcp", body, {**own, **accept, **headers})
        except (OSError, http.client.HTTPException) as error:
            raise Lost from error

    def answers(self) -> Iterator[bytes]:
        """Yield what comes back: one JSON message, or those of an event stream; nothing for a notification.

        Raises Lost.
        """
        try:
            response = self._connection.getresponse()
            self.status = response.status
            if response.headers.get_content_type() == "text/event-stream":
                yield from _events(response)
                return
            body = response.read(_MOST)
        except (OSError, http.client.HTTPException, AttributeError) as error:  # the latter where it was closed under us
            raise Lost from error
        if body.strip():
            yield body

    def cancel(self) -> None:
        """Hang up: that is how an HTTP client says it does not want the answer any more."""
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the connection."""
        with suppress(OSError):
            self._connection.close()


def headers_of(message: Mapping[str, Any], *, negotiated: str) -> dict[str, str]:
    """Give the protocol's headers: from the body itself (2026 era), or the version that `initialize` has settled."""
    params = message.get("params")
    params = params if isinstance(params, Mapping) else {}
    meta = params.get("_meta")
    version = meta.get(_VERSION_KEY) if isinstance(meta, Mapping) else None
    if not isinstance(version, str):
        return {"MCP-Protocol-Version": negotiated} if negotiated else {}
    method = str(message.get("method", ""))
    headers = {"MCP-Protocol-Version": version, "Mcp-Method": method}
    name = params.get(_NAMED_BY.get(method, ""))
    if isinstance(name, str):
        headers["Mcp-Name"] = name
    return {key: _header_value(value) for key, value in headers.items()}


def list_tools(address: Address) -> list[str]:
    """The names of the tools that the app offers now. Raises NotSent or Lost."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    exchange = Exchange(address)
    try:
        exchange.send(json.dumps(message).encode(), {"MCP-Protocol-Version": "2025-11-25"})
        for answer in exchange.answers():
            return [str(tool["name"]) for tool in json.loads(answer)["result"]["tools"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Lost from error
    finally:
        exchange.close()
    raise Lost


def _events(response: http.client.HTTPResponse) -> Iterator[bytes]:
    data: list[bytes] = []
    while line := response.readline(_MOST):
        line = line.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data = []


def _header_value(value: str) -> str:
    """A header holds printable ASCII; anything else goes in the protocol's own wrapping."""
    if value.isascii() and value.isprintable() and value == value.strip() and not value.startswith("=?"):
        return value
    return f"=?base64?{b64encode(value.encode('utf-8', 'replace')).decode()}?="
