"""What a report of a session shows: what was measured, the agent's words beside it, nothing that nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.rendered import html_of, one_line, visible
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.requests import SessionReport, TaskReport
from tray_app.core.reports import templates
from tray_app.core.sessions.figures import cost, dollars, duration, short
from tray_app.core.sessions.session import Cost, Session, SessionState, Task, Tokens, ToolUse

ZH, EN = catalogs()[Language.ZH], catalogs()[Language.EN]
AT = datetime(2026, 11, 2, 9, 5, 7, tzinfo=UTC)
NOW = int(AT.timestamp() * 1000)
MINUTE = 60_000
SESSION = Session(
    session_id="s1",
    cwd="/c/api",
    project="api",
    branch="main",
    state=SessionState.WORKING,
    started_ms=NOW - 65 * MINUTE,
    last_ms=NOW - MINUTE,
    prompted_ms=NOW - 12 * MINUTE,
    active_ms=18 * MINUTE,
    prompts=5,
    tools={"Bash": ToolUse(calls=20, failed=2), "Edit": ToolUse(calls=18, denied=1)},
    files=("a", "b"),
    lines_added=120,
    lines_removed=30,
    tokens={"claude-a": Tokens(input=1_200, output=12_000, cache_creation=30_000, cache_read=140_000)},
    cost=Cost(micros=1_234_567),
    tasks=(Task(title="Fix login", done=True), Task(title="Test it", done=False)),
    commits=("Fix login",),
    last_text="Everything is green.",
)


def report(session: Session | None = SESSION, said: SessionReport | None = None) -> str:
    return templates.session_report(
        said or SessionReport(), agent="Claude Code", operator="王小明", finished_at=AT, catalog=ZH, session=session
    ).text


def test_a_report_without_any_words_of_the_agent_is_whole() -> None:
    message = templates.session_report(
        SessionReport(), agent="Claude Code", operator="王小明", finished_at=AT, catalog=ZH, session=SESSION
    )
    assert message.title == "🤖 Claude Code 开发协助 · 阶段小结 · api · 1 小时 5 分钟"
    assert (
        message.text
        == """## 🤖 Claude Code 开发协助 · 阶段小结 · api · 1 小时 5 分钟

**时间：** 2026/11/02 09:05:07

**项目：** api（分支 main）

**状态：** 仍在进行

**会话时长：** 1 小时 5 分钟（活跃 18 分钟）

**操作者：** 王小明

### 📋 本次会话
Everything is green.

### ✅ 主要任务
- ✓ Fix login
- ○ Test it

### 📊 操作统计
- **提问：** 5 次
- **工具使用：** 38 次（Bash 20, Edit 18；失败 2，被拒 1）
- **文件操作：** 2 个（行数 +120 −30）
- **提交：** 1 个
- **Token：** 183k（输入 1.2k，输出 12k，缓存写入 30k，缓存读取 140k）
- **模型：** claude-a 183k
- **费用：** 约 $1.23（按标价估算）

---
*Claude Code 自动通知 | 2026/11/02*"""
    )


def test_the_agents_figures_stand_beside_the_measured_ones_and_only_where_they_differ() -> None:
    said = SessionReport(files_count=9, tools_used=38, duration="半小时", summary="# Mine", main_tasks=("Only this",))
    lines = report(said=said).split("\n")
    assert "- **文件操作：** 2 个（行数 +120 −30）" in lines
    assert "- 智能体自述：文件 9 个" in lines
    assert not any("自述：工具" in line for line in lines)
    assert "**会话时长：** 1 小时 5 分钟（活跃 18 分钟）（智能体自述：半小时）" in lines
    assert "**Mine**" in lines
    plain = [line for line in lines if line.startswith("- ") and "*" not in line]
    assert plain == ["- Only this", "- 智能体自述：文件 9 个"]


def test_without_a_todo_list_the_commits_are_the_tasks() -> None:
    assert "### ✅ 主要任务\n- ⎇ Fix login\n" in report(replace(SESSION, tasks=()))


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Cost(micros=0), "约 $0.00（按标价估算）"),
        (Cost(micros=9_999), "约 <$0.01（按标价估算）"),
        (Cost(micros=1_500_000, by_client=True), "$1.50（智能体自己的统计）"),
        (Cost(micros=None), "价格未知"),
        (Cost(micros=None, unknown_models=("claude-z",)), "价格未知（claude-z）"),
    ],
)
def test_an_estimate_is_called_one_and_an_unknown_price_is_never_zero(price: Cost, words: str) -> None:
    assert ZH(cost(price)) == words
    assert f"- **费用：** {words}" in report(replace(SESSION, cost=price)).split("\n")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "已结束（进程已退出）"),
        ("clear", "已结束（/clear）"),
        ("prompt_input_exit", "已结束（用户退出）"),
        ("other", "已结束"),
        ("brand_new", "已结束（brand_new）"),
    ],
)
def test_how_it_ended_is_said(reason: str, words: str) -> None:
    ended = replace(SESSION, state=SessionState.ENDED, end_reason=reason)
    assert f"**状态：** {words}" in report(ended)


def test_a_session_of_which_nothing_was_read_says_what_it_is_and_no_figures_it_has_not() -> None:
    text = report(Session(session_id="s1", project="api"))
    assert "会话时长" not in text
    assert "**会话时长：** 刚刚完成" in report(Session(session_id="s1", state=SessionState.ENDED))
    assert "Token" not in text
    assert "费用" not in text


def test_a_tasks_report_names_project_and_time_since_the_prompt() -> None:
    said = TaskReport(task_name="部署", status="success", duration="3 min")
    text = templates.task_report(
        said, agent="Claude Code", operator="", finished_at=AT, catalog=EN, session=SESSION
    ).text
    assert "**Project:** api (branch main)" in text
    assert "**Duration:** 12 min (the agent says: 3 min)" in text


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (1_000, "1k"), (1_240, "1.2k"), (9_999, "9.9k"), (182_900, "182k"), (1_499_999, "1.4M")],
)
def test_a_count_is_short_and_never_overstated(count: int, words: str) -> None:
    assert short(count) == words


def test_durations_and_money() -> None:
    said = [ZH(duration(ms)) for ms in (-5, 59_999, 60_000, 3_600_000, 90_000_000)]
    assert said == ["0 秒", "59 秒", "1 分钟", "1 小时 0 分钟", "1 天 1 小时"]
    assert [dollars(micros) for micros in (0, 1, 10_000, 1_994_999, 1_995_000, 1_234_560_000)] == [
        "$0.00",
        "<$0.01",
        "$0.01",
        "$1.99",
        "$2.00",
        "$1,234.56",
    ]


@given(value=st.text(alphabet="ab_*`~<>[]()#!|&;:\\$+-=.1 \n", max_size=40))
def test_no_value_of_a_session_is_changed_by_markdown(value: str) -> None:
    name = one_line(f"p{value}")
    session = replace(
        SESSION,
        project=name,
        branch=name,
        tools={name: ToolUse(calls=1)},
        tokens={name: Tokens(input=1)},
        tasks=(),
        commits=(name,),
        last_text=value,
    )
    said = SessionReport(session_type=name, duration=name)
    shown = visible(report(session, said))
    for fact in (
        f"🤖 Claude Code {name} · 阶段小结 · {name} · 1 小时 5 分钟 时间",
        f"项目： {name}（分支 {name}）",
        f"（智能体自述：{name}） 操作者",
        f"⎇ {name} ",
        f"（{name} 1）",
        f"模型： {name} 1 ",
        one_line(f"本次会话 {value.strip() or '会话仍在继续。'} ✅"),
    ):
        assert fact in shown
    task = templates.task_report(
        TaskReport(task_name=name, status="success", details="**bold**"),
        agent="Claude Code",
        operator=name,
        finished_at=AT,
        catalog=ZH,
    )
    assert f"任务名称： {name} 状态" in visible(task.text)
    assert f"操作者： {name} " in visible(task.text)
    assert "<strong>bold</strong>" in html_of(task.text)
    assert f"机器人「{name}」" in visible(templates.test_message(robot=name, operator="", sent_at=AT, catalog=ZH).text)


def test_a_report_names_the_worktree_beside_its_project() -> None:
    made = templates.session_report(
        SessionReport(),
        agent="Claude Code",
        operator="Ann",
        finished_at=AT,
        catalog=EN,
        session=replace(SESSION, worktree="fix_login"),
    )
    assert "api (fix_login)" in made.title
    assert "Project: api (fix_login) (branch main)" in visible(made.text)


_NAMES = {
    "mcp__github__create_issue": ToolUse(calls=2, failed=1),
    "mcp__plugin_x_gitlab__create_issue": ToolUse(calls=1),
    "mcp__dingtalk__dingtalk_notify_session_end": ToolUse(calls=1),
    "mcp__plugin_dt_dingtalk__dingtalk_send_text": ToolUse(calls=3),
    "Bash": ToolUse(calls=20),
}


def test_a_report_names_tools_as_people_do_and_does_not_count_itself() -> None:
    shown = report(replace(SESSION, tools=_NAMES))
    assert "- **工具使用：** 23 次（Bash 20, create_issue 3；失败 1，被拒 0）" in shown.split("\n")
    assert "mcp__" not in shown
    assert "dingtalk_" not in shown
    own = replace(SESSION, tools={"mcp__dingtalk__dingtalk_notify_session_end": ToolUse(calls=1)})
    assert "- **工具使用：** 0 次" in report(own).split("\n")


@pytest.mark.parametrize(("said", "stands"), [(23, False), (27, False), (24, True), (7, True), (0, False)])
def test_an_agent_that_counted_its_calls_to_us_too_is_not_contradicted(said: int, stands: bool) -> None:
    shown = report(replace(SESSION, tools=_NAMES), SessionReport(tools_used=said))
    assert ("自述：工具" in shown) is stands


@pytest.mark.parametrize(
    ("state", "title", "time"),
    [
        (SessionState.WORKING, "🤖 Claude Code: development session, interim report · api · 1 h 5 min", "**Time:**"),
        (SessionState.IDLE, "🤖 Claude Code: development session, interim report · api · 1 h 5 min", "**Time:**"),
        (SessionState.ENDED, "🤖 Claude Code: development session finished · api · 1 h 4 min", "**Finished:**"),
    ],
)
def test_a_report_from_the_middle_says_so_in_its_title(state: SessionState, title: str, time: str) -> None:
    made = templates.session_report(
        SessionReport(),
        agent="Claude Code",
        operator="",
        finished_at=AT,
        catalog=EN,
        session=replace(SESSION, state=state),
    )
    assert made.title == title
    assert time in made.text
    assert ("still running" in made.text) is (state is not SessionState.ENDED)


def test_an_interim_report_without_any_words_does_not_say_that_it_is_finished() -> None:
    made = templates.session_report(
        SessionReport(session_type="评审"),
        agent="Claude Code",
        operator="",
        finished_at=AT,
        catalog=ZH,
        session=Session(session_id="s1", last_text="", state=SessionState.WORKING),
    )
    assert made.title == "🤖 Claude Code 评审 · 阶段小结"
    assert "会话仍在继续。" in made.text
    assert "完成" not in made.text
