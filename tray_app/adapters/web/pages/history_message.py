"""What a message's card on the page shows, whatever its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from markupsafe import Markup

from tray_app.adapters.web.pages.rendered import Link, link_of, loadable, markdown, pictures_of, plain
from tray_app.core import history_export, messages
from tray_app.core.messages import ActionCard, FeedCard, LinkMessage, MarkdownMessage, Mentions, Message, TextMessage
from tray_app.core.texts import Text, text

KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "text": text("history.kind_text"),
        "markdown": text("history.kind_markdown"),
        "link": text("history.kind_link"),
        "actionCard": text("history.kind_action_card"),
        "feedCard": text("history.kind_feed_card"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link of a card with its picture: `picture` is an address to load it from, empty where it is not loaded."""

    link: Link
    picture: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message, ready for the template. `kind` is None where its content is not kept.

    `pictures` are the addresses that may be loaded when the owner asks; `source` is what was written, for copying.
    """

    kind: Text | None = None
    title: str = ""
    body: Markup = Markup()  # noqa: RUF009 - as immutable as the str it is
    is_plain: bool = False
    entries: tuple[Entry, ...] = ()
    buttons: tuple[Link, ...] = ()
    side_by_side: bool = False
    mentions: Mentions = messages.NOBODY
    pictures: tuple[str, ...] = ()
    source: str = ""


def shown_message(message: Message | None, *, pictures: bool) -> Shown:
    """Make it ready; `pictures`: the owner has asked for them."""
    if message is None:
        return Shown()
    kind, found = KINDS[messages.kind_of(message)], pictures_of(message)
    mentions, source = messages.mentions_of(message), history_export.words_of(messages.to_json(message))
    match message:
        case TextMessage(content=content):
            return Shown(kind=kind, body=plain(content), is_plain=True, mentions=mentions, source=source)
        case MarkdownMessage(title=title, text=body):
            shown = markdown(body, pictures=pictures)
            return Shown(kind=kind, title=title, body=shown, mentions=mentions, pictures=found, source=source)
        case LinkMessage(title=title, text=body, message_url=url, pic_url=picture):
            entry = _entry(title, url, picture, pictures=pictures)
            return Shown(kind=kind, body=plain(body), entries=(entry,), pictures=found, source=source, is_plain=True)
        case ActionCard(title=title, text=body, buttons=buttons, vertical=vertical):
            return Shown(
                kind=kind,
                title=title,
                body=markdown(body, pictures=pictures),
                buttons=tuple(link_of(button.title, button.url) for button in buttons),
                side_by_side=not vertical,
                mentions=mentions,
                pictures=found,
                source=source,
            )
        case FeedCard(links=links):
            entries = (_entry(item.title, item.message_url, item.pic_url, pictures=pictures) for item in links)
            return Shown(kind=kind, entries=tuple(entries), pictures=found, source=source)
        case _:
            assert_never(message)


def _entry(title: str, url: str, picture: str, *, pictures: bool) -> Entry:
    shown = picture if pictures and loadable(picture) else ""
    return Entry(link=link_of(title, url), picture=shown, host=link_of("", picture).host if picture else "")
