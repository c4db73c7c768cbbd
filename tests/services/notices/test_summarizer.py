"""The summary of the day, through the one door: once for each day and robot, whatever comes between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import StepClock
from tests.support.watching import EACH, Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.session import Cost, SessionState
from tray_app.core.settings.notices import EndRule, NoticeRules, NoticeSettings, QuietHours, SummarySettings
from tray_app.core.settings.routes import Route

pytestmark = pytest.mark.anyio

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LEFT = events.SessionEnded(reason="prompt_input_exit")
LATER = 8 * HOUR_MS + 5 * MINUTE_MS  # from ten o'clock, when every test begins, to just after six


@pytest.fixture
async def work(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Watching]:
    async with watching(tmp_path, team, clock) as work:
        as_usual(work)
        yield work


def as_usual(work: Watching, **more: Any) -> None:
    work.office.settings = replace(work.office.settings, notices=replace(NoticeSettings(), **more))


async def ended(work: Watching, name: str, **facts: Any) -> None:
    """A session that worked for half an hour and was left."""
    facts = {"prompts": 3, "active_ms": 30 * MINUTE_MS, "cost": Cost(micros=1_200_000), **facts}
    work.records.write(work.session(name, **facts))
    await work.hook(LEFT, name)


async def opened(work: Watching, name: str, **facts: Any) -> None:
    """A session whose client runs."""
    work.records.write(work.session(name, **facts))
    work.records.processes[7] = LiveProcess(pid=7, session_id=name, state=SessionState.IDLE, started_ms=1)
    await work.pass_time(5_000)


def summaries(work: Watching) -> list[str]:
    return [row.title for row in work.rows() if row.origin.tool == "summary"]


async def test_at_the_hour_the_group_gets_one_message_of_all_sessions_and_no_other(work: Watching) -> None:
    await ended(work, "s1", last_text="退款改用 BigDecimal，214 个用例通过\n\n细节……", project="shop", cwd="/c/shop")
    await ended(work, "s2", project="shop", cwd="/c/shop", failure="rate_limit", title="对账")
    await ended(work, "s3", commits=("Fix the parser",))
    await opened(work, "s4", prompts=1, last_text="Which one?")
    await work.jump(LATER)
    assert work.titles() == ["📅 今日小结（11-21）：2 个完成 · 1 个失败 · 1 个未结束"]
    said = work.robot.received[0].text
    for line in (
        "**合计：** 4 个会话 · 2 小时 30 分钟 · $3.60",
        "#### shop：1 个完成 · 1 个失败 · 1 小时 0 分钟 · $2.40",
        "- ❌ 对账 · 已中断：已达用量上限 · 30 分钟 · $1.20",
        "- ✅ 退款改用 BigDecimal，214 个用例通过 · 30 分钟 · $1.20",
        "- ✅ Fix the parser · 30 分钟 · $1.20",
        "- ▶️ Which one? · 1 小时 0 分钟",
    ):
        assert line in said, said


async def test_without_sessions_there_is_no_message_and_yesterdays_are_not_told_again(work: Watching) -> None:
    await ended(work, "s1")
    await work.jump(LATER)
    assert len(summaries(work)) == 1
    await work.jump(3 * 24 * HOUR_MS)
    assert len(summaries(work)) == 1


async def test_what_goes_on_the_next_day_is_told_with_that_days_share(work: Watching) -> None:
    await opened(work, "s1", prompts=1, active_ms=HOUR_MS, cost=Cost(micros=2_000_000))
    await work.jump(LATER)
    await work.jump(12 * HOUR_MS)
    await ended(work, "s1", active_ms=HOUR_MS + 20 * MINUTE_MS, cost=Cost(micros=2_500_000), last_text="Whole.")
    await work.jump(24 * HOUR_MS)
    assert len(summaries(work)) == 2
    assert "**合计：** 1 个会话 · 20 分钟 · $0.50" in work.robot.received[1].text


async def test_sessions_with_a_message_of_their_own_are_counted_and_not_told_twice(work: Watching) -> None:
    as_usual(work, projects={"shop": NoticeRules(session_end=EACH)})
    await ended(work, "s1", project="shop", cwd="/c/shop")
    await work.pass_time(5_000)
    own = Origin(source=Source.MCP, tool="dingtalk_notify_session_end", session="s2", project="api")
    await work.office.send(TextMessage(content="report"), robot="", origin=own)
    await ended(work, "s2", prompted_ms=work.clock.wall - HOUR_MS)
    await work.jump(LATER)
    assert [row.origin.tool for row in work.rows()] == ["session_end", "dingtalk_notify_session_end"]  # nothing is left
    await ended(work, "s3")
    await work.jump(24 * HOUR_MS)
    assert summaries(work) == ["📅 今日小结（11-22）：1 个完成"]


async def test_an_explicit_rule_of_an_older_app_and_a_route_of_the_kind_keep_their_messages(work: Watching) -> None:
    work.office.settings = replace(
        work.office.settings, routes=(Route(kind="session_end", project="shop", robot="team"),)
    )
    await ended(work, "s1", project="shop", cwd="/c/shop")
    await ended(work, "s2")
    await work.pass_time(5_000)
    assert [row.origin.project for row in work.rows()] == ["shop"]


async def test_sessions_that_the_owner_mutes_are_in_no_summary(work: Watching) -> None:
    as_usual(work, scripted=False, projects={"shop": NoticeRules(session_end=EndRule(enabled=False))})
    await ended(work, "s1", project="shop", cwd="/c/shop")
    await ended(work, "s2", scripted=True, entrypoint="sdk-cli")
    await work.jump(LATER)
    assert work.rows() == []


async def test_restarts_tell_nothing_twice(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    for hours, told in ((0, 0), (9, 1), (1, 1), (2, 1), (10, 1), (12, 1)):
        clock.step(hours * HOUR_MS)  # the app is off
        async with watching(tmp_path, team, clock) as work:
            as_usual(work)
            if not hours:
                await ended(work, "s1")
            await work.jump(10 * MINUTE_MS)
            assert len(summaries(work)) == told


async def test_an_app_that_was_off_at_the_hour_tells_in_the_morning_of_yesterday(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with watching(tmp_path, team, clock) as work:
        as_usual(work)
        await ended(work, "s1")
        await work.jump(HOUR_MS)
    clock.step(21 * HOUR_MS)
    for _ in range(2):
        async with watching(tmp_path, team, clock) as work:
            as_usual(work)
            await work.jump(10 * MINUTE_MS)
            assert summaries(work) == ["📅 昨日小结（11-21）：1 个完成"]


async def test_a_pause_and_quiet_hours_put_it_off_and_it_is_made_up_for(work: Watching) -> None:
    await ended(work, "s1")
    await work.office.control.pause(PauseFor.OPEN)
    await work.jump(LATER)
    assert work.rows() == []
    as_usual(work, quiet_hours=QuietHours(start=18 * 60, end=19 * 60))
    work.office.control.resume()
    await work.jump(30 * MINUTE_MS)
    assert work.rows() == []
    await work.jump(30 * MINUTE_MS)
    assert summaries(work) == ["📅 今日小结（11-21）：1 个完成"]


async def test_it_is_on_the_disk_before_it_is_sent_and_a_disk_that_fails_sends_nothing(
    work: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(work, "s1")
    await work.jump(HOUR_MS)

    def full(_key: str, _value: object) -> None:
        raise StoreUnavailable(text("store.disk_full"), text("store.disk_full_hint"))

    with monkeypatch.context() as broken:
        broken.setattr(work.office.store, "write_state", full)
        await work.jump(LATER)
        assert work.rows() == []
    await work.jump(10 * MINUTE_MS)
    assert len(summaries(work)) == 1


async def test_a_kill_between_the_record_and_the_message_sends_no_second_one(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, team, clock) as work:
        as_usual(work)
        await ended(work, "s1")
        await work.jump(HOUR_MS)
        sent: list[str] = []

        async def killed(*_: object, robot: str, **__: object) -> None:
            sent.append(robot)
            raise RuntimeError("killed")

        monkeypatch.setattr(work.office.notify, "send", killed)
        await work.jump(LATER)
        assert sent == ["team"]
    async with watching(tmp_path, team, clock) as work:
        as_usual(work)
        await work.jump(HOUR_MS)
        assert summaries(work) == []


async def test_a_week_is_told_on_its_day_and_a_switched_off_one_never(work: Watching) -> None:
    as_usual(work, summary=SummarySettings(every="week", on="sun"))  # it is Friday
    await ended(work, "s1")
    await work.jump(24 * HOUR_MS + LATER)
    assert work.rows() == []
    await work.jump(24 * HOUR_MS)
    assert summaries(work) == ["📅 本周小结（11-21 至 11-23）：1 个完成"]
    as_usual(work, summary=SummarySettings(enabled=False))
    await ended(work, "s2")
    await work.jump(7 * 24 * HOUR_MS)
    assert len(summaries(work)) == 1


async def test_a_journey_over_time_zones_makes_no_second_summary_of_a_day(work: Watching) -> None:
    await ended(work, "s1")
    await work.jump(LATER)
    work.local = lambda at_ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms, hours=-8)
    await ended(work, "s2")
    await work.jump(16 * HOUR_MS)  # it is six o'clock of the same day again
    assert len(summaries(work)) == 1
    await work.jump(24 * HOUR_MS)
    assert summaries(work)[1:] == ["📅 今日小结（11-22）：1 个完成"]
