"""Bodies as DingTalk reads them, judged by the strict robot."""

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.message import (
    NOBODY,
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)
from tray_app.sandbox.robot import RawRequest, StrictRobot

NOW_MS = 1_795_000_000_000
WHOM = Mentions(mobiles=("13800000000",), user_ids=("manager1",))
AT = {"atMobiles": ["13800000000"], "atUserIds": ["manager1"], "isAtAll": False}
ONE = (Button(title="Open", url="https://example.com/1"),)
TWO = (*ONE, Button(title="Ignore", url="https://example.com/2"))
LINKS = (
    FeedItem(title="First", message_url="https://example.com/a", pic_url="https://example.com/a.png"),
    FeedItem(title="Second", message_url="https://example.com/b", pic_url="https://example.com/b.png"),
)


def body_of(message: Message, *keywords: str, raw_links: bool = True) -> dict[str, Any]:
    credentials = Credentials(
        webhook=Secret("https://x.test/robot/send"), secret=Secret(""), keywords=keywords, raw_links=raw_links
    )
    request = CHANNELS["dingtalk"].encode(message, credentials, delivery_id="id-1", now_ms=NOW_MS)
    body: dict[str, Any] = json.loads(request.body)
    return body


CASES: list[tuple[Message, dict[str, Any]]] = [
    (TextMessage(content="你好"), {"msgtype": "text", "text": {"content": "你好"}}),
    (
        TextMessage(content="hello", mentions=WHOM),
        {"msgtype": "text", "text": {"content": "hello\n@13800000000 @manager1"}, "at": AT},
    ),
    (
        TextMessage(content="all", mentions=Mentions(everyone=True)),
        {"msgtype": "text", "text": {"content": "all"}, "at": {"atMobiles": [], "atUserIds": [], "isAtAll": True}},
    ),
    (
        MarkdownMessage(title="T", text="one\ntwo", mentions=WHOM),
        {"msgtype": "markdown", "markdown": {"title": "T", "text": "one  \ntwo\n\n@13800000000 @manager1"}, "at": AT},
    ),
    (
        LinkMessage(title="T", text="words", message_url="https://example.com"),
        {"msgtype": "link", "link": {"title": "T", "text": "words", "messageUrl": "https://example.com"}},
    ),
    (
        LinkMessage(title="T", text="words", message_url="https://example.com", pic_url="https://example.com/p.png"),
        {
            "msgtype": "link",
            "link": {
                "title": "T",
                "text": "words",
                "messageUrl": "https://example.com",
                "picUrl": "https://example.com/p.png",
            },
        },
    ),
    (
        ActionCard(title="T", text="words", buttons=ONE, mentions=WHOM),
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "T",
                "text": "words\n\n@13800000000 @manager1",
                "btnOrientation": "0",
                "singleTitle": "Open",
                "singleURL": "https://example.com/1",
            },
            "at": AT,
        },
    ),
    (
        ActionCard(title="T", text="words", buttons=TWO, vertical=False),
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "T",
                "text": "words",
                "btnOrientation": "1",
                "btns": [
                    {"title": "Open", "actionURL": "https://example.com/1"},
                    {"title": "Ignore", "actionURL": "https://example.com/2"},
                ],
            },
        },
    ),
    (
        FeedCard(links=LINKS),
        {
            "msgtype": "feedCard",
            "feedCard": {
                "links": [
                    {
                        "title": "First",
                        "messageURL": "https://example.com/a",
                        "picURL": "https://example.com/a.png",
                    },
                    {
                        "title": "Second",
                        "messageURL": "https://example.com/b",
                        "picURL": "https://example.com/b.png",
                    },
                ]
            },
        },
    ),
]


NAMES = [
    "text",
    "text calling two",
    "text calling all",
    "markdown",
    "link",
    "link with picture",
    "card with one button",
    "card with two",
    "feed card",
]


@pytest.mark.parametrize(("message", "body"), CASES, ids=NAMES)
def test_each_kind_has_exactly_dingtalks_fields(message: Message, body: dict[str, Any]) -> None:
    assert body_of(message) == {**body, "msgUuid": "id-1"}


@pytest.mark.parametrize("message", [message for message, _ in CASES], ids=NAMES)
@pytest.mark.parametrize("keywords", [(), ("告警",), ("Nothing", "告警")])
def test_a_strict_robot_takes_each_kind_whatever_its_keywords(message: Message, keywords: tuple[str, ...]) -> None:
    robot = StrictRobot(token="a" * 64, secret="SEC" + "b" * 64, keywords=keywords)
    credentials = Credentials(
        webhook=Secret(f"https://x.test/robot/send?access_token={robot.token}"),
        secret=Secret(robot.secret),
        keywords=keywords,
    )

    request = CHANNELS["dingtalk"].encode(message, credentials, delivery_id="id-1", now_ms=NOW_MS)
    target = request.url.reveal().removeprefix("https://x.test")
    robot.answer(RawRequest(method="POST", target=target, headers=request.headers, body=request.body), now_ms=NOW_MS)

    (seen,) = robot.received
    mentions = NOBODY if isinstance(message, LinkMessage | FeedCard) else message.mentions
    everyone = ("all",) if mentions.everyone else ()
    assert seen.mentions == (*everyone, *mentions.mobiles, *mentions.user_ids)
    assert seen.uuid == "id-1"


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ("ask @13800000000 now, @manager1", "ask @13800000000 now, @manager1"),
        ("@13800000000请看，@manager1。", "@13800000000请看，@manager1。"),
        ("@13800000000 there", "@13800000000 there\n@manager1"),
        ("@138000000001 @manager12", "@138000000001 @manager12\n@13800000000 @manager1"),
        ("13800000000 manager1", "13800000000 manager1\n@13800000000 @manager1"),
    ],
)
def test_an_at_sign_is_written_only_for_whom_the_text_does_not_name(content: str, sent: str) -> None:
    assert body_of(TextMessage(content=content, mentions=WHOM))["text"]["content"] == sent


@pytest.mark.parametrize(
    ("message", "keywords", "sent"),
    [
        (TextMessage(content="x"), ("告警",), {"content": "x\n\n— dingtalk-tray · 告警"}),
        (TextMessage(content="x"), ("告警", "notice"), {"content": "x\n\n— dingtalk-tray · 告警"}),
        (TextMessage(content="a notice"), ("告警", "notice"), {"content": "a notice"}),
        (TextMessage(content="a Notice"), ("notice",), {"content": "a Notice\n\n— dingtalk-tray · notice"}),
        (TextMessage(content="x"), ("", " "), {"content": "x"}),
        (
            MarkdownMessage(title="告警", text="x"),
            ("告警",),
            {"title": "告警", "text": "x\n\n> — dingtalk-tray · 告警"},
        ),
        (
            LinkMessage(title="T", text="x", message_url="https://a.b"),
            ("告警",),
            {"title": "T", "text": "x — dingtalk-tray · 告警", "messageUrl": "https://a.b"},
        ),
    ],
)
def test_a_keyword_is_added_once_where_none_is(message: Message, keywords: tuple[str, ...], sent: Any) -> None:
    body = body_of(message, *keywords)

    assert body[body["msgtype"]] == sent


def test_a_card_carries_the_keyword_in_title_and_text() -> None:
    card = body_of(ActionCard(title="T", text="x", buttons=ONE), "告警")["actionCard"]

    assert (card["title"], card["text"]) == ("T — dingtalk-tray · 告警", "x\n\n> — dingtalk-tray · 告警")


def test_a_feed_card_carries_the_keyword_in_its_first_title_unless_another_has_it() -> None:
    titles = [link["title"] for link in body_of(FeedCard(links=LINKS), "告警")["feedCard"]["links"]]
    already = [link["title"] for link in body_of(FeedCard(links=LINKS), "Second")["feedCard"]["links"]]

    assert titles == ["First — dingtalk-tray · 告警", "Second"]
    assert already == ["First", "Second"]


def test_chinese_is_sent_as_utf8_and_the_body_says_so() -> None:
    credentials = Credentials(webhook=Secret("https://x.test/"), secret=Secret(""))
    request = CHANNELS["dingtalk"].encode(TextMessage(content="中"), credentials, delivery_id="1", now_ms=NOW_MS)

    assert request.body == '{"msgtype":"text","text":{"content":"中"},"msgUuid":"1"}'.encode()
    assert request.headers == {"content-type": "application/json; charset=utf-8"}


def test_half_a_surrogate_pair_does_not_stop_a_message() -> None:
    assert body_of(TextMessage(content="a\ud83d"))["text"]["content"] == "a?"


def wrapped(url: str) -> str:
    return f"dingtalk://dingtalkclient/page/link?url={quote(url, safe='')}&pc_slide=false"


WEB = "https://a.example.com/x?y=1&z=%E4%B8%AD 文#top"


@pytest.mark.parametrize("url", ["https://example.com/1", WEB, "HTTP://a.example.com"])
def test_buttons_and_links_open_in_the_systems_browser_on_a_desktop(url: str) -> None:
    button, item = Button(title="b", url=url), FeedItem(title="f", message_url=url, pic_url="https://p.example.com/a")
    link = LinkMessage(title="T", text="x", message_url=url, pic_url="https://p.example.com/a")
    assert body_of(link, raw_links=False)["link"]["messageUrl"] == wrapped(url)
    assert body_of(link, raw_links=False)["link"]["picUrl"] == "https://p.example.com/a"
    one, two = (ActionCard(title="T", text="x", buttons=(button,) * count) for count in (1, 2))
    assert body_of(one, raw_links=False)["actionCard"]["singleURL"] == wrapped(url)
    assert [each["actionURL"] for each in body_of(two, raw_links=False)["actionCard"]["btns"]] == [wrapped(url)] * 2
    (feed,) = body_of(FeedCard(links=(item,)), raw_links=False)["feedCard"]["links"]
    assert (feed["messageURL"], feed["picURL"]) == (wrapped(url), "https://p.example.com/a")
    assert parse_qs(urlsplit(feed["messageURL"]).query)["url"] == [url]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("[a](https://e.com)", f"[a]({wrapped('https://e.com')})"),
        ("see [a b](HTTPS://e.com/x_(y)?q=中&z#t) now", f"see [a b]({wrapped('HTTPS://e.com/x_(y)?q=中&z#t')}) now"),
        ("- [a](<https://e.com/a b>)", f"- [a]({wrapped('https://e.com/a b')})"),
        ('[a](https://e.com "title")', f'[a]({wrapped("https://e.com")} "title")'),
        ("[a](https://e.com)[b](http://f.com)", f"[a]({wrapped('https://e.com')})[b]({wrapped('http://f.com')})"),
        (
            "[![p](https://e.com/p.png)](https://e.com)",
            f"[![p](https://e.com/p.png)]({wrapped('https://e.com')})",
        ),
        ("| [a](https://e.com) | b |", f"| [a]({wrapped('https://e.com')}) | b |"),
        *(
            (kept, kept)
            for kept in (
                "![p](https://e.com/p.png)",
                "`[a](https://e.com)` and ``[a](https://e.com)``",
                "```\n[a](https://e.com)\n```",
                "https://e.com <https://e.com>",
                "[a](mailto:a@e.com) [b](#c) [c](dingtalk://dingtalkclient/page/link?url=x)",
                r"[a\](https://e.com)",
                "[a](https://e.com",
            )
        ),
    ],
)
def test_links_in_markdown_open_in_the_browser_too_and_a_setting_keeps_them(text: str, sent: str) -> None:
    said = MarkdownMessage(title="T", text=text)
    card = ActionCard(title="T", text=text, buttons=(Button(title="b", url="https://e.com"),))
    assert body_of(said, raw_links=False)["markdown"]["text"] == sent
    assert body_of(card, raw_links=False)["actionCard"]["text"] == sent
    assert body_of(said, raw_links=True)["markdown"]["text"] == text


def test_a_text_that_only_fits_with_its_own_links_stays_one_message() -> None:
    said = MarkdownMessage(title="T", text="[a](https://e.com/&&&&&&&&) " * 600)
    (whole,) = CHANNELS["dingtalk"].split(said, keywords=())
    assert body_of(whole, raw_links=False)["markdown"]["text"] == said.text


def test_a_keyword_that_stood_in_an_address_alone_is_written_out() -> None:
    said = MarkdownMessage(title="T", text="[a](https://e.com/部署)")
    assert body_of(said, "部署", raw_links=False)["markdown"]["text"].endswith("\n\n> — dingtalk-tray · 部署")


def test_dingtalks_own_links_stay() -> None:
    own = "dingtalk://dingtalkclient/page/link?url=x&pc_slide=true"
    assert body_of(LinkMessage(title="T", text="x", message_url=own), raw_links=False)["link"]["messageUrl"] == own


def test_a_card_that_only_fits_with_shorter_links_has_those() -> None:
    url = "https://example.com/" + "&" * 1_200
    card = ActionCard(title="T", text="x", buttons=(Button(title="b", url=url),) * 10)
    sent = body_of(card, raw_links=False)["actionCard"]
    assert [each["actionURL"] for each in sent["btns"]] == [url] * 10
