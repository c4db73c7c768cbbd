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


def test_a_full_session_report_in_chinese_reads_like_the_one_teams_know() -> None:
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
        title="🤖 Claude Code 代码审查完成",
        text="""## 🤖 Claude Code 代码审查完成

**完成时间：** 2026/11/02 09:05:07

**会话时长：** 30分钟

**操作者：** 王小明

### 📋 本次会话
都做完了

### ✅ 主要任务
- 修复登录
- 补测试

### 📊 操作统计
- **文件操作：** 3 个
- **工具使用：** 12 次

---
*Claude Code 自动通知 | 2026/11/02*""",
        mentions=MENTIONS,
    )


def test_an_empty_session_report_still_says_something_and_sends_no_figure_that_nobody_measured() -> None:
    message = templates.session_report(SessionReport(), agent="Claude Code", operator="", finished_at=AT, catalog=EN)
    assert message == MarkdownMessage(
        title="🤖 Claude Code: development session finished",
        text="""## 🤖 Claude Code: development session finished

**Finished:** 2026-11-02 09:05:07

**Duration:** just finished

### 📋 This session
The session is finished.

---
*Sent automatically by Claude Code | 2026-11-02*""",
    )


def test_a_failed_task_in_chinese() -> None:
    report = TaskReport(
        task_name="部署", status="failed", details="第 1 步\n第 2 步", duration="3分钟", mentions=MENTIONS
    )
    assert templates.task_report(
        report, agent="Claude Code", operator="王小明", finished_at=AT, catalog=ZH
    ) == MarkdownMessage(
        title="❌ 部署 - 任务失败",
        text="""## ❌ 任务失败

**任务名称：** 部署

**状态：** 任务失败

**时间：** 2026/11/02 09:05:07

**操作者：** 王小明

**耗时：** 3分钟

**详情：**

第 1 步
第 2 步

---
*来自 Claude Code · dingtalk-tray | 2026/11/02*""",
        mentions=MENTIONS,
    )


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        ("success", "✅ 部署 - 任务完成", "✅ 部署 - Task completed"),
        ("failed", "❌ 部署 - 任务失败", "❌ 部署 - Task failed"),
        ("warning", "⚠️ 部署 - 任务警告", "⚠️ 部署 - Task completed with warnings"),
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
    assert [line for line in lines if line.startswith("#")] == [
        "## 🤖 Claude Code: a # b finished",
        "### 📋 This session",
        "### ✅ Main tasks",
    ]
    assert "- one ### two" in lines
    assert lines.count("---") == 1
    assert lines.count("```") == 2


def test_the_sender_is_named_under_text_markdown_and_cards() -> None:
    card = ActionCard(title="t", text="body", buttons=(Button(title="b", url="https://example.com"),))
    said = [
        templates.signed_off(message, operator=" Ann\nLee ", catalog=words)
        for message in (TextMessage(content="hi"), MarkdownMessage(title="t", text="body"), card)
        for words in (ZH, EN)
    ]
    assert [one.content if isinstance(one, TextMessage) else getattr(one, "text", None) for one in said] == [
        "hi\n\n---\n👤 发送者: Ann Lee",
        "hi\n\n---\n👤 Sent by: Ann Lee",
        "body\n\n---\n👤 **发送者:** Ann Lee",
        "body\n\n---\n👤 **Sent by:** Ann Lee",
        "body\n\n---\n👤 **发送者:** Ann Lee",
        "body\n\n---\n👤 **Sent by:** Ann Lee",
    ]


def test_links_feeds_and_messages_of_an_unknown_operator_stay_as_they_are() -> None:
    link = LinkMessage(title="t", text="x", message_url="https://example.com")
    feed = FeedCard(
        links=(FeedItem(title="t", message_url="https://example.com", pic_url="https://example.com/a.png"),)
    )
    hi = TextMessage(content="hi")
    assert templates.signed_off(link, operator="Ann", catalog=ZH) is link
    assert templates.signed_off(feed, operator="Ann", catalog=ZH) is feed
    assert templates.signed_off(hi, operator="  ", catalog=ZH) is hi


def test_the_test_message_names_the_robot_and_says_it_works() -> None:
    message = templates.test_message(robot="team", operator="Ann", sent_at=AT, catalog=ZH)
    assert message.title == "🔔 dingtalk-tray 测试消息"
    assert "看到这条消息，说明机器人「team」已经设置好了。" in message.text
    assert "**操作者：** Ann" in message.text


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
