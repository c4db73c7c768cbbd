"""Messages too big for one request."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tray_app.channels import CHANNELS
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.message import (
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
from tray_app.sandbox.fields import SeenMessage
from tray_app.sandbox.robot import RawRequest, StrictRobot

DINGTALK = CHANNELS["dingtalk"]
KEYWORD = "告警"
MOBILES = tuple(f"1380000{number:04}" for number in range(50))
BUTTON = Button(title="Open", url="https://example.com")


def size(message: Message, *, keywords: tuple[str, ...] = (KEYWORD,), raw: bool = False) -> int:
    credentials = Credentials(webhook=Secret("http://x"), secret=Secret(""), keywords=keywords, raw_links=raw)
    return len(DINGTALK.encode(message, credentials, delivery_id="0" * 36, now_ms=0).body)


def sent(message: Message, *, keywords: tuple[str, ...] = (KEYWORD,)) -> tuple[tuple[Message, ...], list[SeenMessage]]:
    """Split and send every part to a strict robot; return the parts and what the group saw."""
    robot = StrictRobot(token="a" * 64, keywords=keywords, per_minute=0)
    webhook = Secret(f"http://x/robot/send?access_token={robot.token}")
    credentials = Credentials(webhook=webhook, secret=Secret(""), keywords=keywords)
    parts = DINGTALK.split(message, keywords=keywords)
    for number, part in enumerate(parts):
        request = DINGTALK.encode(part, credentials, delivery_id=f"{number:036}", now_ms=0)
        target = request.url.reveal().removeprefix("http://x")
        robot.answer(RawRequest(method="POST", target=target, headers=request.headers, body=request.body), now_ms=0)
    assert len(robot.received) == len(parts), "a part was refused"
    return parts, robot.received


def said(seen: list[SeenMessage]) -> str:
    """What all parts say together, without marks, keyword, mentions and white space."""
    texts = [re.sub(rf"^\(\d+/\d+\)|\n+(?:> )?— dingtalk-tray · {KEYWORD}$", "", each.text) for each in seen]
    texts = [re.sub(r"\n+(@\S+ ?)+$", "", text) for text in texts]
    return "".join("".join(texts).split())


PIECES = st.sampled_from(
    [
        "word ",
        "中文句子，一句话。",
        "👩\u200d👩\u200d👧\u200d👦",
        '"quoted\\"',
        "\n",
        "\n\n",
        "- item\n",
        "line\nline\n",
        "x" * 500,
        "\t",
    ]
)


@settings(max_examples=25)
@given(
    pieces=st.lists(PIECES, min_size=1, max_size=30),
    times=st.integers(1, 150),
    mobiles=st.integers(0, 50),
    markdown=st.booleans(),
)
def test_every_part_is_taken_and_nothing_is_lost(pieces: list[str], times: int, mobiles: int, markdown: bool) -> None:
    text = ("a" + "".join(pieces) * times)[:100_000]
    mentions = Mentions(mobiles=MOBILES[:mobiles])
    message = MarkdownMessage(title="T", text=text, mentions=mentions) if markdown else TextMessage(content=text)

    _, seen = sent(message)

    assert said(seen) == "".join(text.split())


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content="short", mentions=Mentions(mobiles=MOBILES)),
        MarkdownMessage(title="T", text="one\ntwo"),
        LinkMessage(title="T", text="x", message_url="https://example.com"),
        ActionCard(title="T", text="x", buttons=(BUTTON,)),
        FeedCard(links=(FeedItem(title="T", message_url="https://example.com", pic_url="https://example.com"),)),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_fits_stays_one_part_unchanged(message: Message) -> None:
    assert DINGTALK.split(message, keywords=(KEYWORD,)) == (message,)


def test_the_limit_is_met_to_the_byte() -> None:
    empty = DINGTALK.encode(
        TextMessage(content=""),
        Credentials(webhook=Secret("http://x"), secret=Secret("")),
        delivery_id="0" * 36,
        now_ms=0,
    )
    fits = TextMessage(content="x" * (20_000 - len(empty.body)))

    assert DINGTALK.split(fits, keywords=()) == (fits,)
    assert len(DINGTALK.split(replace(fits, content=fits.content + "x"), keywords=())) == 2


def test_a_part_is_filled_but_for_the_room_that_the_longest_mark_may_need() -> None:
    message = TextMessage(content="x" * 30_000, mentions=Mentions(mobiles=MOBILES))
    first, *_ = DINGTALK.split(message, keywords=(KEYWORD,))

    assert 20_000 - size(first) == 2 * len("(999/999)")


def test_what_was_code_before_the_cut_and_needs_line_breaks_after_it_is_cut_smaller() -> None:
    opens_a_block_once_it_is_cut = "```" + "x" * 25_000 + "`\n"
    text = opens_a_block_once_it_is_cut + "```\n" + "c\n" * 3_000 + "```\nend"

    parts, seen = sent(MarkdownMessage(title="T", text=text), keywords=())

    assert len(parts) == 3
    assert said(seen).count("c") == 3_000


def test_fence_marks_of_a_text_are_no_code_block() -> None:
    text = "```\n" + "value = 1\n" * 3_000 + "```"

    _, seen = sent(TextMessage(content=text), keywords=())

    assert said(seen) == "".join(text.split())


def test_parts_are_numbered_in_the_text_and_in_the_title() -> None:
    _, seen = sent(MarkdownMessage(title="Report", text="中文一行\n" * 3_000))

    assert [(each.title, each.text.split("\n")[0]) for each in seen] == [
        ("Report (1/3)", "(1/3)"),
        ("Report (2/3)", "(2/3)"),
        ("Report (3/3)", "(3/3)"),
    ]


def test_people_are_called_by_the_first_part_only() -> None:
    _, seen = sent(TextMessage(content="line\n" * 10_000, mentions=Mentions(mobiles=MOBILES, everyone=True)))

    assert [each.mentions for each in seen] == [("all", *MOBILES), *[()] * (len(seen) - 1)]


def test_a_cards_overflow_goes_ahead_as_markdown_and_the_buttons_come_last() -> None:
    text = "".join(f"- item {number}\n" for number in range(4_000))
    mentions = Mentions(mobiles=MOBILES[:1])

    parts, seen = sent(ActionCard(title="Card", text=text, buttons=(BUTTON, BUTTON), mentions=mentions))

    assert [each.kind for each in seen] == ["markdown", "markdown", "actionCard"]
    assert [each.mentions for each in seen] == [MOBILES[:1], (), ()]
    assert [each.title for each in seen] == ["Card (1/3)", "Card (2/3)", f"Card (3/3) — dingtalk-tray · {KEYWORD}"]
    assert [each.text.split("\n")[0] for each in seen] == ["(1/3)", "(2/3)", "(3/3)"]
    assert isinstance(parts[-1], ActionCard)
    assert parts[-1].buttons == (BUTTON, BUTTON)
    assert "- item 3999" in seen[-1].text
    assert said(seen[:-1]) + parts[-1].text.split("\n\n", 1)[1].replace(" ", "").replace("\n", "") == "".join(
        text.split()
    )


def test_a_cards_code_block_goes_on_in_the_card() -> None:
    text = "```\n" + "value = 1\n" * 2_500 + "```"

    parts, seen = sent(ActionCard(title="Card", text=text, buttons=(BUTTON,)), keywords=())

    assert [each.kind for each in seen] == ["markdown", "actionCard"]
    assert isinstance(parts[-1], ActionCard)
    assert parts[-1].text.startswith("(2/2)\n\n```\nvalue = 1\n")


def test_a_card_keeps_its_last_piece_just_where_there_is_room_beside_its_buttons() -> None:
    buttons = (Button(title="b", url="https://example.com/" + "x" * 10_000),)
    room = 20_000 - size(ActionCard(title="Card (999/999)", text="(999/999)\n\n", buttons=buttons), keywords=())

    for more in range(-1, 12):
        text = "a" * 9_000 + "\n\n" + "a" * 9_000 + "\n\n" + "b" * (room + more)
        parts, seen = sent(ActionCard(title="Card", text=text, buttons=buttons), keywords=())
        assert isinstance(parts[-1], ActionCard)
        assert parts[-1].text.rpartition("\n\n")[2].strip("b") == ("" if more <= 0 else "Card")
        assert said(seen).count("a") >= 18_000


def test_buttons_may_leave_no_byte_free() -> None:
    def card(pad: int) -> ActionCard:
        url = "https://example.com/" + "x" * pad
        return ActionCard(title="Card", text="line of text\n" * 400, buttons=(Button(title="b", url=url),))

    pad = 20_000 - size(replace(card(0), title="Card (2/2)", text="(2/2)\n\nCard"), keywords=(), raw=True)

    assert len(sent(card(pad), keywords=())[0]) == 2
    assert DINGTALK.split(card(pad + 1), keywords=()) == (card(pad + 1),)


def test_a_card_without_room_beside_its_buttons_keeps_them_and_repeats_its_title() -> None:
    buttons = tuple(Button(title="b", url="https://example.com/" + "x" * 1_880) for _ in range(10))
    text = "line of text\n" * 400

    parts, seen = sent(ActionCard(title="Card", text=text, buttons=buttons))

    assert [each.kind for each in seen] == ["markdown", "actionCard"]
    assert said(seen[:1]) == "".join(text.split())
    assert isinstance(parts[-1], ActionCard)
    assert parts[-1].text == "(2/2)\n\nCard"


def test_a_links_text_is_shortened_and_says_so() -> None:
    (part,), seen = sent(LinkMessage(title="T", text="中文" * 10_000, message_url="https://example.com"))

    assert isinstance(part, LinkMessage)
    assert part.text.endswith("中文…") or part.text.endswith("文中…")
    assert len(seen) == 1


def test_a_links_text_fills_what_there_is() -> None:
    (part,) = DINGTALK.split(LinkMessage(title="T", text="x" * 30_000, message_url="https://example.com"), keywords=())

    assert size(part, keywords=()) == 20_000


def test_a_feed_card_is_cut_between_its_links() -> None:
    links = tuple(
        FeedItem(
            title=f"Title {number}",
            message_url="https://example.com/" + "m" * 1_980,
            pic_url="https://example.com/" + "p" * 1_980,
        )
        for number in range(10)
    )

    parts, seen = sent(FeedCard(links=links))

    assert [len(part.links) for part in parts if isinstance(part, FeedCard)] == [4, 4, 2]
    assert [each.text.split(" <")[0] for each in seen] == [
        "- (1/3) Title 0 — dingtalk-tray · 告警",
        "- (2/3) Title 4 — dingtalk-tray · 告警",
        "- (3/3) Title 8 — dingtalk-tray · 告警",
    ]


def test_a_feed_card_is_filled_to_the_last_byte_that_the_longest_mark_leaves() -> None:
    def links(pad: int, *, mark: str = "") -> FeedCard:
        urls = {"message_url": "https://example.com/" + "m" * 9_000, "pic_url": "https://example.com"}
        return FeedCard(links=(FeedItem(title=f"{mark}{'t' * pad}", **urls), FeedItem(title="u", **urls)))

    pad = 20_000 - size(links(0, mark="(999/999) "), keywords=())
    third = links(0).links[1]

    for more, sizes in [(0, [2, 1]), (1, [1, 2])]:
        parts, _ = sent(FeedCard(links=(*links(pad + more).links, third)), keywords=())
        assert [len(part.links) for part in parts if isinstance(part, FeedCard)] == sizes


def test_a_code_block_goes_on_in_the_next_part() -> None:
    _, seen = sent(MarkdownMessage(title="T", text="```python\n" + "value = 1\n" * 3_000 + "```\nend"))

    assert seen[0].text.split("\n")[-3:] == ["```", "", f"> — dingtalk-tray · {KEYWORD}"]
    assert seen[1].text.split("\n")[:4] == ["(2/2)", "", "```python", "value = 1"]
    assert said(seen).count("value=1") == 3_000


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content="x", mentions=Mentions(user_ids=("u" * 20_000,))),
        ActionCard(title="T", text="x", buttons=(Button(title="b", url="https://" + "x" * 20_000),)),
        LinkMessage(title="T", text="x" * 99, message_url="https://" + "x" * 20_000),
        MarkdownMessage(title="x" * 20_000, text="x"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_cannot_be_cut_stays_whole_for_dingtalk_to_refuse(message: Message) -> None:
    assert DINGTALK.split(message, keywords=()) == (message,)
