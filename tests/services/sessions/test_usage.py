"""Usage over the real database: what it adds up is what sessions, days and messages hold."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.session_stage import DAY, SessionStage, notice, past_session, used, whole_session
from tests.support.snapshots import MINUTE, NOON
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.sessions.session import Tokens
from tray_app.core.sessions.usage import usage
from tray_app.core.sessions.usage.usage import UsageBy, UsageTable
from tray_app.core.settings.prices import ModelPrice, OwnPrices

pytestmark = pytest.mark.anyio
TODAY = local_time(NOON).date()


async def table(stage: SessionStage, **asked: str) -> UsageTable:
    return (await stage.usage.view(usage.read(asked, today=TODAY))).table


async def test_every_view_adds_up_what_the_sessions_used(stage: SessionStage) -> None:
    rand = random.Random(4)
    made = [past_session(number, rand, days=25) for number in range(120)]
    stage.keep(*made)
    for by in UsageBy:
        for weekly in ("0", "1"):
            found = await table(stage, by=by, weekly=weekly)
            assert found.total.sessions == len(made)
            assert found.total.tokens == sum((one.total_tokens for one in made), Tokens())
            assert found.total.active_ms == sum(one.active_ms for one in made)
            assert found.total.micros == sum(one.cost.micros or 0 for one in made)
    docs = await table(stage, project="docs")
    assert [one.name for one in docs.lines] == ["docs"]
    assert docs.total.sessions == sum(one.project == "docs" for one in made)


async def test_working_time_of_two_days_is_shared_out_by_what_was_written(stage: SessionStage) -> None:
    session = whole_session(tokens={"x": Tokens(output=400)}, active_ms=60 * MINUTE)
    (today,) = used(session)
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    days = [replace(today, tokens=Tokens(output=300)), replace(today, day=yesterday, tokens=Tokens(output=100))]
    stage.store.sessions.keep([session], days)
    found = await table(stage, by="day", days="7")
    assert [one.active_ms // MINUTE for one in found.lines] == [45, 15]
    assert [one.active_ms // MINUTE for one in (await table(stage, by="day", days="1")).lines] == [45]


async def test_messages_that_arrived_are_counted_once_each_by_day_and_project(stage: SessionStage) -> None:
    session = whole_session()
    stage.keep(session)
    parts = [replace(notice(session, number), group_id="one", part=number, parts=2) for number in (1, 2)]
    early = NOON - 3 * DAY
    old = replace(notice(session, 3), created_ms=early, updated_ms=early)
    stage.store.accept([*parts, old, notice(session, 4, stage=Stage.FAILED)])
    assert [(one.name, one.messages) for one in (await table(stage)).lines] == [("api", 2)]
    by_day = await table(stage, by="day")
    assert [one.messages for one in by_day.lines] == [1, 1]


async def test_a_notice_about_several_projects_makes_no_project_of_their_list(stage: SessionStage) -> None:
    one = notice(whole_session(), 1)
    both = replace(one.origin, source=Source.AUTO, session="", project="shop, web")
    own = replace(one.origin, source=Source.MCP, session="", project="a, b")  # a folder may be called so
    stage.store.accept([replace(one, origin=both), replace(one, id="n2", group_id="n2", origin=own)])
    assert sorted((each.name, each.messages) for each in (await table(stage)).lines) == [("", 1), ("a, b", 1)]


async def test_own_prices_hold_for_days_that_are_past(stage: SessionStage) -> None:
    stage.keep(whole_session(tokens={"x-1": Tokens(input=1_000_000)}))
    assert (await table(stage)).unpriced == ("x-1",)
    stage.prices = OwnPrices({"x-1": ModelPrice(input=2, output=3)})
    found = await table(stage)
    assert (found.total.micros, found.unpriced) == (2_000_000, ())


async def test_a_session_whose_record_is_damaged_still_counts_its_tokens(stage: SessionStage) -> None:
    stage.keep(whole_session())
    with stage.store._database.transaction() as connection:
        connection.execute("UPDATE sessions SET data = '{'")
    found = await table(stage)
    assert (found.total.sessions, found.total.active_ms) == (1, 0)
