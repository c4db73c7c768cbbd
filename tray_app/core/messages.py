"""What can be said to a group: DingTalk's five kinds of message as values, and their plain-data form for the database.

Limits that a person or an agent can break are checked once, by `check()`, at the door (`services.notify`).
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias, assert_never

from tray_app.core.errors import InvalidMessage
from tray_app.core.texts import text

MAX_MENTIONS = 50  # DingTalk's own limit
MAX_BODY_CHARS = 100_000  # about 15 parts of a Chinese text; more is a file, not a message
MAX_TITLE_CHARS = 200
MAX_URL_CHARS = 2_000
MAX_BUTTONS = 10
MAX_LINKS = 10
_LINK = re.compile(r"(?:https?|dingtalk)://[^\s<>\"]+", re.IGNORECASE)
_PICTURE = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MOBILE = re.compile(r"\+?[0-9-]{5,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Whom to @: phone numbers, DingTalk user ids, or everyone."""

    mobiles: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    everyone: bool = False

    def __bool__(self) -> bool:
        """Say whether anybody is mentioned."""
        return bool(self.mobiles or self.user_ids or self.everyone)


NOBODY = Mentions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button of a card."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One entry of a feed card: title, target, picture."""

    title: str
    message_url: str
    pic_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """Plain text."""

    content: str
    mentions: Mentions = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownMessage:
    """Markdown; the title is what the chat list and the push banner show."""

    title: str
    text: str
    mentions: Mentions = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMessage:
    """A link with a title, a few words and an optional picture. DingTalk knows no mention here."""

    title: str
    text: str
    message_url: str
    pic_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCard:
    """A markdown card with buttons: one button makes the whole card clickable (DingTalk's "single" form)."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    vertical: bool = True
    mentions: Mentions = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """A list of pictures with titles. DingTalk knows no mention here."""

    links: tuple[FeedItem, ...]


Message: TypeAlias = TextMessage | MarkdownMessage | LinkMessage | ActionCard | FeedCard


def kind_of(message: Message) -> str:
    """DingTalk's own name of the kind: `text`, `markdown`, `link`, `actionCard`, `feedCard`."""
    match message:
        case TextMessage():
            return "text"
        case MarkdownMessage():
            return "markdown"
        case LinkMessage():
            return "link"
        case ActionCard():
            return "actionCard"
        case FeedCard():
            return "feedCard"
        case _:
            assert_never(message)


def title_of(message: Message) -> str:
    """One line to recognise the message by, at most 80 characters: its title, or the first line that says something."""
    match message:
        case TextMessage(content=content):
            said = next((line.strip() for line in content.splitlines() if line.strip()), "")
        case FeedCard(links=links):
            said = links[0].title if links else ""
        case MarkdownMessage() | LinkMessage() | ActionCard():
            said = message.title
        case _:
            assert_never(message)
    said = " ".join(said.split())
    return said if len(said) <= 80 else said[:79] + "…"  # noqa: PLR2004 - the history's column width


def mentions_of(message: Message) -> Mentions:
    """Whom the message mentions; nobody where DingTalk knows no mention."""
    return NOBODY if isinstance(message, LinkMessage | FeedCard) else message.mentions


def to_json(message: Message) -> dict[str, Any]:
    """Plain data for the database: the dataclass's fields plus `kind`."""
    return {"kind": kind_of(message), **asdict(message)}


def from_json(data: Mapping[str, Any]) -> Message:
    """Read `to_json`'s form. Raises KeyError or TypeError on anything else (the caller owns the database)."""
    fields = {name: value for name, value in data.items() if name != "kind"}
    if "mentions" in fields:
        said = fields["mentions"]
        fields["mentions"] = Mentions(
            mobiles=tuple(said["mobiles"]), user_ids=tuple(said["user_ids"]), everyone=said["everyone"]
        )
    match data["kind"]:
        case "text":
            return TextMessage(**fields)
        case "markdown":
            return MarkdownMessage(**fields)
        case "link":
            return LinkMessage(**fields)
        case "actionCard":
            fields["buttons"] = tuple(Button(**button) for button in fields["buttons"])
            return ActionCard(**fields)
        case "feedCard":
            return FeedCard(links=tuple(FeedItem(**item) for item in fields["links"]))
        case kind:
            raise KeyError(kind)


def check(message: Message) -> Message:
    """Refuse what DingTalk or a phone could not show: empty or over-long fields, bad links, too many mentions.

    Raises InvalidMessage naming the field as the MCP tools spell it. Returns the message, mended where that is safe
    (control characters that JSON or a phone cannot show are dropped; mobiles lose their blanks).
    """
    match message:
        case TextMessage(content=content, mentions=mentions):
            return replace(message, content=_body("content", content), mentions=_mentions(mentions))
        case MarkdownMessage(title=title, text=body, mentions=mentions):
            return replace(
                message, title=_title("title", title), text=_body("text", body), mentions=_mentions(mentions)
            )
        case LinkMessage(title=title, text=body, message_url=url, pic_url=picture):
            return replace(
                message,
                title=_title("title", title),
                text=_body("text", body),
                message_url=_url("messageUrl", url, _LINK),
                pic_url=_url("picUrl", picture, _PICTURE) if picture else "",
            )
        case ActionCard(title=title, text=body, buttons=buttons, mentions=mentions):
            _count("buttons", len(buttons), MAX_BUTTONS)
            checked = tuple(
                Button(title=_title("buttons", button.title), url=_url("buttons", button.url, _LINK))
                for button in buttons
            )
            return replace(
                message,
                title=_title("title", title),
                text=_body("text", body),
                buttons=checked,
                mentions=_mentions(mentions),
            )
        case FeedCard(links=links):
            _count("links", len(links), MAX_LINKS)
            items = (
                FeedItem(
                    title=_title("links", item.title),
                    message_url=_url("links", item.message_url, _LINK),
                    pic_url=_url("links", item.pic_url, _PICTURE),
                )
                for item in links
            )
            return FeedCard(links=tuple(items))
        case _:
            assert_never(message)


def _printable(value: str) -> str:
    """Drop what no phone shows and parsers refuse: lone surrogates, and control characters but tab and line break."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode("utf-8")
    return "".join(char for char in value if char in "\n\t" or (char >= " " and char != "\x7f"))


def _body(field: str, value: str) -> str:
    shown = _printable(value)
    if not shown.strip():
        raise InvalidMessage(field, text("message.empty", field=field), text("message.empty_hint", field=field))
    if len(shown) > MAX_BODY_CHARS:
        raise _too_long(field, len(shown), MAX_BODY_CHARS)
    return shown


def _title(field: str, value: str) -> str:
    shown = " ".join(_printable(value).split())
    if not shown:
        raise InvalidMessage(field, text("message.empty", field=field), text("message.empty_hint", field=field))
    if len(shown) > MAX_TITLE_CHARS:
        raise _too_long(field, len(shown), MAX_TITLE_CHARS)
    return shown


def _url(field: str, value: str, pattern: re.Pattern[str]) -> str:
    shown = value.strip()
    if len(shown) > MAX_URL_CHARS:
        raise _too_long(field, len(shown), MAX_URL_CHARS)
    if not pattern.fullmatch(shown):
        raise InvalidMessage(field, text("message.bad_url", field=field), text("message.bad_url_hint"))
    return shown


def _count(field: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        reason = text("message.bad_count", field=field, count=count, most=most)
        raise InvalidMessage(field, reason, text("message.bad_count_hint", most=most))


def _mentions(mentions: Mentions) -> Mentions:
    mobiles = tuple(dict.fromkeys(mobile.replace(" ", "") for mobile in mentions.mobiles))
    user_ids = tuple(dict.fromkeys(user_id.strip() for user_id in mentions.user_ids))
    if any(not _MOBILE.fullmatch(mobile) for mobile in mobiles):
        raise InvalidMessage("atMobiles", text("message.bad_mobile"), text("message.bad_mobile_hint"))
    if any(not user_id or any(char.isspace() for char in user_id) for user_id in user_ids):
        raise InvalidMessage("atUserIds", text("message.bad_user_id"), text("message.bad_user_id_hint"))
    if len(mobiles) + len(user_ids) > MAX_MENTIONS:
        field = "atMobiles" if mobiles else "atUserIds"
        raise InvalidMessage(field, text("message.too_many_mentions", most=MAX_MENTIONS), text("message.mentions_hint"))
    return replace(mentions, mobiles=mobiles, user_ids=user_ids)


def _too_long(field: str, count: int, most: int) -> InvalidMessage:
    reason = text("message.too_long", field=field, count=count, most=most)
    return InvalidMessage(field, reason, text("message.too_long_hint", most=most))
