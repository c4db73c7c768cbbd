"""Mentions that mean somebody are taken; a word for everybody is not, for the owner's rules look for it at `atAll`."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.channels import CHANNELS
from tray_app.channels.dingtalk.body import body as body_of
from tray_app.core.kernel.errors import InvalidMessage
from tray_app.core.kernel.texts import Language, text
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
    mentions_of,
)
from tray_app.core.messages.validation import check

RULES = CHANNELS["dingtalk"].rules


def mentioning(*user_ids: str) -> TextMessage:
    return TextMessage(content="x", mentions=Mentions(user_ids=user_ids))


def test_line_ends_are_one_kind_and_controls_of_either_set_are_dropped() -> None:
    assert check(TextMessage(content="a\r\nb\rc\x85d\te\x1b\x9b31m\x7f"), RULES) == TextMessage(
        content="a\nb\nc\nd\te31m"
    )


@pytest.mark.parametrize("user_id", ["all", "ALL", " all ", "@all", "＠all", "所有人", "@所有人"])
def test_nobody_mentions_everybody_by_a_user_id(user_id: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        check(mentioning("u1", user_id), RULES)
    assert (caught.value.field, caught.value.hint) == ("atUserIds", text("message.everybody_hint"))


@pytest.mark.parametrize("user_id", ["allan", "small", "all1", "0123", "manager_all"])
def test_ids_that_only_look_like_it_are_somebody(user_id: str) -> None:
    assert check(mentioning(user_id), RULES) == mentioning(user_id)


def calling(text: str, *mobiles: str) -> Message:
    return check(MarkdownMessage(title="t", text=text, mentions=Mentions(mobiles=mobiles)), RULES)


@pytest.mark.parametrize(
    "written", ["+8613800138000", "0086 138-0013-8000", "\u202d13800138000\u202c", "１３８００１３８０００"]
)
def test_a_number_is_called_by_the_form_that_the_service_knows(written: str) -> None:
    home = Mentions(mobiles=("13800138000",))
    for text_of in ("hello", f"hello @{written}, look", f"hello ＠{written} 2 items", f"@ {written}\n1. a"):
        sent = calling(text_of, written, "13800138000")
        assert mentions_of(sent) == home
        body = json.loads(body_of(sent, keywords=(), delivery_id="1"))
        assert body["at"]["atMobiles"] == ["13800138000"]
        assert body["markdown"]["text"].count("@13800138000") == 1
        assert written == "13800138000" or f"@{written}" not in body["markdown"]["text"]
    assert calling(f"hi @{written} 2 items", written) == calling("hi @13800138000 2 items", "13800138000")


def test_a_number_from_abroad_has_its_code_in_list_and_text() -> None:
    sent = calling("@+85251234567 and @13900139000", "+85251234567")
    assert sent == calling("@+852-51234567 and @13900139000", "+852-51234567")
    assert calling("@138001380001 x", "13800138000") == MarkdownMessage(
        title="t", text="@138001380001 x", mentions=Mentions(mobiles=("13800138000",))
    )


@pytest.mark.parametrize("written", ["51234567", "85251234567", "12345", "hello", "\u200b", "1380013800"])
def test_a_number_that_could_call_nobody_is_refused_with_the_right_form(written: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        calling("x", "13800138000", written)
    assert caught.value.field == "atMobiles"
    for language in Language:
        assert "+852-51234567" in catalogs()[language](caught.value.hint)


def test_a_user_id_loses_what_nobody_sees_and_its_at() -> None:
    assert mentions_of(check(mentioning("\u202amanager1\u202c", "@manager1 "), RULES)).user_ids == ("manager1",)


@given(st.text(alphabet="@＠+0123456789-() \u200bx", max_size=200))
def test_no_text_loses_words_or_time_over_its_numbers(text_of: str) -> None:
    sent = check(TextMessage(content=f"x{text_of}", mentions=Mentions(mobiles=("13800138000",))), RULES)
    assert isinstance(sent, TextMessage)
    assert sent.content.count("x") == text_of.count("x") + 1


def test_the_longest_text_full_of_numbers_is_read_at_once() -> None:
    begun = time.process_time()
    calling("@1380013800123456 " * 5_000, "13800138000")
    assert time.process_time() - begun < 2


NOTHING = [
    "\u200b",
    "\ufeff\n",
    " \u3000\t",
    "\u2060\u202e",
    "\u3164",
    "\u2800\u2800",
    "\u00ad",
    "\ufe0f",
    "\U000e0020",
    "\x07",
]


@pytest.mark.parametrize("nothing", [*NOTHING, "".join(NOTHING)])
def test_what_shows_nothing_is_empty(nothing: str) -> None:
    url = "https://a.example.com"
    for message, field in (
        (TextMessage(content=nothing), "content"),
        (MarkdownMessage(title="t", text=nothing), "text"),
        (MarkdownMessage(title=nothing, text="x"), "title"),
        (LinkMessage(title="t", text=nothing, message_url=url), "text"),
        (ActionCard(title="t", text="x", buttons=(Button(title=nothing, url=url),)), "buttons"),
        (FeedCard(links=(FeedItem(title=nothing, message_url=url, pic_url=url),)), "links"),
    ):
        with pytest.raises(InvalidMessage) as caught:
            check(message, RULES)
        assert (caught.value.field, caught.value.reason) == (field, text("message.empty", field=field))


@pytest.mark.parametrize("nothing", ["&nbsp;", "&#8203; &zwnj;", "<!-- x -->", "<div>\n</div>", "<br>"])
def test_markdown_that_shows_nothing_is_empty(nothing: str) -> None:
    with pytest.raises(InvalidMessage):
        check(MarkdownMessage(title="t", text=nothing), RULES)
    assert check(TextMessage(content=nothing), RULES) == TextMessage(content=nothing)
