"""The digest fits into one message as the real channel sends it, whatever the merged ones say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.rendered import html_of, one_line, visible
from tray_app.channels import CHANNELS
from tray_app.core.delivery.digest import MOST_ROWS, MOST_SHOWN, DigestCandidate, merge
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.message import (
    MAX_MENTIONS,
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    title_of,
)

RULES = CHANNELS["dingtalk"].rules

SAY = catalogs()
MOST_BYTES = 20_000
KEYWORD = "关" * 100


def waiting(message: Message, at: str = "10:42", project: str = "") -> DigestCandidate:
    return DigestCandidate(at=at, title=title_of(message), message=message, project=project)


def size(message: Message) -> int:
    credentials = Credentials(webhook=Secret("http://127.0.0.1/"), secret=Secret(""), keywords=(KEYWORD,))
    return len(CHANNELS["dingtalk"].encode(message, credentials, delivery_id="0" * 36, now_ms=0).body)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("char", ["字", '"', "\\", "𝕏", "#", "@"])
@pytest.mark.parametrize("count", [2, 9, 60, MOST_ROWS])
def test_a_digest_of_huge_messages_is_one_message_as_sent(language: Language, char: str, count: int) -> None:
    people = Mentions(mobiles=tuple(f"+86138000{number:05}" for number in range(50)))
    rows = [waiting(MarkdownMessage(title=char * 200, text=char * 20_000, mentions=people)) for _ in range(count)]
    message = merge(rows, catalog=SAY[language], rules=RULES)
    assert size(message) <= MOST_BYTES
    assert CHANNELS["dingtalk"].split(message, keywords=(KEYWORD,)) == (message,)


CONTENT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)


@given(st.lists(CONTENT, min_size=2, max_size=40))
def test_every_message_is_named_in_order_or_counted(contents: list[str]) -> None:
    rows = [waiting(TextMessage(content=f"{number}. {said}")) for number, said in enumerate(contents)]
    message = merge(rows, catalog=SAY[Language.EN], rules=RULES)
    assert size(message) <= MOST_BYTES
    read = visible(message.text)
    places = [read.find(f"10:42 {one_line(row.title)}") for row in rows]
    shown = [place for place in places if place >= 0]
    assert shown == sorted(shown)
    assert shown
    more = "" if len(shown) == len(rows) else f"… {len(rows) - len(shown)} more on the owner's page"
    assert more in read
    assert message.title == f"{len(rows)} messages in one"


def test_a_screen_is_shown_and_the_others_are_counted() -> None:
    rows = [waiting(TextMessage(content=f"{number} " + "字" * 400)) for number in range(MOST_ROWS)]
    text = merge(rows, catalog=SAY[Language.EN], rules=RULES).text
    shown = sum(line.startswith("- 10:42 ") for line in text.split("\n"))
    assert shown == MOST_SHOWN
    assert f"\n\n… {MOST_ROWS - shown} more on the owner's page\n\n> — " in text


@pytest.mark.parametrize(
    ("language", "title"),
    [
        (Language.ZH, "7 条合并：4 完成 2 失败 1 其他（shop, pay）"),
        (Language.EN, "7 messages in one: 4 done, 2 failed, 1 more (shop, pay)"),
    ],
)
def test_the_title_counts_how_they_went_and_each_is_a_line_with_its_project(language: Language, title: str) -> None:
    rows = [
        waiting(MarkdownMessage(title="✅ shop: 退款改用 BigDecimal", text="### ✅ shop\n\n- x"), "10:41", "shop"),
        *[waiting(MarkdownMessage(title="✅ 部署: 已完成", text="- y\n\n> — Ann"), "10:42", "pay") for _ in range(3)],
        *[waiting(MarkdownMessage(title="❌ pay: 失败", text="z"), "10:43", "pay") for _ in range(2)],
        waiting(MarkdownMessage(title="完成", text="## 完成\n\n- **x**\n- y"), "10:44", "shop"),
    ]
    message = merge(rows, catalog=SAY[language], rules=RULES)
    assert message.title == title
    assert message.text.split("\n")[2:9] == [
        "- 10:41 ✅ shop: 退款改用 BigDecimal",
        *["- 10:42 **pay** ✅ 部署: 已完成"] * 3,
        *["- 10:43 ❌ pay: 失败"] * 2,
        "- 10:44 **shop** 完成 · x",
    ]
    assert html_of(message.text).count("<h3>") == 1


def test_everybody_is_still_called_once_as_far_as_one_message_may() -> None:
    mobiles = [f"1380000{number:04}" for number in range(40)]
    rows = [waiting(TextMessage(content="a", mentions=Mentions(mobiles=(mobile,)))) for mobile in mobiles * 2]
    rows += [waiting(TextMessage(content="b", mentions=Mentions(user_ids=(f"u{number}",)))) for number in range(40)]
    rows.append(waiting(TextMessage(content="c", mentions=Mentions(everyone=True))))
    mentions = merge(rows, catalog=SAY[Language.ZH], rules=RULES).mentions
    assert mentions.mobiles == tuple(mobiles)
    assert mentions.user_ids == tuple(f"u{number}" for number in range(MAX_MENTIONS - 40))
    assert mentions.everyone


def test_every_kind_of_message_keeps_its_words_and_links() -> None:
    url = "https://example.com/"
    rows = [
        waiting(TextMessage(content="said\nplainly")),
        waiting(MarkdownMessage(title="T", text="### head\n- item")),
        waiting(LinkMessage(title="L", text="words", message_url=url)),
        waiting(ActionCard(title="C", text="card", buttons=(Button(title="Go", url=url),))),
        waiting(FeedCard(links=(FeedItem(title="F", message_url=url, pic_url=url),)), at="10:43"),
    ]
    assert merge(rows, catalog=SAY[Language.EN], rules=RULES).text.split("\n\n")[1].split("\n") == [
        "- 10:42 said · plainly",
        "- 10:42 T · head",
        f"- 10:42 [L]({url}) · words",
        f"- 10:42 C · card · [Go]({url})",
        f"- 10:43 [F]({url})",
    ]


@pytest.mark.parametrize("opening", ["```", "~~~", "<!--", "<script>", "<div>", "```\n# a\n"])
def test_what_one_message_opens_ends_with_it(opening: str) -> None:
    rows = [
        waiting(MarkdownMessage(title=f"{opening} a", text=f"{opening} first")),
        waiting(TextMessage(content="*b*")),
    ]
    read = html_of(merge(rows, catalog=SAY[Language.EN], rules=RULES).text)
    assert "<li>10:42 *b*</li>" in read
    assert read.count("<li>") == 2
