"""What a chat service or a phone could not show is refused here, before it is kept: at the door (`services.submit`)."""

import re
from dataclasses import replace
from html import unescape
from typing import assert_never

from tray_app.core.kernel.errors import InvalidMessage
from tray_app.core.kernel.invisible import is_blank
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.mentions import as_listed, checked_mentions
from tray_app.core.messages.message import (
    MAX_BODY_CHARS,
    MAX_BUTTONS,
    MAX_LINKS,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    kind_of,
)

_ADDRESS = re.compile(r"([a-z]+)://[^\s<>\"]+", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-z](?!mg\b)[^<>]*>", re.IGNORECASE | re.DOTALL)
_LINE_END = re.compile("\r\n?|\x85")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PICTURES = frozenset({"http", "https"})


def check(message: Message, rules: MessageRules) -> Message:
    """Refuse what the service or a phone could not show: empty or over-long fields, bad links, too many mentions.

    Raises InvalidMessage naming the field as the MCP tools spell it. Returns the message, mended where that is safe
    (control characters that JSON or a phone cannot show are dropped; phone numbers, and what the text says of them, get
    the form that the service knows).
    """
    if kind_of(message) not in rules.kinds:
        reason = text("message.no_such_kind", service=rules.service, kind=kind_of(message))
        raise InvalidMessage("robot", reason, text("message.no_such_kind_hint", kinds=", ".join(sorted(rules.kinds))))
    match message:
        case TextMessage(content=content, mentions=mentions):
            called = checked_mentions(mentions, rules)
            return replace(message, content=as_listed(_body("content", content), called), mentions=called)
        case MarkdownMessage(title=title, text=body, mentions=mentions):
            called = checked_mentions(mentions, rules)
            shown = _markdown("text", body, called)
            return replace(message, title=_title("title", title), text=shown, mentions=called)
        case LinkMessage(title=title, text=body, message_url=url, pic_url=picture):
            return replace(
                message,
                title=_title("title", title),
                text=_body("text", body),
                message_url=_url("messageUrl", url, rules),
                pic_url=_picture("picUrl", picture, rules) if picture else "",
            )
        case ActionCard(title=title, text=body, buttons=buttons, mentions=mentions):
            _count("buttons", len(buttons), MAX_BUTTONS)
            checked = tuple(
                Button(title=_title("buttons", button.title), url=_url("buttons", button.url, rules))
                for button in buttons
            )
            called = checked_mentions(mentions, rules)
            shown = _markdown("text", body, called)
            return replace(message, title=_title("title", title), text=shown, buttons=checked, mentions=called)
        case FeedCard(links=links):
            _count("links", len(links), MAX_LINKS)
            items = (
                FeedItem(
                    title=_title("links", item.title),
                    message_url=_url("links", item.message_url, rules),
                    pic_url=_picture("links", item.pic_url, rules),
                )
                for item in links
            )
            return FeedCard(links=tuple(items))
        case _:
            assert_never(message)


def _printable(value: str) -> str:
    """Drop what no phone shows and parsers refuse: lone surrogates, and control characters but tab and line break."""
    value = _LINE_END.sub("\n", value).encode("utf-8", "ignore").decode("utf-8")
    return _CONTROL.sub("", value)


def _body(field: str, value: str) -> str:
    shown = _printable(value)
    if is_blank(shown):
        raise InvalidMessage(field, text("message.empty", field=field), text("message.empty_hint", field=field))
    if len(shown) > MAX_BODY_CHARS:
        raise _too_long(field, len(shown), MAX_BODY_CHARS)
    return shown


def _title(field: str, value: str) -> str:
    shown = " ".join(_printable(value).split())
    if is_blank(shown):
        raise InvalidMessage(field, text("message.empty", field=field), text("message.empty_hint", field=field))
    if len(shown) > MAX_TITLE_CHARS:
        raise _too_long(field, len(shown), MAX_TITLE_CHARS)
    return shown


def _url(field: str, value: str, rules: MessageRules) -> str:
    return _address(field, value, rules.link_schemes, rules)


def _picture(field: str, value: str, rules: MessageRules) -> str:
    return _address(field, value, _PICTURES, rules)


def _address(field: str, value: str, schemes: frozenset[str], rules: MessageRules) -> str:
    shown = value.strip()
    if len(shown) > MAX_URL_CHARS:
        raise _too_long(field, len(shown), MAX_URL_CHARS)
    found = _ADDRESS.fullmatch(shown)
    if found is None or found[1].lower() not in schemes:
        reason = text("message.bad_url", field=field, service=rules.service)
        raise InvalidMessage(field, reason, text("message.bad_url_hint"))
    return shown


def _count(field: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        reason = text("message.bad_count", field=field, count=count, most=most)
        raise InvalidMessage(field, reason, text("message.bad_count_hint", most=most))


def _markdown(field: str, value: str, mentions: Mentions) -> str:
    shown = _body(field, value)
    if "<" in shown or "&" in shown:
        _body(field, unescape(_TAG.sub("", shown)))  # phones show neither
    return as_listed(shown, mentions)


def _too_long(field: str, count: int, most: int) -> InvalidMessage:
    reason = text("message.too_long", field=field, count=count, most=most)
    return InvalidMessage(field, reason, text("message.too_long_hint", most=most))
