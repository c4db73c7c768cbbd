"""A message that is too long to be read on a phone: its first lines, and how many more there are."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from tray_app.core.messages.markdown import fence_after, shortened
from tray_app.core.messages.message import ActionCard, MarkdownMessage, Message, TextMessage
from tray_app.core.messages.signature import parted

MOST_LINES = 100  # of one that is shown whole
SHOWN_LINES = 20
_SHOWN_CHARS = 4_000
LongMessage: TypeAlias = TextMessage | MarkdownMessage | ActionCard


def is_long(message: Message) -> bool:
    """Whether it has more lines than anybody scrolls through."""
    return isinstance(message, LongMessage) and _body(message).count("\n") >= MOST_LINES


def beginning(message: LongMessage, *, more: Callable[[int], str]) -> Message:
    """Give its first lines, with `more` (in words, of so many lines) below them and its signature last.

    What it says in full is in the message beside them.
    """
    body, markdown = _body(message), not isinstance(message, TextMessage)
    said, signature = parted(body, markdown=markdown)
    lines = said.split("\n")
    shown = shortened("\n".join(lines[:SHOWN_LINES]), budget=_SHOWN_CHARS, cost=len)
    left = len(lines) - shown.count("\n") - (0 if shown.endswith("…") else 1)
    if left <= 0:  # few lines, and each short: a chat service with small messages gets all of them
        return message
    fence = ""
    for line in shown.split("\n") if markdown else ():
        fence = fence_after(fence, line)
    end = "\n" + fence[: len(fence) - len(fence.lstrip("`~"))] if fence else ""
    cut = f"{shown}{end}\n\n{more(left)}{signature}"
    full = message.full or body
    if isinstance(message, TextMessage):
        return replace(message, content=cut, full=full)
    return replace(message, text=cut, full=full)


def _body(message: LongMessage) -> str:
    return message.content if isinstance(message, TextMessage) else message.text
