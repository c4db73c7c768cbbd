"""Whoever sends a picture that no phone can load is told so; whoever sends one that can be loaded is not."""

import time

import pytest

from tests.support.catalogs import catalogs
from tray_app.channels import CHANNELS
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import ActionCard, Button, FeedCard, FeedItem, LinkMessage, MarkdownMessage
from tray_app.core.messages.pictures import picture_hint

RULES = CHANNELS["dingtalk"].rules
PUBLIC = "https://img.example.com/a.png"
LOST = [
    "/srv/a.png",
    "a.png",
    "./out/a%20b.png",
    "C:\\Users\\me\\a.png",
    "file:///srv/a.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "blob:https://a.example.com/1",
    "http://127.0.0.1:8000/a.png",
    "https://localhost/a.png",
    "http://192.168.1.5/a.png",
    "http://[::1]/a.png",
    "http://nas.local/a.png",
    "http://buildbox/a.png",
    "//cdn.example.com/a.png",
    "ftp://a.example.com/a.png",
    "https://wiki.corp/a.png",
    "http://printer.home.arpa/a.png",
    "http://shop.test/a.png",
]


@pytest.mark.parametrize("source", LOST)
def test_a_picture_that_no_phone_can_load_is_named(source: str) -> None:
    for text in (
        f"see ![]({source}) there",
        f"![a chart](<{source}> 'x')",
        f'<img alt="x" src="{source}">',
        f"![a][One]\n\n[one]: {source}",
        f"![one]\n\n[one]: <{source}>",
    ):
        card = ActionCard(title="t", text=text, buttons=(Button(title="b", url=PUBLIC),))
        for message in (MarkdownMessage(title="t", text=f"![]({PUBLIC})\n{text}"), card):
            hint = picture_hint(message, RULES)
            assert hint is not None
            assert hint.args["count"] == 1
            assert source[:20] in catalogs()[Language.EN](hint)
            assert "http(s)" in catalogs()[Language.ZH](hint)


@pytest.mark.parametrize(
    "text",
    [
        f"![x]({PUBLIC})",
        "no picture, but a path: /srv/a.png",
        "[a link](/srv/a.png)",
        "`![](/srv/a.png)` is how to write one",
        "```md\n![](/srv/a.png)\n```",
        "![](@lADPDfJ6Sx8bLUrNA4TNBQA)",
        "![]()",
        f"![a][one] ![two]\n\n[one]: {PUBLIC}",
        "[a][one]\n\n[one]: /srv/a.png",
    ],
)
def test_nothing_is_said_where_nothing_is_lost(text: str) -> None:
    assert picture_hint(MarkdownMessage(title="t", text=text), RULES) is None


def test_pictures_of_links_and_feeds_are_looked_at_too() -> None:
    link = LinkMessage(title="t", text="x", message_url=PUBLIC, pic_url="http://10.0.0.3/a.png")
    item = FeedItem(title="t", message_url=PUBLIC, pic_url="https://localhost/a.png")
    assert picture_hint(link, RULES) is not None
    assert picture_hint(FeedCard(links=(item, item)), RULES) is not None
    assert picture_hint(LinkMessage(title="t", text="x", message_url=PUBLIC), RULES) is None


@pytest.mark.parametrize("piece", ["![](", "![", "<img ", "`", "<img src=x"])
def test_hostile_text_is_read_at_once(piece: str) -> None:
    begun = time.process_time()
    picture_hint(MarkdownMessage(title="t", text=piece * (100_000 // len(piece))), RULES)
    assert time.process_time() - begun < 2
