"""Notices as the group sees them, through the one door, by the owner's rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.watching import EACH, FAILS_NOW, SOON, Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.place import in_worktree
from tray_app.core.sessions.session import Asks, PendingCall, SessionState
from tray_app.core.settings.notices import (
    EndRule,
    LastingRule,
    LongRule,
    NoticeRules,
    NoticeSettings,
    QuietHours,
    WaitingRule,
)

pytestmark = pytest.mark.anyio

ASKED = events.Notified(asks=Asks.PERMISSION)
STOPPED = events.TurnEnded(last_text="All done.")
LEFT = events.SessionEnded(reason="prompt_input_exit")
AT_ONCE = WaitingRule(after_s=0, gap_minutes=0, details=True)
MERGED_MS = 3_300
ENDED = "✅ api: 会话结束，用时 1 小时 0 分钟"
HOUR_MS = 3_600_000


async def test_a_permission_nobody_gives_is_told_with_what_it_asks_and_the_last_words(work: Watching) -> None:
    pending = (PendingCall(tool="Bash", about="npm test", runs=True),)
    work.records.write(work.session(pending=pending, last_text="Now I run the tests.", branch="main"))
    await work.hook(ASKED)
    await work.pass_time(59_000)
    assert work.titles() == []
    await work.pass_time(5_000)
    assert work.titles() == ["⏳ api 在等您：允许运行 npm test？"]
    said = work.robot.received[0].text
    assert "> — Claude Code · main · " in said
    assert "Now I run the tests." in said
    (row,) = work.rows()
    assert (row.origin.source, row.origin.tool, row.origin.session, row.origin.project) == (
        Source.AUTO,
        "waiting",
        "s1",
        "api",
    )


async def test_a_reaction_in_time_means_silence(work: Watching) -> None:
    work.records.write(work.session(pending=(PendingCall(tool="Bash"),)))
    await work.hook(ASKED)
    await work.pass_time(30_000)
    work.records.write(work.session(last_ms=work.clock.wall))  # the call has its result
    await work.pass_time(120_000)
    assert work.rows() == []


async def test_a_reaction_while_the_notice_is_about_to_go_takes_it_back(work: Watching) -> None:
    work.rules(waiting=AT_ONCE)
    work.records.write(work.session())
    await work.hook(ASKED)
    await work.pass_time(1_000)
    work.records.write(work.session(last_ms=work.clock.wall))
    await work.pass_time(10_000)
    assert work.rows() == []


async def test_nobody_reacts_still_one_reminder_and_no_more(work: Watching) -> None:
    work.rules(waiting=WaitingRule(after_s=10, remind_minutes=1 / 3))
    work.records.write(work.session())
    await work.hook(ASKED)
    await work.pass_time(120_000)
    assert work.titles() == ["⏳ api 在等您：请求授权", "⏳ api 还在等您：请求授权"]


async def test_a_clock_that_jumps_changes_no_waiting(work: Watching) -> None:
    work.records.write(work.session())
    await work.hook(ASKED)
    work.clock.set_wall(-86_400_000)
    await work.pass_time(59_000)
    work.clock.set_wall(2 * 86_400_000)
    assert work.rows() == []
    await work.pass_time(5_000)
    assert len(work.titles()) == 1


async def test_a_long_sessions_end_sends_its_whole_report(work: Watching) -> None:
    work.records.write(work.session(last_text="Moved the parser.", prompts=2))
    await work.hook(STOPPED)
    await work.hook(LEFT)
    await work.pass_time(MERGED_MS)
    assert work.titles() == ["✅ api: Moved the parser"]
    said = work.robot.received[0].text
    for fact in ("📊 用时 1 小时 0 分钟", "120 Token", "> — Claude Code · "):
        assert fact in said


async def test_a_short_session_ends_in_silence(work: Watching) -> None:
    work.records.write(work.session(started_ms=work.clock.wall - 599_000))
    await work.hook(LEFT)
    await work.pass_time(MERGED_MS)
    assert work.rows() == []


async def test_the_agents_own_report_of_this_turn_stands_for_the_automatic_one(work: Watching) -> None:
    work.records.write(work.session(prompted_ms=work.clock.wall - 1_000))
    own = Origin(source=Source.MCP, tool="dingtalk_notify_session_end", session="s1", project="api")
    await work.office.send(TextMessage(content="report"), robot="", origin=own)
    await work.hook(LEFT)
    await work.pass_time(MERGED_MS)
    assert len(work.robot.received) == 1
    row = work.rows()[-1]
    assert (row.stage, row.origin.tool, row.title) == (Stage.DISCARDED, "session_end", ENDED)
    assert row.reason == text("notices.agent_told")


@pytest.mark.parametrize("refused", ["earlier turn", "other session", "paused"])
async def test_only_an_own_report_that_arrives_in_this_turn_counts(work: Watching, refused: str) -> None:
    name = "other" if refused == "other session" else "s1"
    own = Origin(source=Source.MCP, tool="dingtalk_notify_session_end", session=name, project="api")
    if refused == "paused":
        await work.office.control.pause(PauseFor.OPEN)
    await work.office.send(TextMessage(content="report"), robot="", origin=own)
    if refused == "paused":
        work.office.control.resume()
    await work.pass_time(1_000)
    later = work.clock.wall if refused == "earlier turn" else work.clock.wall - 2_000
    work.records.write(work.session(prompted_ms=later))
    await work.hook(LEFT)
    await work.pass_time(MERGED_MS)
    assert work.titles()[-1:] == [ENDED]


async def test_a_late_own_report_takes_back_the_automatic_one_within_its_window(work: Watching) -> None:
    work.records.write(work.session(prompted_ms=work.clock.wall - 1_000))
    await work.hook(LEFT)
    await work.pass_time(1_000)
    own = Origin(source=Source.MCP, tool="dingtalk_notify_task_complete", session="s1", project="api")
    await work.office.send(TextMessage(content="report"), robot="", origin=own)
    await work.pass_time(MERGED_MS)
    assert [row.stage for row in work.rows()] == [Stage.SENT, Stage.DISCARDED]


async def test_several_within_three_seconds_are_one_message(work: Watching) -> None:
    for name, project in (("s1", "api"), ("s2", "web"), ("s3", "doc")):
        work.records.write(work.session(name, project=project, cwd=f"/c/{project}"))
        await work.hook(events.TurnBrokeOff(error="rate_limit"), name)
        await work.pass_time(900)
    await work.pass_time(MERGED_MS)
    assert work.titles() == ["3 条合并：3 失败（api, web, doc）"]
    assert work.robot.received[0].text.count("## ❌") == 3


async def test_others_that_wait_are_told_together_after_an_hour_if_they_still_wait(work: Watching) -> None:
    work.rules(waiting=WaitingRule(after_s=60))
    for number, name in enumerate(("s1", "s2", "s3", "s4")):
        work.records.write(work.session(name, project=f"p{number}", cwd=f"/c/p{number}"))
        work.records.processes[number] = LiveProcess(pid=number + 7, session_id=name)
        await work.hook(ASKED, name)
        await work.jump(70_000)
        await work.pass_time(MERGED_MS)
    assert work.titles() == ["⏳ p0 在等您：请求授权"]
    await work.hook(events.ToolCalled(tool="Bash", tool_use_id="t1"), "s2")  # answered
    await work.jump(50 * 60_000)
    assert len(work.titles()) == 1
    await work.jump(10 * 60_000)
    await work.pass_time(MERGED_MS)
    assert [(row.origin.tool, row.origin.project) for row in work.rows()[1:]] == [("notices", "p2, p3")]
    await work.jump(2 * HOUR_MS)
    await work.pass_time(MERGED_MS)
    assert len(work.rows()) == 2


async def test_a_limit_that_stops_several_is_told_once_and_what_goes_on_in_time_is_not(work: Watching) -> None:
    work.rules(failure=LastingRule())
    for name in ("s1", "s2"):
        failed = work.session(name, failure="rate_limit", failed_ms=work.clock.wall)
        work.records.write(failed)
        await work.hook(events.TurnBrokeOff(error="rate_limit"), name)
    await work.pass_time(60_000)
    work.records.write(work.session("s2", last_ms=work.clock.wall, failure=""))  # it has answered after all
    await work.pass_time(65_000)
    assert [row.origin.session for row in work.rows()] == ["s1"]
    await work.hook(events.TurnBrokeOff(error="rate_limit"), "s3")
    await work.hook(events.TurnBrokeOff(error="overloaded"), "s4")
    await work.pass_time(125_000)
    assert [row.origin.session for row in work.rows()] == ["s1", "s4"]  # another reason is another message
    await work.jump(HOUR_MS)
    await work.pass_time(MERGED_MS)
    assert [row.origin.session for row in work.rows()] == ["s1", "s4", "s3"]


async def test_what_is_suppressed_opens_no_window_for_others(work: Watching) -> None:
    quiet = NoticeSettings(
        session_end=EACH, failure=FAILS_NOW, quiet_hours=QuietHours(start=10 * 60, end=11 * 60)
    )  # it is ten o'clock
    work.office.settings = replace(work.office.settings, notices=quiet)
    work.records.write(work.session())
    work.records.write(work.session("s2"))
    await work.hook(LEFT)
    await work.pass_time(2_900)
    await work.hook(events.TurnBrokeOff(error="overloaded"), "s2")
    await work.pass_time(2_900)
    assert [row.stage for row in work.rows()] == [Stage.DISCARDED]
    assert work.rows()[0].reason == text("notices.quiet_hours")
    await work.pass_time(400)
    assert work.titles() == ["❌ api 已中断：服务繁忙"]


async def test_a_failure_is_told_at_night_and_a_wait_is_not(work: Watching) -> None:
    night = NoticeSettings(quiet_hours=QuietHours(start=22 * 60, end=11 * 60), waiting=SOON, failure=FAILS_NOW)
    work.office.settings = replace(work.office.settings, notices=night)
    work.records.write(work.session())
    await work.hook(ASKED)
    await work.pass_time(61_000)
    await work.hook(events.TurnBrokeOff(error="authentication_failed"))
    await work.pass_time(MERGED_MS)
    assert [(row.origin.tool, row.stage) for row in work.rows()] == [
        ("waiting", Stage.DISCARDED),
        ("failure", Stage.SENT),
    ]


async def test_sub_agents_and_background_work_cause_nothing(work: Watching) -> None:
    work.rules(task_done=LongRule())
    began = work.clock.wall
    work.records.write(work.session(prompted_ms=began))
    await work.pass_time(1_000)
    await work.hook(events.TurnEnded(last_text="part"), agent_id="a1")
    await work.hook(events.SubagentEnded(last_text="part"), agent_id="a1")
    await work.hook(events.TurnBrokeOff(error="rate_limit"), agent_id="a1")
    await work.hook(events.TurnEnded(last_text="waiting for it", background_tasks=1))
    await work.pass_time(10_000)
    assert work.rows() == []
    await work.hook(STOPPED)
    await work.pass_time(1_000)
    await work.hook(STOPPED)  # called again by its background work: the same turn of the person
    await work.pass_time(10_000)
    assert work.titles() == ["✅ api: All done"]


async def test_a_session_known_by_its_process_alone_is_told_too(work: Watching) -> None:
    now = work.clock.wall
    process = LiveProcess(
        pid=7, session_id="s1", cwd="/c/api", state=SessionState.WORKING, started_ms=now - HOUR_MS, updated_ms=now
    )
    work.records.processes[7] = process
    await work.pass_time(3_000)
    asked = replace(process, state=SessionState.WAITING, asks=Asks.PERMISSION, updated_ms=work.clock.wall)
    work.records.processes[7] = asked
    await work.pass_time(66_000)
    assert work.titles() == ["⏳ api 在等您：请求授权"]
    del work.records.processes[7]
    await work.pass_time(8_000)
    assert work.titles()[1:] == ["✅ api: 会话结束，用时 1 小时 1 分钟"]


async def test_after_a_restart_nobody_is_told_again_of_a_wait_that_goes_on(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    asked = LiveProcess(
        pid=7, session_id="s1", cwd="/c/api", state=SessionState.WAITING, asks=Asks.PERMISSION, updated_ms=clock.wall
    )
    for told in (1, 1):
        async with watching(tmp_path, team, clock) as work:
            work.rules(waiting=WaitingRule(after_s=5, remind_minutes=0))
            work.records.processes[7] = asked
            await work.pass_time(30_000)
            assert len(work.titles()) == told
            assert [one.waiting_for for one in work.track.live()] == ["permission"]


async def test_old_transcripts_tell_nobody_anything(work: Watching) -> None:
    work.rules(session_end=EndRule(each=True), task_done=LongRule(), waiting=AT_ONCE)
    for number in range(20):
        work.records.write(work.session(f"old{number}", pending=(PendingCall(tool="Bash"),)))
    await work.pass_time(30_000)
    assert work.rows() == []


async def test_robot_and_mentions_are_the_kinds_own_and_the_projects(work: Watching) -> None:
    off = NoticeRules(failure=LastingRule(enabled=False))
    rules = NoticeSettings(failure=replace(FAILS_NOW, at_mobiles=("13800000000",)), projects={"web": off})
    work.office.settings = replace(work.office.settings, notices=rules)
    work.records.write(work.session())
    work.records.write(work.session("s2", project="web"))
    await work.pass_time(3_000)
    for name in ("s1", "s2"):
        await work.hook(events.TurnBrokeOff(error="billing_error"), name)
    await work.pass_time(MERGED_MS)
    assert [(seen.title, seen.mentions) for seen in work.robot.received] == [
        ("❌ api 已中断：账单问题", ("13800000000",))
    ]


async def test_a_pause_holds_notices_back_like_every_message(work: Watching) -> None:
    await work.office.control.pause(PauseFor.OPEN)
    work.records.write(work.session())
    await work.hook(LEFT)
    await work.pass_time(MERGED_MS)
    assert work.titles() == []
    assert [row.stage for row in work.rows()] == [Stage.BLOCKED]


async def test_a_muted_project_is_mute_in_its_worktrees_from_the_first_word_on(work: Watching) -> None:
    folder = "/home/someone/code/shop/.claude/worktrees/fix-login"
    quiet = replace(work.office.settings.notices, waiting=WaitingRule(enabled=False))
    rules = NoticeSettings(waiting=AT_ONCE, projects={"shop": NoticeRules(waiting=quiet.waiting)})
    work.office.settings = replace(work.office.settings, notices=rules)
    other = "/home/someone/trees/hotfix"
    work.disk.places[other] = in_worktree("/home/someone/code/shop", "hotfix")
    for name, cwd in (("s1", folder), ("s2", other), ("s3", "/home/someone/code/web")):
        work.track.on_hook(events.HookEvent(session_id=name, what=ASKED, cwd=cwd))
    await work.office.settle()
    await work.pass_time(MERGED_MS)
    assert [row.origin.project for row in work.rows()] == ["web"]


async def test_sessions_that_programs_run_are_mute_as_a_kind_where_the_owner_wants_it(work: Watching) -> None:
    on = NoticeSettings(session_end=EndRule(each=True), task_done=LongRule(), waiting=AT_ONCE, failure=FAILS_NOW)
    stop = events.TurnBrokeOff(error="rate_limit")
    for number, rules in enumerate((on, replace(on, scripted=False))):
        work.office.settings = replace(work.office.settings, notices=rules)
        for kind, name in ((True, f"program{number}"), (False, f"person{number}")):
            entrypoint = "sdk-cli" if kind else "cli"
            work.records.write(work.session(name, entrypoint=entrypoint, scripted=kind, project=f"{name}"))
            for what in (ASKED, stop, STOPPED, LEFT):
                await work.hook(what, name)
        await work.pass_time(MERGED_MS)
    told = {project for row in work.rows() for project in row.origin.project.split(", ")}
    assert told == {"program0", "person0", "person1"}


async def test_a_program_known_by_the_registry_alone_is_mute_too(work: Watching) -> None:
    rules = NoticeSettings(scripted=False, session_end=EndRule(each=True), waiting=AT_ONCE)
    work.office.settings = replace(work.office.settings, notices=rules)
    asked = LiveProcess(
        pid=7,
        session_id="s1",
        scripted=True,
        state=SessionState.WAITING,
        asks=Asks.PERMISSION,
        updated_ms=work.clock.wall + 1,
    )
    work.records.processes[7] = asked
    await work.pass_time(10_000)
    assert [one.scripted for one in work.track.live()] == [True]
    assert work.rows() == []


@pytest.mark.parametrize("reason", ["clear", "resume"])
async def test_going_on_with_another_session_is_no_end_unless_the_owner_wants_it(work: Watching, reason: str) -> None:
    left = events.SessionEnded(reason=reason, goes_on=True)
    for number, rule in enumerate((EndRule(each=True), EndRule(each=True, on_switch=True))):
        work.rules(session_end=rule)
        name = f"s{number}"
        work.records.write(work.session(name))
        await work.hook(STOPPED, name)
        await work.hook(left, name)
        await work.pass_time(MERGED_MS)
    assert [row.origin.session for row in work.rows()] == ["s1"]


async def test_without_hooks_a_client_that_goes_on_with_another_session_has_not_ended_either(work: Watching) -> None:
    work.rules(session_end=EndRule(each=True))
    for name in ("s1", "s2"):
        work.records.processes[7] = LiveProcess(pid=7, session_id=name, state=SessionState.IDLE, started_ms=1)
        work.records.write(work.session(name))
        await work.pass_time(10_000)
    assert [one.session_id for one in work.track.live()] == ["s2"]
    assert work.rows() == []
    work.records.processes.clear()
    await work.pass_time(10_000)
    assert [row.origin.session for row in work.rows()] == ["s2"]
