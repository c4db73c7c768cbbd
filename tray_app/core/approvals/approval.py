"""A call that waits for the owner: its life, and all that it would do."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias, assert_never

from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages import message as messages
from tray_app.core.messages.message import (
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    mentions_of,
)
from tray_app.core.policy.model import Risk


class ApprovalState(StrEnum):
    """Settled exactly once: from waiting to one of the others. Values are stable: database and `--json` show them."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One call that waits or has waited. Times are wall-clock milliseconds since 1970.

    `id` is also the message's delivery id. `details` says in full what will happen if it is approved: pairs of a label
    and the value as it will go out (secrets masked), for people to read. `fingerprint` (SHA-256, hex) binds the
    approval to exactly that message and robot. `answer` and `by` are None while it waits and where it expired.
    """

    id: str
    tool: str
    risk: Risk
    origin: Origin
    robot: str
    title: str
    details: tuple[tuple[Text, str], ...]
    rule: str
    reason: Text
    fingerprint: str
    created_ms: int
    expires_ms: int
    state: ApprovalState = ApprovalState.WAITING
    answer: Answer | None = None
    by: Source | None = None
    settled_ms: int | None = None


def to_data(approval: Approval) -> dict[str, object]:
    """One approval as plain data, its texts still to be said; the names are stable (docs/seams.md)."""
    return {
        "id": approval.id,
        "state": approval.state,
        "tool": approval.tool,
        "risk": approval.risk,
        "client": approval.origin.client,
        "grant": approval.origin.grant,
        "session": approval.origin.session,
        "project": approval.origin.project,
        "robot": approval.robot,
        "title": approval.title,
        "details": [{"label": label, "value": value} for label, value in approval.details],
        "rule": approval.rule,
        "reason": approval.reason,
        "created_ms": approval.created_ms,
        "expires_ms": approval.expires_ms,
        "answer": approval.answer,
        "by": approval.by,
        "settled_ms": approval.settled_ms,
    }


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
