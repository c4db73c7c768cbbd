"""Many messages that waited too long become one: what the merged message says."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.literal import as_prose, as_words
from tray_app.core.messages.markdown import one_line
from tray_app.core.messages.message import (
    ActionCard,
    FeedCard,
    FeedItem,
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
_OPENING = re.compile(r"\A(?:```|~~~|<)")  # would take in the messages behind it: a code block, a comment left open


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
    said = _body(row, share)
    return f"**{row.at} {as_words(row.title)}**" + (f"\n\n{said}" if said else "")


def _body(row: DigestCandidate, share: int) -> str:
    """The beginning of its text: markdown stays markdown, everything else is shown as it is."""
    match row.message:
        case TextMessage(content=content):
            words = one_line(content)
            return "" if words == row.title else as_prose(_begin(words, share))
        case MarkdownMessage(text=text) | ActionCard(text=text):
            words = one_line(text)
            return "" if words == row.title else _OPENING.sub(r"\\\g<0>", _begin(words, share))
        case LinkMessage(text=text, message_url=url):
            return as_prose(_begin(f"{one_line(text)} {url}", share))
        case FeedCard(links=links):
            return _links(links, share)


def _links(links: Sequence[FeedItem], share: int) -> str:
    """As many as fit, whole: half an address leads nowhere."""
    said = ""
    for item in links:
        url = item.message_url.replace("(", "%28").replace(")", "%29")
        link = f"[{as_words(item.title)}]({url})"
        if said and len(said) + len(link) > share:
            return f"{said} · …"
        said = f"{said} · {link}" if said else link
    return said


def _begin(words: str, share: int) -> str:
    return words if len(words) <= share else words[: share - 1] + "…"


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
