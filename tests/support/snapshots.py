"""Snapshots of an app in the middle of its work, for faces to draw."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import text
from tray_app.core.policy.model import Risk, Stance
from tray_app.core.state.snapshot import (
    AgentView,
    EndpointState,
    PauseView,
    RefusalView,
    RobotOrigin,
    RobotView,
    SendView,
    Snapshot,
    StoreState,
    ToolView,
    VaultState,
    WaitingView,
)

MINUTE = 60_000
NOON = 1_795_320_000_000  # 2026-11-22 12:00 in Shanghai


def shanghai(at_ms: int) -> datetime:
    """Local time of the tests' owner."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms, hours=8)


def robot(name: str = "team", **changes: Any) -> RobotView:
    """Give a robot that is ready."""
    view = RobotView(
        name=name,
        channel="dingtalk",
        host="oapi.dingtalk.com",
        origin=RobotOrigin.KEYRING,
        default=True,
        ready=True,
        signed=True,
        keywords=(),
        queued=0,
        minute_used=3,
        minute_max=18,
        month_used=120,
        month_cap=3_000,
    )
    return replace(view, **changes)


def send(number: int, title: str = "session report", **changes: Any) -> SendView:
    """Give a message that was sent `number` minutes before noon."""
    view = SendView(
        id=f"d{number}",
        at_ms=NOON - number * MINUTE,
        stage=Stage.SENT,
        tool="dingtalk_send_markdown",
        title=title,
        robot="team",
        project="api",
    )
    return replace(view, **changes)


def snapshot(**changes: Any) -> Snapshot:
    """Give a running app with one robot and nothing sent."""
    value = Snapshot(
        now_ms=NOON,
        version="1.0.0",
        endpoint=EndpointState.RUNNING,
        url="http://127.0.0.1:8737/mcp",
        port=8737,
        pause=None,
        robots=(robot(),),
        vault=VaultState.OK,
        store=StoreState.OK,
        recent=(),
        queued=0,
        sending=0,
        clients=2,
        problems=(),
        agents=(AgentView(name="claude-code", title="Claude Code"),),
    )
    return replace(value, **changes)


def failed_send(number: int, **changes: Any) -> SendView:
    """Give a message DingTalk refused."""
    reason, hint = text("menu.last_none"), text("menu.settings")
    return send(number, stage=Stage.FAILED, reason=reason, hint=hint, **changes)


def paused(*, minutes: int | None = 150, blocked: int = 4) -> PauseView:
    """Give a pause that began ten minutes ago."""
    until = None if minutes is None else NOON + minutes * MINUTE
    return PauseView(since_ms=NOON - 10 * MINUTE, until_ms=until, blocked=blocked)


def held(number: int, title: str = "everybody!", **changes: Any) -> WaitingView:
    """Give a call that began to wait `number` minutes before noon, for half an hour."""
    view = WaitingView(
        session="s1",
        id=f"a{number}",
        tool="dingtalk_send_text",
        risk=Risk.WRITE,
        title=title,
        robot="team",
        project="api",
        client="claude-code",
        reason=text("policy.asks"),
        created_ms=NOON - number * MINUTE,
        expires_ms=NOON + (30 - number) * MINUTE,
    )
    return replace(view, **changes)


def tool(name: str = "dingtalk_send_text", **changes: Any) -> ToolView:
    """Give a sender that is allowed three of eighteen times a minute."""
    view = ToolView(name=name, risk=Risk.WRITE, stance=Stance.ALLOW, hidden=False, custom=False)
    return replace(view, **{"used": 3, "most": 18, "window_ms": MINUTE, **changes})


def refusal(**changes: Any) -> RefusalView:
    """Give a call that came too often, a minute before noon."""
    view = RefusalView(
        id="r1",
        delivery_id="d1",
        at_ms=NOON - MINUTE,
        tool="dingtalk_send_text",
        client="claude-code",
        rule="tools.dingtalk_send_text.limits[0]",
        reason=text("gate.limit_minute", used=18, most=18),
        counter="dingtalk_send_text_rate",
        used=18,
        most=18,
        frees_ms=NOON + MINUTE,
    )
    return replace(view, **changes)
