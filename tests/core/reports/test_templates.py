"""Reports keep the sections, emoji and words that teams know, in both languages, whatever an agent writes into them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.channels import CHANNELS
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    TextMessage,
)
from tray_app.core.messages.requests import SessionReport, TaskReport
from tray_app.core.messages.validation import check
from tray_app.core.reports import templates

WORDS = catalogs()
ZH, EN = WORDS[Language.ZH], WORDS[Language.EN]
AT = datetime(2026, 11, 2, 9, 5, 7)  # noqa: DTZ001 - local time, as the caller reads it off the wall
MENTIONS = Mentions(mobiles=("13800000000",))


def test_a_full_session_report_in_chinese_says_the_result_first() -> None:
    report = SessionReport(
        session_type="代码审查",
        duration="30分钟",
        main_tasks=("修复登录", "- 补测试"),
        summary="都做完了",
        files_count=3,
        tools_used=12,
        mentions=MENTIONS,
    )
    assert templates.session_report(
        report, agent="Claude Code", operator="王小明", finished_at=AT, catalog=ZH
    ) == MarkdownMessage(
        title="✅ 代码审查: 都做完了",
        text="""### ✅ 代码审查: 都做完了

- 修复登录
- 补测试

📊 用时 30分钟 · 工具 12 次 · 文件 3 个

> — 王小明 · Claude Code · 09:05""",
        mentions=MENTIONS,
    )


def test_an_empty_session_report_still_says_something_and_sends_no_figure_that_nobody_measured() -> None:
    message = templates.session_report(SessionReport(), agent="Claude Code", operator="", finished_at=AT, catalog=EN)
    assert message == MarkdownMessage(
        title="✅ Claude Code: session ended",
        text="### ✅ Claude Code: session ended\n\n> — Claude Code · 09:05",
    )


def test_a_failed_task_in_chinese() -> None:
    report = TaskReport(
        task_name="部署", status="failed", details="第 1 步\n第 2 步", duration="3分钟", mentions=MENTIONS
    )
    assert templates.task_report(
        report, agent="Claude Code", operator="王小明", finished_at=AT, catalog=ZH
    ) == MarkdownMessage(
        title="❌ 部署: 失败",
        text="""### ❌ 部署: 失败

第 1 步
第 2 步

📊 用时 3分钟

> — 王小明 · Claude Code · 09:05""",
        mentions=MENTIONS,
    )


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        ("success", "✅ 部署: 已完成", "✅ 部署: done"),
        ("failed", "❌ 部署: 失败", "❌ 部署: failed"),
        ("warning", "⚠️ 部署: 已完成，有警告", "⚠️ 部署: done, with warnings"),
    ],
)
def test_a_tasks_title_previews_how_it_ended(status: str, zh: str, en: str) -> None:
    report = TaskReport(task_name="部署", status=status)
    titles = [
        templates.task_report(report, agent="Claude Code", operator="", finished_at=AT, catalog=words).title
        for words in (ZH, EN)
    ]
    assert titles == [zh, en]


def test_headings_in_a_summary_and_line_breaks_in_a_task_do_not_break_the_sections() -> None:
    report = SessionReport(
        summary="# Big\n---\n```\nleft open", main_tasks=("one\n### two", "  "), session_type="a\n# b"
    )
    lines = templates.session_report(
        report, agent="Claude Code", operator="x\n# y", finished_at=AT, catalog=EN
    ).text.split("\n")
    assert [line for line in lines if line.startswith("#")] == ["### ✅ a # b: Big"]
    assert "- one ### two" in lines
    assert "---" not in lines
    assert lines.count("```") == 2
    assert lines[-1] == "> — x # y · Claude Code · 09:05"


def test_the_sender_is_named_under_text_markdown_and_cards() -> None:
    card = ActionCard(title="t", text="body", buttons=(Button(title="b", url="https://example.com"),))
    said = [
        templates.signed_off(message, operator=" Ann\nLee ")
        for message in (TextMessage(content="hi"), MarkdownMessage(title="t", text="body"), card)
    ]
    assert [one.content if isinstance(one, TextMessage) else getattr(one, "text", None) for one in said] == [
        "hi\n\n— Ann Lee",
        "body\n\n> — Ann Lee",
        "body\n\n> — Ann Lee",
    ]


def test_links_feeds_and_messages_of_an_unknown_operator_stay_as_they_are() -> None:
    link = LinkMessage(title="t", text="x", message_url="https://example.com")
    feed = FeedCard(
        links=(FeedItem(title="t", message_url="https://example.com", pic_url="https://example.com/a.png"),)
    )
    hi = TextMessage(content="hi")
    assert templates.signed_off(link, operator="Ann") is link
    assert templates.signed_off(feed, operator="Ann") is feed
    assert templates.signed_off(hi, operator="  ") is hi


def test_the_test_message_names_the_robot_and_says_it_works() -> None:
    message = templates.test_message(robot="team", operator="Ann", sent_at=AT, catalog=ZH)
    assert message.title == "🔔 dingtalk-tray 测试消息"
    assert "看到这条消息，说明机器人“team”已经设置好了。" in message.text
    assert message.text.endswith("> — Ann · dingtalk-tray · 09:05")


@given(name=st.text(min_size=1, max_size=400), details=st.text(max_size=300), language=st.sampled_from(list(Language)))
def test_every_report_passes_the_door_and_shows_no_bare_key(name: str, details: str, language: Language) -> None:
    catalog = WORDS[language]
    task = TaskReport(task_name=name, status="success", details=details)
    session = SessionReport(session_type=name, summary=details, main_tasks=(name,))
    for message in (
        templates.task_report(task, agent="Claude Code", operator=name, finished_at=AT, catalog=catalog),
        templates.session_report(session, agent="Claude Code", operator=name, finished_at=AT, catalog=catalog),
    ):
        assert check(message, CHANNELS["dingtalk"].rules) is not None
        assert "⟨report" not in message.text + message.title
