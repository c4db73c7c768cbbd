"""Answers to programs: JSON, problems, and bare ones for what is no proper request."""

import dataclasses
import json
from enum import Enum
from typing import Literal

from starlette.types import Message, Send

from tray_app.core.kernel.texts import Catalog, Text

ProblemShape = Literal["rpc", "plain"]
# what a browser may do with an answer that says nothing about it: neither run, frame, keep nor guess at it
CLOSED = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


class Refusal(Exception):
    """Stop here: answer with `status`. `code` is the JSON-RPC error code where the path speaks JSON-RPC."""

    def __init__(
        self,
        status: int,
        text: Text,
        *,
        code: int = -32600,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        close: bool = False,
    ) -> None:
        """`close` ends the connection after the answer, where the rest of the request cannot be trusted to come."""
        super().__init__(status, text.key)
        self.status = status
        self.text = text
        self.code = code
        self.headers = headers
        self.close = close


def closed(message: Message) -> Message:
    """Give the beginning of an answer those of the headers CLOSED that it lacks."""
    headers = list(message.get("headers", ()))
    names = {name.lower() for name, _value in headers}
    return {**message, "headers": [*headers, *(one for one in CLOSED if one[0] not in names)]}


async def answer(send: Send, refusal: Refusal, words: str, shape: ProblemShape) -> None:
    """Send it: a JSON-RPC error with a null id on `/mcp` (no id was trusted yet), `{"error": …}` elsewhere."""
    error = {"code": refusal.code, "message": words}
    body = json.dumps(
        {"jsonrpc": "2.0", "id": None, "error": error} if shape == "rpc" else {"error": words}, ensure_ascii=False
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *CLOSED,
        *refusal.headers,
    ]
    if refusal.close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def plain(value: object, words: Catalog) -> object:
    """Turn values of the core into JSON: texts into words, enums into their values, dataclasses into objects."""
    match value:
        case Text():
            return words(value)
        case Enum():
            return value.value
        case dict():
            return {str(name): plain(entry, words) for name, entry in value.items()}
        case list() | tuple():
            return [plain(entry, words) for entry in value]
        case _ if dataclasses.is_dataclass(value):
            return {field.name: plain(getattr(value, field.name), words) for field in dataclasses.fields(value)}
        case _:
            return value
