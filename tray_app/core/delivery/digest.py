"""Many messages that waited too long become one: what the merged message says."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.literal import as_words
from tray_app.core.messages.markdown import one_line
from tray_app.core.messages.marks import counted, mark_of
from tray_app.core.messages.message import (
    MAX_TITLE_CHARS,
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    mentions_of,
)
from tray_app.core.messages.plain import plain_line
from tray_app.core.messages.signature import APP, parted, signed

MIN_ROWS = 2
MOST_ROWS = 500  # in one digest
_RULE = re.compile(r"\s*(?:[-*_=~`][ \t]*){3,}\w*\s*")  # a rule, or a code block's fence
MOST_SHOWN = 30  # lines; who wants more has the page
_BODY_CHARS = 80
_LINKS_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCandidate:
    """One message that is merged: when it was accepted (local time, already written as words), and what it says."""

    at: str
    title: str
    message: Message
    project: str = ""


def merge(rows: Sequence[DigestCandidate], *, catalog: Catalog, rules: MessageRules) -> MarkdownMessage:
    """Build the digest of `rows` (oldest first): its title counts how they went, and each is one line below.

    A line has time, project and title, and what leads somewhere stays a link; the details are on the owner's page. It
    is one message by the `rules` of the chat service.
    """
    title = catalog(counted([row.title for row in rows], projects=[row.project for row in rows]))
    mentions = _mentions([row.message for row in rows], most=rules.most_mentions)
    left = rules.text_bytes - sum(2 * _cost(who) + 5 for who in (*mentions.mobiles, *mentions.user_ids))
    lines: list[str] = []
    for row in rows[:MOST_SHOWN]:
        line = _line(row)
        left -= _cost(line) + _cost("\n")
        if left < 0:
            break
        lines.append(line)
    if len(lines) < len(rows):
        lines += ["", catalog("outbox.digest_more", count=len(rows) - len(lines))]
    said = f"### {as_words(title)}\n\n" + "\n".join(lines)
    signature = [APP, catalog("outbox.digest_why", service=rules.service)]
    return MarkdownMessage(title=title[:MAX_TITLE_CHARS], text=signed(said, signature), mentions=mentions)


def _line(row: DigestCandidate) -> str:
    """`- 10:42 shop: …`: the project stands before a title that does not name it."""
    named = not row.project or row.project.casefold() in row.title.casefold()
    whose = "" if named else f"**{as_words(row.project)}** "
    return f"- {row.at} {whose}{_said(row)}"


def _said(row: DigestCandidate) -> str:
    title = as_words(row.title)
    match row.message:
        case LinkMessage(text=text, message_url=url):
            return _with(_link(row.title, url), as_words(_begin(one_line(text))))
        case FeedCard(links=links):
            return _links([(link.title, link.message_url) for link in links])
        case ActionCard(text=text, buttons=buttons):
            return _with(
                title, _first_line(text, row.title), _links([(button.title, button.url) for button in buttons])
            )
        case MarkdownMessage(text=text):
            return _with(title, _first_line(text, row.title))
        case TextMessage(content=content):
            return _with(title, _first_line(content, row.title))


def _with(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _first_line(text: str, title: str) -> str:
    """The first line that says more than the title does; of our own reports the title is the result already."""
    if mark_of(title):
        return ""
    lines = (plain_line(line) for line in parted(text)[0].split("\n") if not _RULE.fullmatch(line))
    return as_words(_begin(next((line for line in lines if line and not _is_in(line, title)), "")))


def _is_in(line: str, title: str) -> bool:
    """Whether the title has the line, or its beginning."""
    return line in title or (title.endswith("…") and line.startswith(title[:-1]))


def _link(words: str, url: str) -> str:
    return f"[{as_words(words)}]({url.replace('(', '%28').replace(')', '%29')})"


def _links(links: Sequence[tuple[str, str]]) -> str:
    """As many as fit, whole: half an address leads nowhere."""
    said = ""
    for words, url in links:
        link = _link(words, url)
        if said and len(said) + len(link) > _LINKS_CHARS:
            return f"{said} · …"
        said = _with(said, link)
    return said


def _begin(words: str) -> str:
    return words if len(words) <= _BODY_CHARS else words[: _BODY_CHARS - 1] + "…"


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
