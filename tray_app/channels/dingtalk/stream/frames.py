"""The frames of DingTalk's Stream mode, JSON both ways: what one says, and its acknowledgement.

`{specVersion, type: SYSTEM | EVENT | CALLBACK, headers: {messageId, topic, …}, data: "<JSON as a string>"}` is answered
with `{code, headers: {messageId, contentType}, message, data: "<JSON as a string>"}`: 200, 400 for what cannot be read,
404 for what nobody here handles. Source: the official SDKs, and logs of the real host (2025, 2026).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tray_app.channels.dingtalk.reply import cleaned
from tray_app.channels.dingtalk.stream.heard import read_message
from tray_app.core.hearing.stream import Heard, Leaving, NotForUs, Pinged, StreamFrame

TOPIC = "/v1.0/im/bot/messages/get"
_OK, _BAD, _NOBODY = 200, 400, 404
_SAID = {_OK: "OK", _BAD: "bad request", _NOBODY: "no handler"}
_MOST_ID = 200
_JSON = json.JSONDecoder()
_OPENING, _COMMA, _COLON = (re.compile(rf"[ \t\r\n]*{mark}[ \t\r\n]*") for mark in (r"\{(?=\s*\")", r",(?=\s*\")", ":"))


def read(text: str) -> StreamFrame:
    """Read one frame, which may be anything. Never raises."""
    frame = json_object(text)
    whole = bool(frame)
    frame = frame or _beginning(text)
    headers = frame.get("headers")
    headers = headers if isinstance(headers, dict) else {}
    topic, data = headers.get("topic"), frame.get("data")
    if not whole and (frame.get("type"), topic) != ("SYSTEM", "disconnect"):  # which needs nothing more
        return NotForUs(answer=_answer(headers, _BAD, None), what="a frame that is cut" if frame else "no frame")
    match frame.get("type"):
        case "SYSTEM" if topic == "ping":
            return Pinged(answer=_answer(headers, _OK, data))
        case "SYSTEM" if topic == "disconnect":
            return Leaving(answer=_answer(headers, _OK, data), reason=cleaned(json_object(data).get("reason")))
        case "SYSTEM":  # CONNECTED, REGISTERED, KEEPALIVE and what will come
            return NotForUs(answer=_answer(headers, _OK, data), what=f"SYSTEM {cleaned(topic)}")
        case "CALLBACK" if topic == TOPIC:
            return _callback(headers, data)
        case kind:
            return NotForUs(answer=_answer(headers, _NOBODY, None), what=f"{cleaned(kind)} {cleaned(topic)}")


def _callback(headers: Mapping[str, Any], data: object) -> StreamFrame:
    message = read_message(json_object(data))
    if message is None:  # it would be none the next time either
        return NotForUs(answer=_answer(headers, _BAD, None), what="a message that cannot be read")
    return Heard(message=message, answer=_answer(headers, _OK, '{"response": "OK"}'))


def _answer(headers: Mapping[str, Any], code: int, data: object) -> str:
    """Write the acknowledgement; empty where the frame has no id to answer to, as a `disconnect` may have none."""
    name = headers.get("messageId")
    if not isinstance(name, str) or not 0 < len(name) <= _MOST_ID:
        return ""
    said = {
        "code": code,
        "headers": {"messageId": name, "contentType": "application/json"},
        "message": _SAID[code],
        "data": data if isinstance(data, str) else '{"response": null}',
    }
    return json.dumps(said)  # as ASCII: half of a surrogate pair must not end the connection


def _beginning(text: str) -> Mapping[str, Any]:
    """Read the members of an object that came whole before it was cut: its id can be answered to, or it comes again."""
    found: dict[str, Any] = {}
    opening = _OPENING.match(text)
    while opening is not None:
        try:
            name, end = _JSON.raw_decode(text, opening.end())
            colon = _COLON.match(text, end)
            if colon is None:
                break
            found[name], end = _JSON.raw_decode(text, colon.end())
        except (ValueError, RecursionError):
            break
        opening = _COMMA.match(text, end)
    return found


def json_object(text: object) -> Mapping[str, Any]:
    """Read a JSON object; empty where it is none, or nested too deeply."""
    if not isinstance(text, str):
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
