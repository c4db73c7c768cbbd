"""The JSON-RPC envelope of a POST to `/mcp`: what the SDK would answer wrongly is refused before."""

import json
import re
from typing import Any, NoReturn

from tray_app.adapters.web.responses import Refusal
from tray_app.core.kernel.texts import text

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
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
    if _SURROGATE.search(body):
        # half an emoji (a client cut a text in the middle) is no reason to lose a message; the SDK's parser refuses it
        return json.dumps(message, ensure_ascii=False).encode("utf-8", "ignore")
    return body


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):  # a 5000-digit number is a ValueError, 100 000 brackets are the other
        raise Refusal(400, text("endpoint.no_json"), code=PARSE_ERROR) from None


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _refuse(key: str) -> NoReturn:
    raise Refusal(400, text(key), code=INVALID_REQUEST)
