"""The JSON-RPC envelope of a POST to `/mcp`: what the SDK would answer wrongly is refused before."""

import json
import re
from typing import Any, NoReturn

from tray_app.adapters.web.responses import Refusal
from tray_app.core.kernel.texts import text

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
MOST_DEEP = 100
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)  # texts too: brackets in them do not count
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def checked(body: bytes) -> bytes:
    """Return the body to hand on. Raises Refusal (400) for what is not one JSON-RPC request or notification.

    An id of null, true, 1.5 or {} would be taken for a notification by the SDK: answered 202, and the tool never runs.
    """
    message = _parse(body)
    if isinstance(message, list):
        _refuse("endpoint.batch")
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        _refuse("endpoint.no_request")
    if not isinstance(message.get("method"), str):
        _refuse("endpoint.no_request")
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], str | int)):
        _refuse("endpoint.bad_id")
    if not isinstance(message.get("params", {}), dict):
        _refuse("endpoint.bad_params")
    if _SURROGATE.search(body) and _has_half(message):
        _refuse("endpoint.half_character")
    return body


def too_deep(body: bytes) -> bool:
    """Whether JSON is nested deeper than any honest request: what reads it would stop at a depth of its own."""
    if body.count(b"[") + body.count(b"{") <= MOST_DEEP:
        return False
    depth = 0
    for found in _BRACKETS.finditer(body):
        depth += _STEP.get(found[0], 0)
        if depth > MOST_DEEP:
            return True
    return False


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
    except _Twice:
        _refuse("endpoint.twice_named")
    except (ValueError, RecursionError):  # a 5000-digit number is a ValueError
        raise Refusal(400, text("endpoint.no_json"), code=PARSE_ERROR) from None


class _Twice(Exception):
    """A name stands twice in one object: which of the two is meant, nobody can say."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _has_half(message: object) -> bool:
    """Whether a text holds half a character, as where a client cut it in the middle of an emoji."""
    try:
        json.dumps(message, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _refuse(key: str) -> NoReturn:
    raise Refusal(400, text(key), code=INVALID_REQUEST)
