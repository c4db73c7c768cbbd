"""A message as DingTalk's robot takes it: the JSON body, and markdown as its apps show it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, assert_never

from tray_app.channels.dingtalk.links import in_browser, linked
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.markdown import fence_after
from tray_app.core.messages.message import (
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    kind_of,
    mentions_of,
)
from tray_app.core.messages.signature import parted, title_with_keyword, with_keyword

_APART = re.compile(
    r"""
    \s*$ | [ ]{0,3}\#{1,6}(?:\s|$)                # blank, heading
    | [ ]{0,3}(?:[-*_=][ \t]*){3,}$ | [ ]{0,3}=+\s*$  # rule or underlined heading
    | \s*\|                                       # table row
    | [ ]{0,3}>                                   # quote
    | (?:[ ]{4}|\t)                               # indented: code, or a list item's second line
    """,
    re.VERBOSE,
)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_BROKEN = ("  ", "\\", "<br>", "<br/>", "<br />")


def _as_is(url: str) -> str:
    return url


def phone_breaks(markdown: str) -> str:
    """End each line that is followed by plain text in two blanks, so that phones show the break.

    Headings, quotes, tables and code stay as they are, and so does a list item before the next one. Doing it twice
    changes nothing.
    """
    lines = markdown.split("\n")
    shown: list[str] = []
    fence = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        before, fence = fence, fence_after(fence, line)
        fenced = bool(before or fence or fence_after("", following))
        shown.append(line if fenced or not _runs_on(line, following) else line.rstrip(" ") + "  ")
    return "\n".join(shown)


def _runs_on(line: str, following: str) -> bool:
    """Say whether a phone would join the two lines."""
    if _APART.match(line) or _APART.match(following) or _ITEM.match(following):
        return False
    return not line.endswith(_BROKEN)


def body(message: Message, *, keywords: Sequence[str], delivery_id: str, browser: bool = False) -> bytes:
    r"""Give the HTTP body as sent: compact UTF-8 JSON. `msgUuid` makes a second try of the same delivery harmless.

    Chinese stays Chinese: as `\uXXXX` each character would count twice against DingTalk's 20 000 bytes. With `browser`
    each address is one that DingTalk's desktop app hands to the system's browser.
    """
    kind = kind_of(message)
    content: dict[str, Any] = {
        "msgtype": kind,
        kind: _fields(as_seen(message, keywords=keywords, link=in_browser if browser else _as_is)),
    }
    mentions = mentions_of(message)
    if mentions:
        content["at"] = {
            "atMobiles": list(mentions.mobiles),
            "atUserIds": list(mentions.user_ids),
            "isAtAll": mentions.everyone,
        }
    content["msgUuid"] = delivery_id
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def body_within(most: int, message: Message, credentials: Credentials, *, delivery_id: str) -> bytes:
    """Give the body with links that open in the browser, or with its own where only those fit into `most` bytes."""

    def written(*, browser: bool) -> bytes:
        return body(message, keywords=credentials.keywords, delivery_id=delivery_id, browser=browser)

    wanted = written(browser=not credentials.raw_links)
    if len(wanted) <= most or credentials.raw_links:
        return wanted
    raw = written(browser=False)
    return raw if len(raw) <= most else wanted


class _Keyword:
    """One of the robot's keywords must be in the message, exactly as written.

    Where none is, the first joins the signature line: alone at the end it would read as a part of the news.
    """

    def __init__(self, keywords: Sequence[str]) -> None:
        self._keywords = tuple(keyword for keyword in keywords if keyword.strip())

    def missing_in(self, *fields: str) -> bool:
        return bool(self._keywords) and not any(keyword in field for keyword in self._keywords for field in fields)

    def into(self, body: str, *, markdown: bool) -> str:
        return with_keyword(body, self._keywords[0], markdown=markdown) if self.missing_in(body) else body

    def into_line(self, field: str) -> str:
        return title_with_keyword(field, self._keywords[0]) if self.missing_in(field) else field


def as_seen(message: Message, *, keywords: Sequence[str], link: Callable[[str], str] = _as_is) -> Message:
    """Give the message as the group gets it: with what is added to a part when it is sent."""
    keyword = _Keyword(keywords)
    match message:
        case TextMessage(content=content, mentions=mentions):
            return replace(
                message, content=keyword.into(_mentioning(content, mentions, markdown=False), markdown=False)
            )
        case MarkdownMessage(text=text, mentions=mentions):
            return replace(message, text=_markdown(text, mentions, keyword, link))
        case LinkMessage(text=text, message_url=url):
            return replace(message, text=keyword.into_line(text), message_url=link(url))
        case ActionCard(title=title, text=text, mentions=mentions):  # seen 2026: its keyword must stand in both
            buttons = tuple(replace(button, url=link(button.url)) for button in message.buttons)
            shown = _markdown(text, mentions, keyword, link)
            return replace(message, title=keyword.into_line(title), text=shown, buttons=buttons)
        case FeedCard(links=links):
            first = links[0].title if keyword.missing_in(*(item.title for item in links)) else ""
            return FeedCard(
                links=tuple(
                    replace(
                        item,
                        title=keyword.into_line(item.title) if first and number == 0 else item.title,
                        message_url=link(item.message_url),
                    )
                    for number, item in enumerate(links)
                )
            )
        case _:
            assert_never(message)


def _fields(message: Message) -> dict[str, Any]:
    """The object under the kind's own name. Mind `messageUrl` here and `messageURL` there: both are DingTalk's."""
    match message:
        case TextMessage(content=content):
            return {"content": content}
        case MarkdownMessage(title=title, text=text):
            return {"title": title, "text": text}
        case LinkMessage(title=title, text=text, message_url=url, pic_url=picture):
            fields = {"title": title, "text": text, "messageUrl": url}
            return {**fields, "picUrl": picture} if picture else fields
        case ActionCard():
            return _card(message)
        case FeedCard(links=links):
            return {
                "links": [
                    {"title": item.title, "messageURL": item.message_url, "picURL": item.pic_url} for item in links
                ]
            }
        case _:
            assert_never(message)


def _card(card: ActionCard) -> dict[str, Any]:
    """One button is the whole card's link."""
    fields: dict[str, Any] = {
        "title": card.title,
        "text": card.text,
        "btnOrientation": "0" if card.vertical else "1",
    }
    match card.buttons:
        case (only,):
            return {**fields, "singleTitle": only.title, "singleURL": only.url}
        case buttons:
            return {**fields, "btns": [{"title": button.title, "actionURL": button.url} for button in buttons]}


def _markdown(text: str, mentions: Mentions, keyword: _Keyword, link: Callable[[str], str]) -> str:
    shown = keyword.into(_mentioning(phone_breaks(text), mentions, markdown=True), markdown=True)
    return keyword.into(linked(shown, link), markdown=True)  # it may have stood in an address alone, spelled as it is


def _mentioning(text: str, mentions: Mentions, *, markdown: bool) -> str:
    """Write each @ that the text does not hold yet, above the signature: DingTalk notifies only whom the body names."""
    whom = dict.fromkeys((*mentions.mobiles, *mentions.user_ids))
    absent = [f"@{who}" for who in whom if not re.search(rf"@{re.escape(who)}(?![0-9A-Za-z_-])", text)]
    if not absent:
        return text
    said, signature = parted(text, markdown=markdown)
    return said + ("\n\n" if markdown else "\n") + " ".join(absent) + signature
