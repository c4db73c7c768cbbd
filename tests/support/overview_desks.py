"""Apps in the states that the overview is looked at in."""

from dataclasses import replace

from tests.support.desk import FakeServices, MemoryVault
from tests.support.snapshots import MINUTE, NOON, held, paused, robot, send, snapshot
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.kernel.texts import text
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.session import SessionState
from tray_app.core.sessions.usage.budget import BudgetPeriod, BudgetView
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import VaultState


def sessions() -> tuple[SessionView, ...]:
    """Give a session of each state."""
    waiting = SessionView(
        id="s1",
        agent="claude-code",
        project="billing",
        title="Move invoices to the new tax rules",
        state=SessionState.WAITING,
        since_ms=NOON - 2 * MINUTE,
        tools=12,
        tokens=81_400,
        waiting_for="permission",
        asks="Bash npm publish --tag next",
    )
    working = replace(waiting, id="s2", project="api", title="", state=SessionState.WORKING, tools=38, tokens=182_000)
    idle = replace(
        waiting, id="s3", project="", title="Explain the build", state=SessionState.IDLE, tools=0, tokens=950
    )
    return waiting, replace(working, since_ms=NOON - 12 * MINUTE), idle


def held_call(words: str) -> Approval:
    """Give a call that waits, with what it would say."""
    view = held(5, title="Release 2.4 is out")
    return Approval(
        id=view.id,
        tool=view.tool,
        risk=view.risk,
        origin=Origin(source=Source.MCP, tool=view.tool, client=view.client, project=view.project),
        robot=view.robot,
        title=view.title,
        details=((text("approvals.field_robot"), view.robot), (text("approvals.field_text"), words)),
        rule="tools.dingtalk_send_text.action",
        reason=view.reason,
        fingerprint="0" * 64,
        created_ms=view.created_ms,
        expires_ms=view.expires_ms,
    )


def waiting_desk() -> FakeServices:
    """Give the same app with a call that waits for the owner, and what the last days cost."""
    desk, words = busy_desk(), "Release 2.4 is out.\n\n- 退款改用 BigDecimal\n- <b>no</b> tags"
    desk.base = replace(
        desk.base,
        waiting=(held(5, title="Release 2.4 is out"),),
        week=(2_000_000, 0, 9_000_000, 4_000_000, 1_000_000, 12_000_000, 3_104_000),
        budgets=(BudgetView(period=BudgetPeriod.DAY, since="2026-11-22", limit=5_000_000, spent=3_104_000),),
    )
    desk.held = (held_call(words),)
    return desk


def busy_desk() -> FakeServices:
    """Give an app in the middle of a working day."""
    limited = robot(
        "ops", default=False, minute_used=18, month_used=2_600, queued=3, limited_until_ms=NOON + 5 * MINUTE
    )
    reason, hint = text("credentials.swapped"), text("credentials.swapped_hint")
    recent = (
        send(1, stage=Stage.FAILED, reason=reason, hint=hint, title="Nightly build"),
        send(3),
        send(9, stage=Stage.QUEUED, robot="ops"),
        send(40, stage=Stage.BLOCKED, title="", project=""),
        send(1_500, title="会话结束：把发票迁移到新税率，并补齐单元测试与文档"),
    )
    base = snapshot(
        recent=recent,
        sessions=sessions(),
        today=DayView(tokens=1_240_000, micros=3_104_000),
        problems=(Problem(kind=ProblemKind.LAST_SEND, reason=reason, hint=hint),),
    )
    return FakeServices(base=base, views={"team": robot("team", minute_used=15), "ops": limited})


def paused_desk() -> FakeServices:
    """Give a paused app whose keyring is locked."""
    problem = Problem(kind=ProblemKind.KEYRING, reason=text("pages.vault_locked"), hint=text("pages.vault_locked_hint"))
    base = snapshot(pause=paused(), problems=(problem,), today=DayView(tokens=12_000, micros=None))
    return FakeServices(
        base=base, views={"team": robot("team", ready=False)}, vault=MemoryVault(state=VaultState.LOCKED)
    )


def new_desk() -> FakeServices:
    """Give an app without robots."""
    problem = Problem(
        kind=ProblemKind.NOT_SET_UP, reason=text("credentials.no_robot"), hint=text("credentials.set_up_hint")
    )
    return FakeServices(base=snapshot(problems=(problem,), clients=0))
