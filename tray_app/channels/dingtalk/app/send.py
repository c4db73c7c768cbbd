"""A message to one person: the body of `oToMessages/batchSend`, within DingTalk's limit, and what its answer means."""

import json
from collections.abc import Mapping
from typing import Any

from tray_app.channels.dingtalk.app.errors import failed, no_reply, said_by
from tray_app.channels.dingtalk.app.limits import MOST_BYTES
from tray_app.channels.dingtalk.body import phone_breaks
from tray_app.channels.dingtalk.links import in_browser, linked
from tray_app.channels.dingtalk.reply import read_object
from tray_app.core.kernel.errors import UnknownRobot
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import (
    Credentials,
    Fault,
    NoReply,
    Outcome,
    Rejected,
    Reply,
    Request,
    Sent,
)
from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage, kind_of
from tray_app.core.robots.app_robot import SEND_PATH, AppRobot

HEADERS = {"content-type": "application/json; charset=utf-8", "accept": "application/json"}
_MOST_KEY = 200
_UNREACHED = {  # lists of an answer that says "ok": whoever stands in one got nothing
    "invalidStaffIdList": (Fault.SETUP, "person_unknown"),
    "filteredStaffIdList": (Fault.SETUP, "person_filtered"),
    "flowControlledStaffIdList": (Fault.QUOTA, "person_limited"),
}


def param(message: Message, *, browser: bool = True) -> str:
    """Give a message's fields as JSON, as DingTalk counts them; with `browser` links open outside DingTalk's window."""
    match message:
        case TextMessage(content=content):
            said = {"content": content}
        case MarkdownMessage(title=title, text=body):
            shown = phone_breaks(body)
            said = {"title": title, "text": linked(shown, in_browser) if browser else shown}
        case _:
            raise ValueError(kind_of(message))  # the door takes no other kind
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def size(message: Message) -> int:
    """Bytes of a message against the limit, with the addresses as they are written."""
    return len(param(message, browser=False).encode("utf-8", "replace"))


def request(message: Message, credentials: Credentials) -> Request:
    """Build the request, without a token. Raises UnknownRobot where nobody is paired."""
    robot = AppRobot.of(credentials)
    if robot.recipient is None:
        raise UnknownRobot(text("app_robot.not_paired"), text("app_robot.not_paired_hint"))
    said = {
        "robotCode": robot.robot_code,
        "userIds": [robot.recipient.staff_id],
        "msgKey": "sampleText" if isinstance(message, TextMessage) else "sampleMarkdown",
        "msgParam": _within(message, raw_links=credentials.raw_links),
    }
    return posted(robot, SEND_PATH, said)


def posted(robot: AppRobot, path: str, said: Mapping[str, Any]) -> Request:
    """Build a POST of JSON to the app's host."""
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Request(url=Secret(robot.base + path), headers=HEADERS, body=body)


def outcome(reply: Reply | NoReply, *, now_ms: int) -> Outcome:
    """Read the answer: sent is one thing only, a key of what was taken and nobody in the three lists beside it."""
    if isinstance(reply, NoReply):
        return no_reply(reply.trouble)
    said = read_object(reply)
    key = said.get("processQueryKey")
    success = 200 <= reply.status < 300  # noqa: PLR2004 - HTTP's own class
    if not success or said_by(said).code:
        return failed(reply, said, now_ms=now_ms)
    for name, (fault, entry) in _UNREACHED.items():
        if said.get(name):
            reason, hint = text(f"app_robot.{entry}"), text(f"app_robot.{entry}_hint")
            return Rejected(fault=fault, reason=reason, hint=hint, said=name)
    if isinstance(key, str) and 0 < len(key) <= _MOST_KEY:
        return Sent(taken_as=key)
    return failed(reply, {}, now_ms=now_ms)  # nobody knows


def _within(message: Message, *, raw_links: bool) -> str:
    """With links that open in the browser, or with its own where only those fit."""
    raw = param(message, browser=False)
    wanted = raw if raw_links else param(message)
    return wanted if len(wanted.encode("utf-8", "replace")) <= MOST_BYTES else raw
