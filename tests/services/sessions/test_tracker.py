"""Which sessions run and what they do, from whichever of the three sources is there."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.watching import CWD, Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.session import Asks, Cost, PendingCall, SessionState, Tokens, ToolUse

pytestmark = pytest.mark.anyio

STARTED = events.SessionStarted(source="startup")


def process(work: Watching, **facts: object) -> LiveProcess:
    usual: dict[str, object] = {"pid": 7, "session_id": "s1", "cwd": CWD, "updated_ms": work.clock.wall}
    return LiveProcess(**{**usual, **facts})  # type: ignore[arg-type]  # one dictionary for all fields


def states(work: Watching) -> list[tuple[str, SessionState]]:
    return [(session.session_id, session.state) for session in work.track.live()]


async def test_all_sources_together_give_one_session(work: Watching) -> None:
    now = work.clock.wall
    work.records.write(
        work.session(
            state=SessionState.WORKING,
            tools={"Bash": ToolUse(calls=38)},
            tokens={"m": Tokens(input=182_000)},
            pending=(PendingCall(tool="Bash", about="npm test"),),
            title="Fix it",
        )
    )
    work.records.processes[7] = process(work, state=SessionState.WAITING, asks=Asks.PERMISSION)
    await work.hook(STARTED)
    await work.pass_time(1_000)
    assert work.track.views() == (
        SessionView(
            id="s1",
            agent="claude-code",
            project="api",
            title="Fix it",
            state=SessionState.WAITING,
            since_ms=now,
            tools=38,
            tokens=182_000,
            waiting_for="permission",
            asks="Bash npm test",
        ),
    )


@pytest.mark.parametrize("without", ["hooks", "registry", "transcripts"])
async def test_any_source_may_be_missing(work: Watching, without: str) -> None:
    if without != "transcripts":
        work.records.write(work.session(state=SessionState.WORKING))
    if without != "registry":
        work.records.processes[7] = process(work, state=SessionState.WORKING)
    if without != "hooks":
        await work.hook(STARTED)
        await work.hook(events.ToolCalled(tool="x", tool_use_id="t1"))
    await work.pass_time(4_000)
    (session,) = work.track.live()
    assert (session.session_id, session.project, session.state) == ("s1", "api", SessionState.WORKING)


async def test_hooks_are_heard_where_the_reader_fails(work: Watching) -> None:
    work.records.broken = True
    await work.hook(STARTED)
    await work.hook(events.Notified(asks=Asks.PERMISSION))
    assert states(work) == [("s1", SessionState.WAITING)]


async def test_a_prompt_that_the_person_types_shows_at_once(work: Watching) -> None:
    await work.hook(events.TurnEnded(last_text="Done."))
    assert states(work) == [("s1", SessionState.IDLE)]
    await work.hook(events.Prompted())
    assert states(work) == [("s1", SessionState.WORKING)]


async def test_a_dialog_on_the_screen_waits_on_when_the_turn_ends_or_another_call_is_made(work: Watching) -> None:
    await work.hook(STARTED)
    work.records.processes[7] = process(work, state=SessionState.WAITING, asks=Asks.PERMISSION)
    await work.pass_time(4_000)
    await work.hook(events.ToolCalled(tool="x", tool_use_id="t1"))
    await work.hook(events.TurnEnded(last_text="done", background_tasks=1))
    assert states(work) == [("s1", SessionState.WAITING)]
    work.records.processes[7] = process(work, state=SessionState.IDLE)
    await work.pass_time(4_000)
    assert states(work) == [("s1", SessionState.IDLE)]


async def test_a_wait_that_is_over_is_seen_within_half_a_second(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WAITING, asks=Asks.PERMISSION)
    await work.hook(STARTED)  # it is looked at now
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    await work.pass_time(500)
    assert states(work) == [("s1", SessionState.WORKING)]


async def test_calls_that_got_a_result_are_told_once_all_was_read(work: Watching) -> None:
    one, two, three = (PendingCall(tool="Bash", about=name, id=name) for name in "abc")

    async def reads(*pending: PendingCall, complete: bool = True) -> None:
        work.records.complete = complete
        work.records.write(work.session(pending=pending))
        await work.hook(events.Notified())

    work.records.processes[7] = process(work, state=SessionState.WAITING, asks=Asks.PERMISSION)
    await work.pass_time(1_000)
    await reads(one, two)
    await reads(one, two)
    assert work.calls == []
    await reads(two)
    await reads(three, complete=False)  # more of it is still to be read
    await reads(three, two)
    await reads()
    assert work.calls == [(["a", "b"], ["b"]), (["b"], ["c", "b"]), (["c", "b"], [])]


async def test_those_that_wait_come_first_then_those_that_work(work: Watching) -> None:
    for pid, (name, state) in enumerate(
        (("a", SessionState.IDLE), ("b", SessionState.WORKING), ("c", SessionState.WAITING))
    ):
        work.records.processes[pid] = process(work, pid=pid, session_id=name, state=state)
    await work.pass_time(4_000)
    assert [name for name, _ in states(work)] == ["c", "b", "a"]


async def test_nobody_there_nothing_is_read_but_the_registry_now_and_then(work: Watching) -> None:
    scans, looks = work.records.scans, work.records.looks
    await work.pass_time(60_000)
    assert work.records.scans == scans
    assert work.records.looks - looks <= 20

    work.records.tells = True
    await work.pass_time(10_000)
    looks = work.records.looks
    await work.pass_time(60_000)
    assert work.records.scans == scans
    assert work.records.looks - looks <= 6


async def test_what_is_written_shows_within_300_ms(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    work.records.write(work.session())
    await work.pass_time(4_000)
    changes = work.changes
    work.records.write(work.session(tokens={"m": Tokens(input=999)}))
    await work.pass_time(300)
    assert work.track.views()[0].tokens == 999
    assert work.changes > changes


async def test_where_the_system_tells_nobody_looks_but_now_and_then(work: Watching) -> None:
    work.records.tells = True
    work.records.processes[7] = process(work, state=SessionState.IDLE)
    work.records.write(work.session())
    await work.pass_time(4_000)
    scans, looks = work.records.scans, work.records.looks
    await work.pass_time(60_000)
    assert work.records.scans - scans <= 20  # what no kernel tells: networks, a process that ends
    assert work.records.looks - looks <= 20
    assert states(work) == [("s1", SessionState.IDLE)]


async def test_what_the_system_tells_shows_at_once(work: Watching) -> None:
    work.records.tells = True
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    work.records.write(work.session())
    await work.pass_time(4_000)
    work.records.write(work.session(tokens={"m": Tokens(input=999)}))
    work.records.on_stir()
    await work.pass_time(0)
    assert work.track.views()[0].tokens == 999

    work.records.processes[7] = process(work, state=SessionState.WAITING, asks=Asks.PERMISSION)
    work.records.on_stir()
    await work.pass_time(1_000)  # the registry has its turn once a second
    assert states(work) == [("s1", SessionState.WAITING)]


async def test_a_process_that_ends_without_a_word_is_missed_in_time_where_the_system_tells(work: Watching) -> None:
    work.records.tells = True
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    work.records.write(work.session())
    await work.pass_time(4_000)
    del work.records.processes[7]
    await work.pass_time(7_000)
    assert states(work) == []


async def test_a_face_is_not_redrawn_while_nothing_happens(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.IDLE)
    await work.pass_time(4_000)
    changes = work.changes
    await work.pass_time(50_000)
    assert work.changes - changes <= 1  # a new minute


async def test_an_end_shows_at_once_and_the_process_may_linger(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    await work.hook(STARTED)
    await work.hook(events.SessionEnded(reason="other"))
    await work.pass_time(3_000)
    assert states(work) == []
    work.records.processes[7] = process(work, state=SessionState.IDLE, updated_ms=work.clock.wall)  # --resume
    await work.hook(events.SessionStarted(source="resume"))
    await work.pass_time(1_000)
    assert states(work) == [("s1", SessionState.IDLE)]


async def test_clear_ends_one_session_and_begins_another_in_the_same_process(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    await work.pass_time(4_000)
    await work.hook(events.SessionEnded(reason="clear"))
    work.records.processes[7] = process(work, session_id="s2", state=SessionState.IDLE)
    await work.pass_time(4_000)
    assert states(work) == [("s2", SessionState.IDLE)]


async def test_a_killed_client_is_gone_after_a_moment(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    await work.pass_time(4_000)
    work.records.processes.clear()
    await work.pass_time(2_000)
    assert len(work.track.live()) == 1
    await work.pass_time(4_000)
    assert work.track.live() == []
    found = work.track.session("s1")
    assert found is not None
    assert (found.state, found.end_reason) == (SessionState.ENDED, "")


async def test_hooks_that_lie_do_not_fill_the_memory(work: Watching) -> None:
    for number in range(3_000):
        work.track.on_hook(events.HookEvent(session_id=f"liar{number}", what=STARTED))
    await work.office.settle()
    assert len(work.track.live()) <= 200


async def test_the_days_total_counts_every_session_and_says_an_unknown_price(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.WORKING)
    work.records.write(work.session(tokens={"m": Tokens(input=100, output=20)}), micros=3_000)
    work.records.write(work.session("past", tokens={"m": Tokens(input=1)}), micros=500)
    work.records.write(work.session("old", tokens={"m": Tokens(input=7)}), day="2025-11-20")
    await work.pass_time(4_000)
    assert work.track.today() == DayView(tokens=121, micros=3_500, priced=3_500)
    work.records.write(work.session("new", tokens={"strange": Tokens(input=2)}), micros=None)
    await work.pass_time(1_000)
    assert work.track.today() == DayView(tokens=123, micros=None, priced=3_500)


async def test_figures_outlive_the_transcripts_and_a_restart(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with watching(tmp_path, team, clock) as work:
        work.records.write(work.session(cost=Cost(micros=1_500_000), tokens={"m": Tokens(input=3)}), micros=1_500_000)
        await work.hook(STARTED)
        await work.hook(events.SessionEnded(reason="other"))
        await work.pass_time(1_000)
        before = work.track.listing(everything=True, limit=10)
        days = list(work.office.store.sessions.days(since="2025-11-21"))
    async with watching(tmp_path, team, clock) as work:
        assert work.track.listing(everything=True, limit=10) == before
        assert list(work.office.store.sessions.days(since="2025-11-21")) == days
    (data,) = before
    facts = {"session_id": "s1", "project": "api", "state": "ended", "cost_usd": 1.5, "tool_calls": 0}
    assert {name: data[name] for name in facts} == facts
    assert data["tokens"] == {
        "input": 3,
        "output": 0,
        "cache_creation": 0,
        "cache_creation_1h": 0,
        "cache_read": 0,
        "total": 3,
    }
    assert [(usage.day, usage.tokens.input, usage.micros) for usage in days] == [("2025-11-21", 3, 1_500_000)]


async def test_messages_of_a_session_are_counted_where_they_arrived(work: Watching) -> None:
    await work.hook(STARTED)
    own = Origin(source=Source.MCP, tool="dingtalk_send_text", session="s1", project="api")
    for origin in (own, own, replace(own, session="other")):
        await work.office.send("hello", robot="", origin=origin)
    found = await work.track.measured("s1")
    assert found is not None
    assert found.messages_sent == 2


async def test_a_call_is_its_sessions_whose_hook_or_transcript_names_it(work: Watching) -> None:
    work.records.write(work.session("s2"))
    await work.hook(events.ToolCalled(tool="x", tool_use_id="t1"))
    work.records.calls["t2"] = "s2"
    origin = Origin(source=Source.MCP, tool="dingtalk_send_text")
    by_hook = await work.office.within(work.attribution.measured(replace(origin, call_id="t1")))
    by_transcript = await work.office.within(work.attribution.measured(replace(origin, call_id="t2")))
    assert by_hook is not None
    assert by_transcript is not None
    assert (by_hook.session_id, by_transcript.session_id) == ("s1", "s2")


async def test_a_call_that_two_sessions_claim_is_nobodys(work: Watching) -> None:
    await work.hook(events.ToolCalled(tool="x", tool_use_id="t1"))
    await work.hook(events.ToolCalled(tool="x", tool_use_id="t1"), "s2")
    assert await work.attribution.measured(Origin(source=Source.MCP, tool="x", call_id="t1")) is None


async def test_an_unknown_call_is_waited_for_half_a_second_and_no_longer(work: Watching) -> None:
    await work.hook(STARTED)
    began = work.clock.steady
    origin = Origin(source=Source.MCP, tool="x", call_id="t9")
    assert await work.office.within(work.attribution.measured(origin)) is None
    assert 450 <= work.clock.steady - began <= 500
    assert await work.attribution.measured(replace(origin, call_id="")) is None


async def test_whose_message_it_was_is_written_to_the_history_when_it_is_known(work: Watching) -> None:
    work.records.write(work.session())
    await work.hook(STARTED)
    origin = Origin(source=Source.MCP, tool="dingtalk_send_text", call_id="t1")
    receipt = await work.office.send("hello", robot="", origin=origin)
    work.attribution.later(origin)
    await work.pass_time(100)
    assert work.office.row(receipt.delivery_id).origin.session == ""
    work.records.calls["t1"] = "s1"
    await work.pass_time(3_000)
    row = work.office.row(receipt.delivery_id)
    assert (row.origin.session, row.origin.project) == ("s1", "api")


async def test_a_month_of_sessions_is_in_the_database_soon_after_it_was_read(work: Watching) -> None:
    work.records.processes[7] = process(work, state=SessionState.IDLE)
    month_ago = work.clock.wall - 20 * 86_400_000
    for number in range(300):
        work.records.write(work.session(f"old{number}", last_ms=month_ago), day="2025-11-01")
    await work.pass_time(4_000)
    kept = {data["session_id"] for data in work.office.store.sessions.kept(1_000)}
    assert len(kept) > 275
    assert len(work.office.store.sessions.days(since="2025-11-01")) > 50
    assert not any(work.track.session(str(name)) for name in kept)  # no more in memory
    await work.pass_time(60_000)
    assert len(work.office.store.sessions.kept(1_000)) >= 300
    assert len(work.office.store.sessions.days(since="2025-11-01")) == 300


async def test_of_sessions_read_by_an_earlier_run_the_history_gets_those_that_it_lacks(work: Watching) -> None:
    month_ago = work.clock.wall - 20 * 86_400_000
    work.office.store.sessions.keep([work.session("kept", last_ms=month_ago, title="as it was")], [])
    for name in ("kept", "lost"):
        work.records.sessions[name] = work.session(name, last_ms=month_ago, title="as it is")
    work.records.known = {"kept": month_ago, "lost": month_ago}
    work.records.processes[7] = process(work, state=SessionState.IDLE)
    await work.pass_time(60_000)
    kept = {data["session_id"]: data["title"] for data in work.office.store.sessions.kept(10)}
    assert (kept["kept"], kept["lost"]) == ("as it was", "as it is")
