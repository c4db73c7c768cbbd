"""A budget that is used up is told once for each period, whatever restarts in between."""

from dataclasses import replace

from tests.support.catalogs import catalogs
from tests.support.screen import Screen
from tests.support.snapshots import shanghai, snapshot
from tray_app.adapters.tray.tray import Tray
from tray_app.app.desktop.budget_prompt import BudgetPrompt
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Language, text
from tray_app.core.sessions.usage.budget import BudgetPeriod, BudgetView
from tray_app.core.state.snapshot import EndpointState


class Memory:
    """Small values that outlive a restart."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}
        self.full = False

    def read_state(self, key: str) -> object:
        return self.kept.get(key)

    def write_state(self, key: str, value: object) -> None:
        if self.full:
            raise StoreUnavailable(text("store.disk_full"), text("store.disk_full_hint"))
        self.kept[key] = value


def budget(spent: int, *, since: str = "2026-11-22", week: bool = False, priced: bool = True) -> BudgetView:
    period = BudgetPeriod.WEEK if week else BudgetPeriod.DAY
    return BudgetView(period=period, since=since, limit=5_000_000, spent=spent, priced=priced)


def told(memory: Memory, *states: tuple[BudgetView, ...], endpoint: EndpointState = EndpointState.RUNNING) -> list[str]:
    """What one run of the app says while the budgets go through these states."""
    screen, shown = Screen(), replace(snapshot(), endpoint=endpoint)
    tray = Tray(
        backend=screen,
        read_snapshot=lambda: shown,
        perform=lambda _action: None,
        catalog=catalogs()[Language.EN],
        local=shanghai,
    )
    prompt = BudgetPrompt(look=lambda: shown, tray=tray, memory=memory)
    for state in states:
        shown = replace(shown, budgets=state)
        prompt.heard()
    return [f"{note.title}: {note.body}" for note in screen.notes]


SAID = "Today's budget is used up: Agents have used {} of $5.00. They work on; nothing was stopped."


def test_it_is_told_once_a_day_and_again_the_next_day_and_after_no_restart() -> None:
    memory = Memory()
    assert told(memory, (budget(4_999_999),), (budget(5_000_000),), (budget(9_000_000),)) == [SAID.format("$5.00")]
    assert told(memory, (budget(9_500_000),)) == []
    assert told(memory, (budget(6_000_000, since="2026-11-23"),)) == [SAID.format("$6.00")]


def test_day_and_week_are_told_apart_and_an_unknown_price_says_at_least() -> None:
    both = (budget(5_000_000, priced=False), budget(7_000_000, week=True, since="2026-11-16"))
    said = told(Memory(), both, both)
    assert [one.partition(":")[0] for one in said] == ["Today's budget is used up", "This week's budget is used up"]
    assert "at least $5.00" in said[0]


def test_nothing_is_told_while_the_app_starts() -> None:
    assert told(Memory(), (budget(5_000_000),), endpoint=EndpointState.STARTING) == []
