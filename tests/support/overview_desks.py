"""Apps in the states that the overview is looked at in."""

from dataclasses import replace

from tests.support.desk import FakeServices, MemoryVault
from tests.support.snapshots import MINUTE, NOON, paused, robot, send, snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import text
from tray_app.core.sessions.live_view import DayView, SessionView
from tray_app.core.sessions.session import SessionState
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
