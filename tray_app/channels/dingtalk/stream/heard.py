"""A message as DingTalk tells it (the data of `/v1.0/im/bot/messages/get`), as a value that denies what is missing.

`{msgId, conversationType: "1" | "2", senderStaffId, senderCorpId, senderNick, createAt, msgtype, text: {content},
content: {richText: [{text}]}}`. A stranger has no `senderStaffId`, a robot of the older kind names neither person nor
company. What has no `msgId` is no message: nobody could tell it from its repetition.
"""

from collections.abc import Mapping
from typing import Any

from tray_app.core.kernel.invisible import visible
from tray_app.core.messages.heard import HeardMessage

_SINGLE = "1"
_FORWARDED = "chatRecord"  # several messages handed on at once; one alone cannot be told from the person's own words
_OBJECT = "\ufffc"
_MOST_ID = 256
_MOST_TEXT = 20_000
_MOST_NICK = 100
_MOST_MS = 10**14


def read_message(data: Mapping[str, Any]) -> HeardMessage | None:
    """Read one message; None where it has no id. Fields of the wrong kind are as if they were not there."""
    msg_id = _id(data, "msgId")
    if not msg_id:
        return None
    kind = _id(data, "msgtype")
    text = data.get("text") if isinstance(data.get("text"), dict) else {}
    return HeardMessage(
        msg_id=msg_id,
        text=_words(kind, data, text),
        staff_id=_id(data, "senderStaffId"),
        corp_id=_id(data, "senderCorpId"),
        nick=" ".join(visible(_plain(data.get("senderNick")))[:_MOST_NICK].split()),
        single=data.get("conversationType") == _SINGLE,
        at_ms=_ms(data.get("createAt")),
        kind=kind,
        forwarded=kind == _FORWARDED,
    )


def _words(kind: str, data: Mapping[str, Any], text: object) -> str:
    """What was written; a group's text begins with a blank where the robot's name stood. A picture has no words.

    Among words it stands as one sign: "allow" with a picture beside it is more than "allow".
    """
    if kind == "text" and isinstance(text, dict):
        return _plain(text.get("content")).strip()[:_MOST_TEXT]
    content = data.get("content")
    parts = content.get("richText") if kind == "richText" and isinstance(content, dict) else None
    said = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    if not any(_plain(one).strip() for one in said):
        return ""
    return "".join(_plain(one) if isinstance(one, str) else _OBJECT for one in said).strip()[:_MOST_TEXT]


def _plain(said: object) -> str:
    """A text that can be kept and sent on: halves of surrogate pairs become question marks."""
    return said.encode("utf-8", "replace").decode("utf-8") if isinstance(said, str) else ""


def _id(data: Mapping[str, Any], name: str) -> str:
    """An id as it is written, or nothing: one that is cut or cleaned would be another's."""
    said = data.get(name)
    right = isinstance(said, str) and len(said) <= _MOST_ID and said.isprintable() and said.strip() == said
    return said if right and isinstance(said, str) else ""


def _ms(said: object) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < _MOST_MS else 0
