"""Sessions as pages ask for them, over the real database: nothing missing, nothing twice, sums that add up."""

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.session_stage import (
    DAY,
    HOUR,
    SessionStage,
    moments,
    notice,
    past_session,
    whole_session,
)
from tests.support.snapshots import MINUTE, NOON
from tests.support.watching import Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.core.delivery.delivery import Stage
from tray_app.core.sessions.live import events
from tray_app.core.sessions.pages.views import HappeningKind
from tray_app.core.sessions.ranges import SessionRange, WaitSpan
from tray_app.core.sessions.session import Asks, Session, SessionState, Tokens
from tray_app.core.sessions.timeline import Moment, MomentKind
from tray_app.services.sessions.queries import PAGE

pytestmark = pytest.mark.anyio

TODAY = local_time(NOON).date()


def days(count: int, *, project: str = "", until: date = TODAY) -> SessionRange:
    since = until - timedelta(days=count - 1)
    midnight = local_time(NOON).replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000
    end_ms = int(midnight) + (until - TODAY).days * DAY + DAY
    return SessionRange(
        since_ms=end_ms - count * DAY,
        until_ms=end_ms,
        since_day=since.isoformat(),
        until_day=until.isoformat(),
        project=project,
    )


async def everything(stage: SessionStage, asked: SessionRange) -> list[Session]:
    """All pages, one after the other."""
    found: list[Session] = []
    page = await stage.queries.past(asked, after=None, limit=PAGE)
    while True:
        found += [one.session for one in page.sessions]
        if page.after is None:
            return found
        assert len(page.sessions) == PAGE
        page = await stage.queries.past(asked, after=page.after, limit=PAGE)


async def test_pages_give_every_session_once_the_last_active_first(stage: SessionStage) -> None:
    rand = random.Random(7)
    made = [past_session(number, rand) for number in range(3 * PAGE)]
    same = [replace(made[0], session_id=f"same-{number}") for number in range(PAGE)]  # one moment, many sessions
    stage.keep(*made, *same)
    found = await everything(stage, days(60))
    wanted = sorted([*made, *same], key=lambda one: (one.last_ms, one.session_id), reverse=True)
    assert [one.session_id for one in found] == [one.session_id for one in wanted]
    assert found[3] == replace(wanted[3], moments=())


async def test_a_session_that_runs_is_not_past_and_counts_in_the_sums(stage: SessionStage) -> None:
    stage.keep(past_session(1, random.Random(1), days=2))
    stage.run(whole_session(), since_ms=NOON - MINUTE)
    found = await stage.queries.view(days(7))
    assert [one.session.session_id for one in found.past.sessions] == [past_session(1, random.Random(1)).session_id]
    assert found.totals.sums.sessions == 2
    (live,) = stage.queries.live()
    assert (live.session, live.view.asks) == (whole_session(), "Bash alembic upgrade head")


async def test_what_was_killed_at_work_is_over_in_the_list(stage: SessionStage) -> None:
    stage.keep(whole_session(state=SessionState.WORKING, pid=7))
    (one,) = (await stage.queries.view(days(1))).past.sessions
    assert (one.session.state, one.session.waiting_for, one.session.pid) == (SessionState.ENDED, "", None)


async def test_sums_of_a_range_and_a_project_are_those_of_its_sessions(stage: SessionStage) -> None:
    rand = random.Random(3)
    made = [past_session(number, rand) for number in range(200)]
    stage.keep(*made)
    for asked in (days(30), days(7), days(3, project="api"), days(30, project="docs"), days(1, project="nobody")):
        mine = [one for one in made if asked.project in {"", one.project}]
        active = [one for one in mine if one.last_ms >= asked.since_ms and one.started_ms < asked.until_ms]
        totals = (await stage.queries.view(asked)).totals
        assert totals.sums.sessions == len(active)
        assert totals.sums.prompts == sum(one.prompts for one in active)
        assert totals.sums.lines_added == sum(one.lines_added for one in active)
        assert totals.tool_calls == sum(one.tool_calls for one in active)
        assert sum(one.failed for one in totals.tools) == sum(
            use.failed for one in active for use in one.tools.values()
        )
        assert sum(one.sessions for one in totals.projects) == len(active)
        assert totals.tokens == sum((one.total_tokens for one in mine if one.last_ms >= asked.since_ms), Tokens())
    assert (await stage.queries.view(days(30, project="nobody"))).projects == (
        await stage.queries.view(days(30))
    ).projects


async def test_a_session_over_midnight_belongs_to_both_days(stage: SessionStage) -> None:
    begun = days(1).since_ms - HOUR
    stage.keep(whole_session(started_ms=begun, last_ms=begun + 2 * HOUR))
    yesterday = days(1, until=TODAY - timedelta(days=1))
    before = days(1, until=TODAY - timedelta(days=2))
    assert [len(await everything(stage, asked)) for asked in (days(1), yesterday, before)] == [1, 1, 0]


async def test_an_unknown_price_is_named_and_the_known_ones_are_added(stage: SessionStage) -> None:
    stage.keep(whole_session(tokens={"x-1": Tokens(input=5), "claude-opus-5-5": Tokens(input=1_000_000)}))
    totals = (await stage.queries.view(days(1))).totals
    assert (totals.micros, totals.unpriced) == (4_000_000, ("x-1",))


async def test_one_session_has_its_time_line_waits_and_messages_in_order(stage: SessionStage) -> None:
    session = whole_session(state=SessionState.ENDED)
    begun = session.started_ms
    span = WaitSpan(
        session_id=session.session_id, since_ms=NOON - 25 * MINUTE, until_ms=NOON - 21 * MINUTE, asks="input"
    )
    stage.store.sessions.keep([session], [], [span])
    stage.store.accept(
        [notice(session), notice(session, 2, stage=Stage.FAILED), notice(whole_session(session_id="x"), 3)]
    )
    one = await stage.queries.one(session.session_id)
    assert one is not None
    assert (one.moments, one.waits, one.session.messages_sent) == (moments(begun), [span], 1)
    happened = one.happenings()
    assert [(what.kind.value, (what.at_ms - begun) // MINUTE) for what in happened] == [
        ("started", 0),
        ("prompt", 0),
        ("tools", 1),
        ("done", 10),
        ("prompt", 14),
        ("tools", 15),
        ("waited", 22),
        ("notice", 27),
        ("compacted", 27),
        ("notice", 28),
        ("failed", 29),
        ("prompt", 35),
        ("tools", 36),
        ("ended", 46),
    ]
    assert (await stage.queries.one("nobody")) is None


async def test_one_that_waits_says_so_at_the_end_of_its_time_line(stage: SessionStage) -> None:
    stage.run(whole_session(), since_ms=NOON - 3 * MINUTE)
    one = await stage.queries.one(whole_session().session_id)
    assert one is not None
    assert (one.happenings()[-1].kind, one.happenings()[-1].asks) == (HappeningKind.WAITS, "permission")


async def test_of_thousands_of_files_the_number_stays_right(stage: SessionStage) -> None:
    many = whole_session(files=tuple(f"/f/{number}" for number in range(700)))
    stage.keep(many)
    one = await stage.queries.one(many.session_id)
    assert one is not None
    assert (one.kept.files, len(one.session.files)) == (700, 200)


async def test_an_export_has_what_runs_and_all_pages(stage: SessionStage) -> None:
    rand = random.Random(2)
    stage.keep(*(past_session(number, rand) for number in range(450)))
    stage.run(whole_session(), since_ms=NOON)
    found = [one.session.session_id async for some in stage.queries.export(days(60)) for one in some]
    assert (len(found), len(set(found)), found[0]) == (451, 451, whole_session().session_id)
    docs = [one.session.project async for some in stage.queries.export(days(60, project="docs")) for one in some]
    assert set(docs) == {"docs"}


async def test_sums_are_added_up_again_only_after_something_was_kept(stage: SessionStage) -> None:
    queries = stage.queries
    stage.keep(past_session(1, random.Random(1), days=1))
    assert (await queries.view(days(7))).totals.sums.sessions == 1
    stage.keep(past_session(2, random.Random(2), days=1))
    assert (await queries.view(days(7))).totals.sums.sessions == 1
    stage.running.times_kept += 1
    assert (await queries.view(days(7))).totals.sums.sessions == 2


async def test_a_wait_is_kept_once_it_is_over_and_outlives_a_restart(tmp_path: Path) -> None:
    clock = StepClock()
    with SandboxRobot(now_ms=clock.now_ms) as robot:
        async with watching(tmp_path, robot, clock) as work:
            await _wait_once(work)
            begun = clock.wall - 5_000
            span = WaitSpan(session_id="s1", since_ms=begun, until_ms=begun + 5_000, asks="permission")
            assert work.track.fresh_waits("s1") == [span]
            work.track.stop()
            assert work.track.fresh_waits("s1") == []
            assert list(work.office.store.session_ranges.waits("s1")) == [span]
            (moment,) = work.office.store.session_ranges.find("s1")[1]  # type: ignore[index]  # it was kept
            assert moment.kind is MomentKind.PROMPT


async def _wait_once(work: Watching) -> None:
    prompt = Moment(kind=MomentKind.PROMPT, at_ms=work.clock.wall, until_ms=work.clock.wall)
    work.records.write(work.session(moments=(prompt,)))
    await work.hook(events.SessionStarted(source="startup"))
    await work.hook(events.Notified(asks=Asks.PERMISSION))
    await work.pass_time(5_000)
    await work.hook(events.ToolCalled(tool_use_id="t1", tool="Bash"))


async def test_a_month_of_sessions_is_kept_bit_by_bit_and_whole(tmp_path: Path) -> None:
    clock = StepClock()
    with SandboxRobot(now_ms=clock.now_ms) as robot:
        async with watching(tmp_path, robot, clock) as work:
            for number in range(450):
                old_ms = clock.wall - number * HOUR
                work.records.write(work.session(f"s{number}", started_ms=old_ms, last_ms=old_ms))
            await work.hook(events.SessionStarted(source="startup"), "s0")
            await work.pass_time(40_000)
            kept = work.office.store.sessions.kept(1_000)
            assert {one["session_id"] for one in kept} == {f"s{number}" for number in range(450)}
            assert work.track.kept >= 5
