"""The menu as people read it, for every state the app can be in."""

from dataclasses import replace

import pytest

from tests.support.menus import CATALOGS, draw, labels, line, problem
from tests.support.snapshots import MINUTE, NOON, failed_send, paused, robot, send, snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import (
    CheckConnection,
    CopyUrl,
    OpenPage,
    Page,
    PauseSends,
    SendTest,
    ShowDelivery,
)
from tray_app.core.menu.item import Mark
from tray_app.core.menu.lines import IconState
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.session import SessionState
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import (
    AgentView,
    EndpointState,
    PhoneView,
    Snapshot,
    StoreState,
)

# ---- line 1, line 2 and the icon


def session(name: str, state: SessionState = SessionState.WORKING) -> SessionView:
    return SessionView(
        id=name, agent="claude-code", project=name, title="", state=state, since_ms=NOON, tools=1, tokens=1
    )


LIMITED = robot(limited_until_ms=NOON + 10 * MINUTE)
WAITS = robot("ops", waits_until_ms=NOON + 10 * MINUTE, wait_reason=text("dingtalk.busy"))
STATES: list[tuple[Snapshot, str, str, IconState]] = [
    (snapshot(), "● Running", "● 运行中", IconState.NORMAL),
    (
        snapshot(sessions=(session("a"), session("b", SessionState.WAITING)), sending=1),
        "● Running · 2 sessions, 1 waiting for you",
        "● 运行中 · 2 个会话，1 个等您",
        IconState.SENDING,
    ),
    (snapshot(sessions=(session("a"),)), "● Running · 1 session", "● 运行中 · 1 个会话", IconState.NORMAL),
    (
        snapshot(sessions=(session("a", SessionState.WAITING),), queued=2),
        "● Running · 1 session waits for you · 2 to s…",
        "● 运行中 · 1 个会话，正在等您 · 2 条待发",
        IconState.NORMAL,
    ),
    (
        snapshot(queued=3),
        "● Running · 3 to send",
        "● 运行中 · 3 条待发",
        IconState.NORMAL,
    ),
    (snapshot(pause=paused()), "⏸ Paused until 14:30", "⏸ 已暂停至 14:30", IconState.PAUSED),
    (
        snapshot(pause=paused(minutes=20 * 60)),
        "⏸ Paused until tomorrow 08:00",
        "⏸ 已暂停至 明天 08:00",
        IconState.PAUSED,
    ),
    (snapshot(pause=paused(minutes=None)), "⏸ Paused until you resume", "⏸ 已暂停，直到手动恢复", IconState.PAUSED),
    (snapshot(robots=()), "⚠ Not set up", "⚠ 尚未设置机器人", IconState.HOLLOW),
    (snapshot(robots=(robot(ready=False),)), "⚠ Not set up", "⚠ 尚未设置机器人", IconState.HOLLOW),
    (snapshot(endpoint=EndpointState.STARTING), "○ Starting…", "○ 正在启动…", IconState.NORMAL),
    (
        snapshot(
            endpoint=EndpointState.STARTING,
            problems=(
                Problem(
                    kind=ProblemKind.UPDATE,
                    reason=text("store.updating", step=2, steps=5, seconds=4),
                    hint=text("store.updating_hint"),
                ),
            ),
        ),
        "Updating the history: step 2 of 5, 4 s so far",
        "正在升级历史数据库：第 2/5 步，已用 4 秒",
        IconState.NORMAL,
    ),
    (snapshot(endpoint=EndpointState.STOPPING), "○ Stopping…", "○ 正在退出…", IconState.NORMAL),
    (
        snapshot(endpoint=EndpointState.PORT_IN_USE, pause=paused()),
        "⏸ Paused until 14:30 · see Fix",
        "⏸ 已暂停至 14:30 · 有问题待处理",
        IconState.PAUSED,
    ),
    (
        snapshot(endpoint=EndpointState.PORT_IN_USE),
        "✖ Port 8737 is in use",
        "✖ 端口 8737 已被占用",
        IconState.ERROR,
    ),
    (snapshot(endpoint=EndpointState.FAILED), "✖ Agents cannot connect", "✖ 智能体无法连接", IconState.ERROR),
    (
        snapshot(store=StoreState.DISK_FULL, problems=(problem(ProblemKind.STORE),)),
        "✖ The history cannot be written",
        "✖ 无法写入历史",
        IconState.ERROR,
    ),
    (
        snapshot(robots=(LIMITED,)),
        "⛔ DingTalk limits this robot until 12:10",
        "⛔ 钉钉限流至 12:10",
        IconState.ATTENTION,
    ),
    (
        snapshot(robots=(robot("a"), replace(LIMITED, name="ops"))),
        "⛔ DingTalk limits ops until 12:10",
        "⛔ 钉钉对 ops 限流至 12:10",
        IconState.ATTENTION,
    ),
    (
        snapshot(robots=(robot(limited_until_ms=NOON - 1),)),
        "● Running",
        "● 运行中",
        IconState.NORMAL,
    ),
    (
        snapshot(robots=(robot("a"), WAITS)),
        "… ops waits until 12:10: DingTalk is busy",
        "… ops 等待至 12:10：钉钉系统繁忙",
        IconState.NORMAL,
    ),
    (
        snapshot(robots=(WAITS,), problems=(problem(ProblemKind.SERVICE),)),
        "… ops waits until 12:10: DingTalk is busy",
        "… ops 等待至 12:10：钉钉系统繁忙",
        IconState.ERROR,
    ),
]


@pytest.mark.parametrize(("value", "english", "chinese", "icon"), STATES)
def test_the_first_line_and_the_icon_say_the_state(
    value: Snapshot, english: str, chinese: str, icon: IconState
) -> None:
    menu = draw(value)
    assert [menu.items[0].label, menu.tooltip[0], menu.icon] == [english, english, icon]
    assert menu.items[0].enabled is False
    assert draw(value, Language.ZH).items[0].label == chinese


@pytest.mark.parametrize(
    ("kind", "icon"),
    [
        (ProblemKind.LAST_SEND, IconState.ERROR),
        (ProblemKind.KEYRING, IconState.ERROR),
        (ProblemKind.QUOTA, IconState.ATTENTION),
        (ProblemKind.TRAY, IconState.NORMAL),
        (ProblemKind.NOT_SET_UP, IconState.HOLLOW),
    ],
)
def test_a_problem_shows_in_the_icon(kind: ProblemKind, icon: IconState) -> None:
    assert draw(snapshot(problems=(problem(kind),))).icon is icon


def test_the_second_line_says_what_became_of_the_newest_message() -> None:
    assert line(draw(snapshot()), "last").label == "Nothing sent yet"
    assert line(draw(snapshot(recent=(send(3), send(9)))), "last").label == "Last: ✓ 11:57 session report"
    assert line(draw(snapshot(recent=(send(13 * 60),))), "last").label == "Last: ✓ 11-21 23:00 session report"
    assert line(draw(snapshot(recent=(send(400 * 1440),))), "last").label == "Last: ✓ 2025-10-18 session report"
    assert line(draw(snapshot(recent=(send(3, "  \x00 "),))), "last").label == "Last: ✓ 11:57 message"


def test_a_failed_message_is_named_with_its_reason_and_can_be_clicked() -> None:
    menu = draw(snapshot(recent=(failed_send(3), send(9))))
    assert (line(menu, "last").label, line(menu, "last").action) == ("✖ 11:57 Nothing sent yet", ShowDelivery("d3"))
    assert line(draw(snapshot(recent=(send(9),))), "last").enabled is False


# ---- the lines below


def test_pause_offers_four_lengths() -> None:
    pause = line(draw(snapshot()), "pause")
    assert pause.label == "Pause notifications"
    assert labels(pause.children) == ["30 minutes", "1 hour", "Until tomorrow 08:00", "Until I resume"]
    assert [item.action for item in pause.children] == [PauseSends(each) for each in PauseFor]


def test_while_paused_there_is_one_checked_line_to_resume_and_no_test() -> None:
    menu = draw(snapshot(pause=paused()))
    resume = line(menu, "resume")
    assert resume.label == "Resume (paused until 14:30, 4 not sent)"
    assert (resume.mark, resume.checked, resume.children) == (Mark.CHECK, True, ())
    assert menu.find("pause") is None
    assert line(menu, "test").enabled is False


def test_a_resume_line_without_room_for_the_end_leaves_it_to_the_first_line() -> None:
    menu = draw(snapshot(pause=paused(minutes=20 * 60, blocked=1_234)))
    assert line(menu, "resume").label == "Resume (1234 not sent)"
    assert menu.items[0].label == "⏸ Paused until tomorrow 08:00"


def test_one_robot_has_one_test_line_and_several_have_one_each() -> None:
    assert line(draw(snapshot()), "test").action == SendTest()
    menu = draw(snapshot(robots=(robot("team"), robot("ops"), robot("new", ready=False))))
    assert [item.action for item in line(menu, "tests").children] == [SendTest("team"), SendTest("ops")]


def test_recent_sends_are_the_last_ten_with_time_mark_title_and_project() -> None:
    stages = [Stage.SENT, Stage.FAILED, Stage.BLOCKED, Stage.QUEUED]
    recent = tuple(send(number, stage=stages[number % 4], title=f"n{number}") for number in range(1, 13))
    *children, apart, history = line(draw(snapshot(recent=recent)), "recent").children
    assert apart.separator
    assert (history.label, history.action) == ("Open history…", OpenPage(Page.HISTORY))
    assert line(draw(snapshot()), "recent").children == (history,)
    assert labels(children)[:4] == ["11:59 ✖ n1 · api", "11:58 ‖ n2 · api", "11:57 … n3 · api", "11:56 ✓ n4 · api"]
    assert [item.action for item in children] == [ShowDelivery(f"d{number}") for number in range(1, 11)]


def test_a_long_title_gives_way_to_the_project() -> None:
    recent = (send(1, "t" * 80, project="p" * 80), send(2, project=""))
    assert labels(line(draw(snapshot(recent=recent)), "recent").children[:2]) == [
        "11:59 ✓ tttttttttttttttttt… · pppppppppppppp…",
        "11:58 ✓ session report",
    ]


def test_an_agent_is_connected_looked_at_and_its_address_copied() -> None:
    claude = line(draw(snapshot()), "agent.claude-code")
    assert [(item.label, item.action) for item in claude.children if not item.separator] == [
        ("Connect…", OpenPage(Page.CONNECT)),
        ("Check connection", CheckConnection("claude-code")),
        ("Disconnect…", OpenPage(Page.CONNECT)),
        ("Copy MCP URL", CopyUrl()),
        ("Other agents…", OpenPage(Page.CONNECT)),
    ]
    assert labels(line(draw(snapshot(), Language.ZH), "agent.claude-code").children) == [
        "连接…",
        "检查连接",
        "断开连接…",
        "复制 MCP 地址",
        "其他智能体…",
    ]
    assert line(draw(snapshot(url="")), "agent.claude-code.url").enabled is False


def test_each_agent_has_a_line_of_its_own() -> None:
    several = (AgentView(name="claude-code", title="Claude Code"), AgentView(name="scribe", title="Scribe"))
    shown = draw(snapshot(agents=several))
    lines = [line(shown, f"agent.{one.name}") for one in several]
    assert labels(lines) == ["Connect Claude Code", "Connect Scribe"]
    assert [[item.action for item in one.children[:2]] for one in lines] == [
        [OpenPage(Page.CONNECT), CheckConnection("claude-code")],
        [OpenPage(Page.CONNECT, "scribe"), CheckConnection("scribe")],
    ]


def test_every_text_of_the_menu_exists_in_both_languages_and_takes_the_same_arguments() -> None:
    english, chinese = CATALOGS[Language.EN].entries, CATALOGS[Language.ZH].entries
    mine = [key for key in english if key.startswith(("menu.", "tray."))]
    assert len(mine) > 40
    for key in mine:
        assert chinese[key] != ""
        assert _fields(english[key]) == _fields(chinese[key]), key


def _fields(template: str) -> set[str]:
    return {part.split("}")[0] for part in template.split("{")[1:]}


@pytest.mark.parametrize(
    ("paired", "hears", "said"),
    [
        (True, StreamPhase.CONNECTED, "Phone: connected"),
        (True, StreamPhase.REFUSED, "Phone: not let in"),
        (False, StreamPhase.CONNECTED, "Phone: nobody is paired…"),
    ],
)
def test_the_phone_has_a_line_where_an_app_robot_is_set_up(paired: bool, hears: StreamPhase, said: str) -> None:
    drawn = draw(snapshot(phone=PhoneView(robot="phone", paired=paired, hears=hears)))
    assert (line(drawn, "phone").label, line(drawn, "phone").action) == (said, OpenPage(Page.ROBOTS))
    assert draw(snapshot()).find("phone") is None
