"""The owner's own prices hold at once, for sessions that run and for kept ones, and leave no trace when they go."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.sessions.test_queries import days
from tests.support.clock import StepClock
from tests.support.session_stage import SessionStage, whole_session
from tests.support.watching import Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.view import DayView
from tray_app.core.sessions.session import Cost, Estimate, Session, SessionState, Tokens
from tray_app.core.settings.prices import NO_PRICES, ModelPrice, OwnPrices

pytestmark = pytest.mark.anyio

_OWN = OwnPrices({"glm-5.2": ModelPrice(input=1, output=2)})
_DEARER = OwnPrices({"glm-5.2": ModelPrice(input=10, output=20)})
_GLM, _OPUS = "zhipu/glm-5.2", "claude-opus-5-5"
_TOKENS = {_GLM: Tokens(input=1_000_000, output=500_000), _OPUS: Tokens(input=1_000_000)}
_UNKNOWN = Cost(micros=None, unknown_models=(_GLM,))


def _mixed(**changes: object) -> Session:
    facts = {"state": SessionState.ENDED, "tokens": _TOKENS, "cost": _UNKNOWN, **changes}
    return whole_session(**facts)


async def test_a_price_written_while_a_session_runs_holds_at_once_and_is_not_kept(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with watching(tmp_path, team, clock) as work:
        await work.hook(events.SessionStarted(source="startup"))
        tokens = {_GLM: Tokens(input=1_000_000)}
        work.records.write(
            work.session(tokens=tokens, cost=_UNKNOWN, estimates={_GLM: Estimate(micros=None)}), micros=None
        )
        await work.pass_time(1_000)
        assert _figures(work) == (_UNKNOWN, DayView(tokens=1_000_000, micros=None))
        for prices, micros in ((_OWN, 1_000_000), (_DEARER, 10_000_000)):
            work.office.settings = replace(work.office.settings, prices=prices)
            assert _figures(work) == (Cost(micros=micros), DayView(tokens=1_000_000, micros=micros, priced=micros))
            assert [one["cost_usd"] for one in work.track.listing(everything=True, limit=9)] == [micros / 1e6]
        await work.hook(events.SessionEnded(reason="other"))
        await work.pass_time(1_000)
        work.track.stop()
    async with watching(tmp_path, team, clock) as work:  # a restart, with the records gone
        for prices, dollars, unknown in ((_OWN, 1.0, []), (NO_PRICES, None, [_GLM])):
            work.office.settings = replace(work.office.settings, prices=prices)
            (kept,) = work.track.listing(everything=True, limit=9)
            assert (kept["cost_usd"], kept["unpriced_models"], kept["cost_by_client"]) == (dollars, unknown, False)


def _figures(work: Watching) -> tuple[Cost, DayView]:
    (session,) = work.track.live()
    assert work.track.session("s1") == session
    return session.cost, work.track.today()


async def test_kept_sessions_and_days_cost_what_the_owner_says_now(stage: SessionStage) -> None:
    stage.keep(_mixed())
    listed = 4_000_000  # of the other model, at list price
    for prices, micros, unpriced in (
        (NO_PRICES, None, (_GLM,)),
        (_OWN, 2_000_000 + listed, ()),
        (_DEARER, 20_000_000 + listed, ()),
        (NO_PRICES, None, (_GLM,)),
    ):
        stage.prices = prices
        cost = Cost(micros=micros, unknown_models=unpriced)
        view = await stage.queries.view(days(1))
        one = await stage.queries.one(_mixed().session_id)
        assert one is not None
        assert [shown.session.cost for shown in view.past.sessions] == [cost] == [one.kept.session.cost]
        assert [kept.session.cost async for piece in stage.queries.export(days(1)) for kept in piece] == [cost]
        assert (view.totals.micros, view.totals.unpriced) == (micros or listed, unpriced)


async def test_an_open_page_hears_of_a_new_price(stage: SessionStage) -> None:
    stage.keep(_mixed())
    queries = stage.queries
    assert (await queries.view(days(1))).totals.micros == 4_000_000
    stage.prices = _OWN
    assert (await queries.view(days(1))).totals.micros == 6_000_000


async def test_the_owners_price_of_a_listed_model_comes_before_list_and_client(stage: SessionStage) -> None:
    one = _mixed(tokens={_OPUS: Tokens(input=1_000_000)}, cost=Cost(micros=123, by_client=True))
    stage.keep(one)
    stage.prices = OwnPrices({"claude-opus-5.5": ModelPrice(input=2, output=10)})
    (shown,) = (await stage.queries.view(days(1))).past.sessions
    assert shown.session.cost == Cost(micros=2_000_000)
    stage.prices = NO_PRICES
    (shown,) = (await stage.queries.view(days(1))).past.sessions
    assert shown.session.cost == Cost(micros=123, by_client=True)
