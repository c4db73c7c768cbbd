"""The history's list, and one message as the group saw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import assert_never
from urllib.parse import urlencode

from markupsafe import Markup

from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.links import Link, link_of, loadable, plain
from tray_app.core.delivery.delivery import Delivery, Source
from tray_app.core.history import export
from tray_app.core.history.query import MOST_ROWS, PAGE_ROWS, STATUSES, HistoryFilter, HistoryPage, HistoryRow
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import fit
from tray_app.core.messages import message as messages
from tray_app.core.messages.message import (
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)

PATH = "/ui/history"
_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The messages of one local day, newest first. `words` is today, yesterday, or None: then `date` says it all."""

    date: str
    words: Text | None
    rows: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where the page leads; `grow` shows more on the same page, `older` goes on from the last row. Empty: nothing."""

    grow: str
    older: str
    newest: str
    json: str
    csv: str
    clear: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line of a choice: its value and its words (the value itself, where there are none)."""

    value: str
    words: Text | None = None


def days(rows: Sequence[HistoryRow], *, now_ms: int) -> tuple[Day, ...]:
    """Group rows by local day, in their order: a clock that was set back begins a new group."""
    today = local_time(now_ms).date()
    found: list[tuple[date, list[Delivery]]] = []
    for row in rows:
        day = local_time(row.delivery.created_ms).date()
        if not found or found[-1][0] != day:
            found.append((day, []))
        found[-1][1].append(row.delivery)
    near = {today: text("history.today"), today - timedelta(days=1): text("history.yesterday")}
    return tuple(Day(date=day.isoformat(), words=near.get(day), rows=tuple(group)) for day, group in found)


def here(asked: HistoryFilter) -> str:
    """The address that asks for the same, from its newest rows on."""
    return _link(PATH, asked.fields)


def links(asked: HistoryFilter, page: HistoryPage) -> Links:
    """Put the filters into every link; a page that has grown long goes on as another one."""
    query, fields = asked.query, asked.fields
    place = {} if query.before is None else {"before": str(query.before)}
    grow = older = ""
    if page.older is not None:
        if query.limit < MOST_ROWS:
            last = page.rows[-1].delivery.id
            more = {**fields, **place, "limit": str(min(query.limit + PAGE_ROWS, MOST_ROWS))}
            grow = f"{_link(PATH, more)}#d-{last}"
        older = _link(PATH, {**fields, "before": str(page.older)})
    return Links(
        grow=grow,
        older=older,
        newest=_link(PATH, fields) if place else "",
        json=_link(f"{PATH}/export.json", fields),
        csv=_link(f"{PATH}/export.csv", fields),
        clear=PATH if fields else "",
    )


def choose(known: Sequence[str], chosen: str) -> tuple[Option, ...]:
    """What there is, and what was chosen although there is none of it."""
    return tuple(Option(value=value) for value in dict.fromkeys((*known, *([chosen] if chosen else ()))))


def statuses() -> tuple[Option, ...]:
    """The states, those that stand for several first."""
    own = {"waiting": text("history.status_waiting"), "unsent": text("history.status_unsent")}
    return tuple(Option(value=name, words=own.get(name) or text(f"shell.stage_{name}")) for name in STATUSES)


def origins() -> tuple[Option, ...]:
    """Who may have asked for a message."""
    return tuple(Option(value=source, words=text(f"history.source_{source}")) for source in Source)


def title_of(row: Delivery) -> str:
    """One clean line; direction marks and the like that an agent wrote could make it read as another."""
    return fit(row.title, _TITLE_CHARS)


def day_kinds(fields: Mapping[str, str]) -> Mapping[str, str]:
    """What kind of field shows each end of the time: a span such as `7d` does not fit into a calendar's."""
    return {name: "date" if _is_day(fields.get(name, "")) else "text" for name in ("since", "until")}


def midnight_ms(day: date) -> int:
    """When a day begins where the owner is."""
    return int(datetime.combine(day, time()).astimezone().timestamp() * 1000)


def _is_day(value: str) -> bool:
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _link(path: str, fields: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(fields)}" if fields else path


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
class HistoryEntry:
    """A link of a card with its picture: `picture` is an address to load it from, empty where it is not loaded."""

    link: Link
    picture: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message, ready for the template. `kind` is None where its content is not kept.

    `pictures` are the addresses that may be loaded when the owner asks; `source` is what was written, for copying, in
    full where the group got its beginning only (`cut`).
    """

    kind: Text | None = None
    title: str = ""
    body: Markup = Markup()  # noqa: RUF009 - as immutable as the str it is
    is_plain: bool = False
    entries: tuple[HistoryEntry, ...] = ()
    buttons: tuple[Link, ...] = ()
    side_by_side: bool = False
    mentions: Mentions = messages.NOBODY
    pictures: tuple[str, ...] = ()
    source: str = ""
    cut: bool = False


def shown_message(message: Message | None, *, written: Message | None, pictures: bool) -> Shown:
    """Make it ready as the group gets it; `written` is what was written. `pictures`: the owner has asked for them."""
    if message is None or written is None:
        return Shown()
    from tray_app.adapters.web.pages.framework.markdown import markdown, pictures_of  # 3 MB, for whoever looks at one

    kind, found = KINDS[messages.kind_of(message)], pictures_of(message)
    mentions, source = messages.mentions_of(message), export.words_of(messages.to_json(written))
    match message:
        case TextMessage(content=content, full=full):
            return Shown(
                kind=kind, body=plain(content), is_plain=True, mentions=mentions, source=source, cut=bool(full)
            )
        case MarkdownMessage(title=title, text=body, full=full):
            shown = markdown(body, pictures=pictures)
            return Shown(
                kind=kind, title=title, body=shown, mentions=mentions, pictures=found, source=source, cut=bool(full)
            )
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


def _entry(title: str, url: str, picture: str, *, pictures: bool) -> HistoryEntry:
    shown = picture if pictures and loadable(picture) else ""
    return HistoryEntry(link=link_of(title, url), picture=shown, host=link_of("", picture).host if picture else "")
