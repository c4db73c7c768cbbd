"""Many messages that waited too long become one: what the merged message says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.channel import MessageRules
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

MIN_ROWS = 2
MOST_ROWS = 500  # in one digest
_SHARE_CHARS = 5_000
_SHORTEST_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCandidate:
    """One message that is merged: when it was accepted (local time, already written as words), and what it says."""

    at: str
    title: str
    message: Message


def merge(rows: Sequence[DigestCandidate], *, catalog: Catalog, rules: MessageRules) -> MarkdownMessage:
    """Build the digest of `rows` (oldest first): a line of time and title each, with the beginning of its text.

    It is one message by the `rules` of the chat service.
    """
    share = max(_SHORTEST_CHARS, _SHARE_CHARS // max(1, len(rows)))
    title = catalog("outbox.digest_title", count=len(rows))
    parts = [f"### {title}", catalog("outbox.digest_intro", service=rules.service)]
    mentions = _mentions([row.message for row in rows], most=rules.most_mentions)
    left = rules.text_bytes - sum(2 * _cost(who) + 5 for who in (*mentions.mobiles, *mentions.user_ids))
    for shown, row in enumerate(rows):
        entry = _entry(row, share)
        left -= _cost(entry) + _cost("\n\n")
        if left < 0:
            parts.append(catalog("outbox.digest_more", count=len(rows) - shown))
            break
        parts.append(entry)
    return MarkdownMessage(title=title, text="\n\n".join(parts), mentions=mentions)


def _entry(row: DigestCandidate, share: int) -> str:
    said = " ".join(_body(row.message).split())
    if said == row.title:
        said = ""
    said = said if len(said) <= share else said[: share - 1] + "…"
    return f"**{row.at} {row.title}**" + (f"\n\n{said}" if said else "")


def _body(message: Message) -> str:
    match message:
        case TextMessage(content=content):
            return content
        case MarkdownMessage(text=text) | ActionCard(text=text):
            return text
        case LinkMessage(text=text, message_url=url):
            return f"{text} {url}"
        case FeedCard(links=links):
            return " · ".join(f"[{item.title}]({item.message_url})" for item in links)


def _cost(said: str) -> int:
    """Bytes within a JSON body: a quote or a line break counts twice there."""
    return len(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")) - 2


def _mentions(messages: Sequence[Message], *, most: int) -> Mentions:
    """Everybody who was to be called, as far as one message may call."""
    said = [mentions_of(message) for message in messages]
    mobiles = tuple(dict.fromkeys(mobile for mentions in said for mobile in mentions.mobiles))[:most]
    user_ids = tuple(dict.fromkeys(user_id for mentions in said for user_id in mentions.user_ids))
    return Mentions(
        mobiles=mobiles,
        user_ids=user_ids[: most - len(mobiles)],
        everyone=any(mentions.everyone for mentions in said),
    )
