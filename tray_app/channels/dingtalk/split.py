"""How a message that is too big for DingTalk becomes several: parts marked (1/n), each within the limit as sent."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias, assert_never

from tray_app.channels.dingtalk.body import body, phone_breaks
from tray_app.channels.dingtalk.limits import MOST_BYTES
from tray_app.core.messages.markdown import shortened, split_text
from tray_app.core.messages.message import (
    NOBODY,
    ActionCard,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Message,
    TextMessage,
)

_ID = "0" * 36  # a delivery id is at most a UUID with its dashes
_WIDEST = "(999/999)"

_Size: TypeAlias = Callable[[Message], int]


def split(message: Message, *, keywords: Sequence[str]) -> tuple[Message, ...]:
    """Cut a message into parts of at most 20 000 bytes as sent; one part, unchanged, where it fits whole.

    Only the first part mentions people, so that nobody is called twice. A card's overflow goes ahead of it as markdown:
    the buttons come last, as they stood. A link's text is shortened, for its page holds the rest. What cannot be cut
    (addresses or mentions alone are too big) stays whole, and DingTalk's refusal will say so.
    """
    # links that open in the browser are longer: what has no room for them has its own, and no text is cut for them
    for browser in (False,) if isinstance(message, MarkdownMessage) else (True, False):

        def size(part: Message, *, browser: bool = browser) -> int:
            return len(body(part, keywords=keywords, delivery_id=_ID, browser=browser))

        with contextlib.suppress(ValueError):  # no room left beside what cannot be cut
            return _parts(message, size, MOST_BYTES)
    return (message,)


def split_within(most: int, message: Message, size: _Size) -> tuple[Message, ...]:
    """Cut a message into parts that each `size` finds to have at most so many bytes; whole where it cannot be cut."""
    with contextlib.suppress(ValueError):
        return _parts(message, size, most)
    return (message,)


def _parts(message: Message, size: _Size, most: int) -> tuple[Message, ...]:
    return (message,) if size(message) <= most else _cut(message, size, most)


def _cut(message: Message, size: _Size, most: int) -> tuple[Message, ...]:
    match message:
        case TextMessage():
            return _fitted(message.content, lambda pieces: _texts(message, pieces), size, most, fences=False)
        case MarkdownMessage():
            return _fitted(
                phone_breaks(message.text), lambda pieces: _markdowns(message, pieces), size, most, fences=True
            )
        case ActionCard(text=text):
            build = partial(_card_last, message, size=size, most=most)
            return _fitted(phone_breaks(text), build, size, most, fences=True)
        case LinkMessage():
            budget = most - size(replace(message, text=""))
            return (replace(message, text=shortened(message.text, budget=budget, cost=_cost)),)
        case FeedCard():
            groups = tuple(_groups(message.links, size, most))
            return tuple(_feed(group, f"({n}/{len(groups)})") for n, group in enumerate(groups, start=1))
        case _:
            assert_never(message)


def _fitted(
    text: str, build: Callable[[Sequence[str]], tuple[Message, ...]], size: _Size, most: int, *, fences: bool
) -> tuple[Message, ...]:
    """Cut the text ever smaller until every part fits as sent.

    The first cut nearly always does. It may not where a cut changes what is added to a part (line breaks that phones
    need, of what was code before the cut). Raises ValueError where nothing is left to cut.
    """
    budget = most - size(build(("",))[0]) - len(_WIDEST) * 2
    while True:
        parts = build(split_text(text, budget=budget, cost=_cost, fences=fences))
        if max(size(part) for part in parts) <= most:
            return parts
        budget = budget * 7 // 8


def _cost(text: str) -> int:
    """Bytes of the text within a JSON body."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


def _texts(message: TextMessage, pieces: Sequence[str]) -> tuple[Message, ...]:
    return tuple(
        TextMessage(content=f"({n}/{len(pieces)})\n{piece}", mentions=message.mentions if n == 1 else NOBODY)
        for n, piece in enumerate(pieces, start=1)
    )


def _markdowns(message: MarkdownMessage | ActionCard, pieces: Sequence[str], *, of: int = 0) -> tuple[Message, ...]:
    """The mark stands in the title for the chat list and in the text for the chat, which does not show titles."""
    total = of or len(pieces)
    return tuple(
        MarkdownMessage(
            title=f"{message.title} ({n}/{total})",
            text=f"({n}/{total})\n\n{piece}",
            mentions=message.mentions if n == 1 else NOBODY,
        )
        for n, piece in enumerate(pieces, start=1)
    )


def _card_last(card: ActionCard, pieces: Sequence[str], *, size: _Size, most: int) -> tuple[Message, ...]:
    """The card keeps the last piece; where its buttons leave no room for that, it repeats its title instead."""

    def last(tail: str, mark: str) -> ActionCard:
        return replace(card, title=f"{card.title} {mark}", text=f"{mark}\n\n{tail}", mentions=NOBODY)

    fits = len(pieces) > 1 and size(last(pieces[-1], _WIDEST)) <= most
    ahead, tail = (pieces[:-1], pieces[-1]) if fits else (pieces, card.title)
    final = last(tail, f"({len(ahead) + 1}/{len(ahead) + 1})")
    if size(final) > most:
        raise ValueError  # the buttons alone are too big
    return (*_markdowns(card, ahead, of=len(ahead) + 1), final)


def _feed(links: Sequence[FeedItem], mark: str) -> FeedCard:
    """A feed card has no text of its own: its first title carries the mark."""
    first, *others = links
    return FeedCard(links=(replace(first, title=f"{mark} {first.title}"), *others))


def _groups(links: Sequence[FeedItem], size: _Size, most: int) -> Iterator[tuple[FeedItem, ...]]:
    group: tuple[FeedItem, ...] = ()
    for link in links:
        if group and size(_feed((*group, link), _WIDEST)) > most:
            yield group
            group = ()
        group = (*group, link)
    if group:
        yield group
