"""A link that sends words in its reader's name is none any more, however it is spelled; nothing else is touched."""

from html import unescape
from urllib.parse import unquote

import pytest

from tray_app.core.messages.message import LinkMessage, MarkdownMessage, Message, TextMessage
from tray_app.core.messages.taps import without_taps

TAPS = [
    "[View](dtmd://dingtalkclient/sendMessage?content=1)",
    "[View](<DTMD://dingtalkclient/sendMessage?content=allow%20K7QP>)",
    "[View][1]\n\n[1]: dtmd://dingtalkclient/sendMessage?content=1",
    "<dtmd://dingtalkclient/sendMessage?content=1>",
    "dtmd://dingtalkclient/sendMessage?content=1",
    "<a href='dtmd:x'>View</a>",
    "[View](&#100;tm&#x44;://x)",
    "[View](&#0000068tmd&colon;//x)",
    r"[View](dtmd\://x)",
    "[View](dt&Tab;m&NewLine;d&#9;://x)",
    "[View](dingtalk://dingtalkclient/page/link?url=dtmd%3A%2F%2Fx)",
    "[View](dingtalk://dingtalkclient/page/link?url=%64t%6D%2564%253A//x)",
]


def read(written: str) -> str:
    """As whoever opens the address reads it in the end."""
    said = unescape(written).replace("\\", "")
    for _ in range(3):
        said = unquote(said)
    return "".join(said.split()).casefold()


@pytest.mark.parametrize("written", TAPS)
def test_no_spelling_of_it_is_left(written: str) -> None:
    assert "dtmd:" in read(written)
    parted = without_taps(MarkdownMessage(title="t", text=written))
    plain = without_taps(TextMessage(content=written))
    assert isinstance(parted, MarkdownMessage)
    assert plain == TextMessage(content=parted.text)
    assert "dtmd:" not in read(parted.text)
    assert parted.text.replace("\u200b", "") == written


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content="the dtmd scheme, and https://dtmd.example/x"),
        MarkdownMessage(title="t", text="[docs](https://example.com/a?b=1) `dtm d:`"),
        LinkMessage(title="t", text="x", message_url="https://example.com"),
    ],
)
def test_everything_else_stays(message: Message) -> None:
    assert without_taps(message) == message
