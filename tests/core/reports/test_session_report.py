"""What a report of a session shows: what was measured, the agent's words beside it, nothing that nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.rendered import html_of, one_line, visible
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.messages.requests import SessionReport, TaskReport
from tray_app.core.reports import templates
from tray_app.core.reports.outcome import outcome_of
from tray_app.core.sessions.figures import dollars, duration, short
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
    assert message.title == "📋 api 阶段小结: Everything is green"
    assert (
        message.text
        == """### 📋 api 阶段小结: Everything is green

- ✓ Fix login
- ○ Test it

**提交** 1 个：Fix login

**文件** 2 个（+120 −30）：a、b

📊 用时 1 小时 5 分钟（活跃 18 分钟） · 工具 38 次 · 183k Token · 约 $1.23

> — 王小明 · Claude Code · main · 09:05"""
    )
    assert message.full == ""


@pytest.mark.parametrize("catalog", [ZH, EN])
def test_three_lines_and_the_rest_for_the_owners_page(catalog: Catalog) -> None:
    said = SessionReport(summary="退款改用 BigDecimal，214 个用例通过。\n- a\n- b\n- c\n- d\n- e")
    made = templates.session_report(
        said, agent="Claude Code", operator="", finished_at=AT, catalog=catalog, session=replace(SESSION, tasks=())
    )
    assert made.text.split("\n\n")[1:3] == ["- a\n- b\n- c", catalog("message.more_on_page", count=2)]
    assert made.full == made.text.replace("- a\n- b\n- c\n\n" + made.text.split("\n\n")[2], "- a\n- b\n- c\n- d\n- e")
    gone = templates.session_report(
        said, agent="Claude Code", operator="", finished_at=AT, catalog=catalog, session=None, kept=False
    )
    assert catalog("report.more", count=2) in gone.text
    assert catalog("message.more_on_page", count=2) not in gone.text


def test_a_code_block_that_is_cut_ends_and_a_long_line_too() -> None:
    text = report(said=SessionReport(summary="Done\n```\n1\n2\n3\n```\n"))
    assert "\n\n```\n1\n2\n```\n\n" in text
    made = templates.session_report(
        SessionReport(main_tasks=("x" * 900,)), agent="a", operator="", finished_at=AT, catalog=ZH, session=None
    )
    assert max(map(len, made.text.split("\n"))) == 200
    assert "x" * 900 in made.full


def test_the_agents_figures_stand_beside_the_measured_ones_and_only_where_they_differ() -> None:
    said = SessionReport(files_count=9, tools_used=38, duration="半小时", summary="# Mine", main_tasks=("Only this",))
    lines = report(said=said).split("\n")
    assert lines[0] == "### 📋 api 阶段小结: Mine"
    assert "- Only this" in lines
    figures = (
        "用时 1 小时 5 分钟（活跃 18 分钟）（Claude Code 自报 半小时） · 工具 38 次 · 文件 2 个（Claude Code 自报 9）"
    )
    assert f"📊 {figures} · 183k Token · 约 $1.23" in lines


def test_one_of_a_kind_is_said_as_one() -> None:
    said = SessionReport(files_count=1, tools_used=1)
    made = templates.session_report(said, agent="a", operator="", finished_at=AT, catalog=EN, session=None, kept=False)
    assert "1 tool call · 1 file" in made.text


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Cost(micros=0), " · 约 $0.00"),
        (Cost(micros=9_999), " · 约 <$0.01"),
        (Cost(micros=1_500_000, by_client=True), " · $1.50"),
        (Cost(micros=None, unknown_models=("claude-z",)), ""),
    ],
)
def test_an_estimate_is_called_one_and_an_unknown_price_is_never_zero(price: Cost, words: str) -> None:
    assert f"· 183k Token{words}\n" in report(replace(SESSION, cost=price))


@pytest.mark.parametrize(
    ("state", "failure", "title"),
    [
        (SessionState.ENDED, "", "✅ api: Everything is green"),
        (SessionState.ENDED, "rate_limit", "❌ api: Everything is green"),
        (SessionState.WORKING, "", "📋 api, interim report: Everything is green"),
        (SessionState.IDLE, "", "📋 api, interim report: Everything is green"),
    ],
)
def test_how_it_stands_is_the_titles_mark(state: SessionState, failure: str, title: str) -> None:
    made = templates.session_report(
        SessionReport(),
        agent="Claude Code",
        operator="",
        finished_at=AT,
        catalog=EN,
        session=replace(SESSION, state=state, failure=failure),
    )
    assert made.title == title


def test_a_session_of_which_nothing_was_read_says_what_it_is_and_no_figures_it_has_not() -> None:
    assert report(Session(session_id="s1", project="api")) == "### 📋 api: 阶段小结\n\n> — 王小明 · Claude Code · 09:05"
    ended = report(Session(session_id="s1", state=SessionState.ENDED))
    assert ended.startswith("### ✅ Claude Code: 会话结束\n")
    assert "完成" not in report(replace(SESSION, last_text="", tasks=()))
    after = report(replace(SESSION, last_text="", state=SessionState.ENDED))
    assert after.startswith("### ✅ api: 会话结束，用时 1 小时 4 分钟\n")


def test_words_that_an_argument_has_by_default_say_nothing() -> None:
    usual = SessionReport(session_type="开发协助", summary="会话已完成")
    assert report(said=usual) == report()
    assert report(said=SessionReport(session_type="评审")).startswith("### 📋 api · 评审 阶段小结: Everything")


def test_a_tasks_report_names_project_and_time_since_the_prompt() -> None:
    said = TaskReport(task_name="部署", status="success", duration="3 min")
    made = templates.task_report(said, agent="Claude Code", operator="", finished_at=AT, catalog=EN, session=SESSION)
    assert made.title == "✅ api: 部署 · done"
    assert "📊 12 min (Claude Code says 3 min)" in made.text
    assert made.text.endswith("> — Claude Code · main · 09:05")


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
        f"📋 {name} · {name} 阶段小结: ",
        f"提交 1 个：{name} ",
        f"（Claude Code 自报 {name}）",
        f"Claude Code · {name} · 09:05",
    ):
        assert one_line(fact) in shown
    outcome = outcome_of(value)
    assert one_line(outcome.words) in shown
    below = [line for line in outcome.rest.split("\n") if line.strip()][:3]
    assert one_line("\n".join(below)) in shown
    task = templates.task_report(
        TaskReport(task_name=name, status="success", details="**bold**"),
        agent="Claude Code",
        operator=name,
        finished_at=AT,
        catalog=ZH,
    )
    assert f"✅ {name}: 已完成" in visible(task.text)
    assert f"— {name} · Claude Code" in visible(task.text)
    assert "<strong>bold</strong>" in html_of(task.text)
    assert f"机器人“{name}”" in visible(templates.test_message(robot=name, operator="", sent_at=AT, catalog=ZH).text)


def test_a_report_names_the_worktree_beside_its_project() -> None:
    made = templates.session_report(
        SessionReport(),
        agent="Claude Code",
        operator="Ann",
        finished_at=AT,
        catalog=EN,
        session=replace(SESSION, worktree="fix_login"),
    )
    assert made.title == "📋 api (fix_login), interim report: Everything is green"


_NAMES = {
    "mcp__github__create_issue": ToolUse(calls=2, failed=1),
    "mcp__plugin_x_gitlab__create_issue": ToolUse(calls=1),
    "mcp__dingtalk__dingtalk_notify_session_end": ToolUse(calls=1),
    "mcp__plugin_dt_dingtalk__dingtalk_send_text": ToolUse(calls=3),
    "Bash": ToolUse(calls=20),
}


@pytest.mark.parametrize(("said", "stands"), [(23, False), (27, False), (24, True), (7, True), (0, False)])
def test_a_report_does_not_count_itself_and_an_agent_that_did_is_not_contradicted(said: int, stands: bool) -> None:
    shown = report(replace(SESSION, tools=_NAMES), SessionReport(tools_used=said))
    assert "工具 23 次" in shown
    assert ("自报" in shown) is stands
    own = replace(SESSION, tools={"mcp__dingtalk__dingtalk_notify_session_end": ToolUse(calls=1)})
    assert "工具" not in report(own)
