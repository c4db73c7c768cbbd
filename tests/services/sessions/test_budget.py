"""What a day and a week cost, by the days that are kept and the owner's prices."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.session_stage import SessionStage, session_stage, used, whole_session
from tests.support.snapshots import NOON
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.core.sessions.session import Tokens
from tray_app.core.sessions.usage.budget import BudgetPeriod, BudgetView
from tray_app.core.sessions.usage.usage import monday
from tray_app.core.settings.prices import ModelPrice, OwnPrices
from tray_app.core.settings.settings import BudgetSettings, Settings
from tray_app.services.sessions.budget import BudgetWatch

pytestmark = pytest.mark.anyio
TODAY = local_time(NOON).date()


class Watched:
    """A watch over a stage's database, and how often something changed."""

    def __init__(self, stage: SessionStage, settings: Settings) -> None:
        self.settings, self.changes = settings, 0
        usage = stage.usage
        self.watch = BudgetWatch(
            archive=stage.store.session_ranges,
            aside=stage.store.reads.run,
            clock=StepClock(wall=NOON),
            settings=lambda: self.settings,
            local_day=usage.local_day,
            midnight=usage.midnight,
            changed=self._changed,
        )

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[SessionStage]:
    with session_stage(tmp_path) as made:
        (day,) = used(whole_session(tokens={"x": Tokens(input=1)}))
        days = [TODAY, monday(TODAY), monday(TODAY) - timedelta(days=1)]
        kept = [replace(day, day=one.isoformat(), micros=3_000_000) for one in dict.fromkeys(days)]
        made.store.sessions.keep([], kept)
        yield made


async def test_a_day_and_a_week_from_monday_are_added_up(stage: SessionStage) -> None:
    watched = Watched(stage, Settings(budget=BudgetSettings(day_usd=5, week_usd=0.5)))
    assert watched.watch.views() == ()
    await watched.watch.look()
    await watched.watch.look()
    assert watched.changes == 1
    week = 3_000_000 if monday(TODAY) == TODAY else 6_000_000
    assert watched.watch.views() == (
        BudgetView(period=BudgetPeriod.DAY, since=TODAY.isoformat(), limit=5_000_000, spent=3_000_000),
        BudgetView(period=BudgetPeriod.WEEK, since=monday(TODAY).isoformat(), limit=500_000, spent=week),
    )
    assert [one.reached for one in watched.watch.views()] == [False, True]


async def test_without_a_budget_only_the_last_seven_days_are_told(stage: SessionStage) -> None:
    watched = Watched(stage, Settings())
    assert watched.watch.last_week() == ()
    await watched.watch.look()
    assert watched.watch.views() == ()
    week = watched.watch.last_week()
    stage_days = len({TODAY, monday(TODAY)}) + (TODAY - (monday(TODAY) - timedelta(days=1)) < timedelta(days=7))
    assert (len(week), week[-1], sum(week)) == (7, 3_000_000, stage_days * 3_000_000)


async def test_own_prices_count_and_unknown_ones_are_said(stage: SessionStage) -> None:
    (day,) = used(whole_session(tokens={"y-1": Tokens(input=1_000_000)}))
    stage.store.sessions.keep([], [replace(day, day=TODAY.isoformat(), micros=None)])
    watched = Watched(stage, Settings(budget=BudgetSettings(day_usd=5)))
    await watched.watch.look()
    assert [(one.spent, one.priced) for one in watched.watch.views()] == [(3_000_000, False)]
    own = OwnPrices({"y-1": ModelPrice(input=2, output=0)})
    watched.settings = replace(watched.settings, prices=own)
    await watched.watch.look()
    assert [(one.spent, one.priced) for one in watched.watch.views()] == [(5_000_000, True)]
