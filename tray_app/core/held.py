"""What a held message says of itself: every field in full for the owner, and the hash that binds the answer."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias, assert_never

from tray_app.core import messages
from tray_app.core.messages import (
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    mentions_of,
)
from tray_app.core.texts import Text, text

Details: TypeAlias = tuple[tuple[Text, str], ...]


def details_of(message: Message, *, robot: str, host: str) -> Details:
    """List what will be sent, and where, field by field; nothing is shortened."""
    where = robot if not host else f"{robot} ({host})"
    return (
        (text("approvals.field_robot"), where),
        *_mentions(mentions_of(message)),
        *_fields(message),
    )


def fingerprint(parts: Sequence[Message], *, robot: str, host: str, webhook: str) -> str:
    """SHA-256 (hex) of exactly what will be sent, and where; `webhook` (its mark, where known) stands behind a dot."""
    plain = [messages.to_json(part) for part in parts]
    bound = json.dumps([robot, host, plain], sort_keys=True, ensure_ascii=True)
    hashed = sha256(bound.encode("ascii")).hexdigest()
    return f"{hashed}.{webhook}" if webhook else hashed


def fits(shown: str, now: str) -> bool:
    """Whether two fingerprints are of the same; a keyring that was locked at either time tells no webhook."""
    (was, _, led), (found, _, leads) = shown.partition("."), now.partition(".")
    return was == found and (not led or not leads or led == leads)


def _mentions(mentions: Mentions) -> Iterator[tuple[Text, str]]:
    if mentions.everyone:
        yield text("approvals.field_everyone"), "@all"
    if mentions.mobiles or mentions.user_ids:
        yield text("approvals.field_mentions"), ", ".join((*mentions.mobiles, *mentions.user_ids))


def _fields(message: Message) -> Iterator[tuple[Text, str]]:
    match message:
        case TextMessage():
            yield text("approvals.field_text"), message.content
        case MarkdownMessage():
            yield text("approvals.field_title"), message.title
            yield text("approvals.field_text"), message.text
        case LinkMessage():
            yield text("approvals.field_title"), message.title
            yield text("approvals.field_text"), message.text
            yield text("approvals.field_link"), message.message_url
            if message.pic_url:
                yield text("approvals.field_picture"), message.pic_url
        case ActionCard():
            yield text("approvals.field_title"), message.title
            yield text("approvals.field_text"), message.text
            for button in message.buttons:
                yield text("approvals.field_button"), f"{button.title}: {button.url}"
        case FeedCard():
            for item in message.links:
                yield text("approvals.field_entry"), f"{item.title}: {item.message_url} ({item.pic_url})"
        case _:
            assert_never(message)
