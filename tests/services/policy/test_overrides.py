"""The owner's exceptions end when they should: by their time, by their use, also while the app is not running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.agents import SEND, called, caller, says
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.receipt import Status
from tray_app.services.policy.overrides import EVERYTHING_MS, OwnerOverrides

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        says(office, {SEND: {"action": "deny"}})
        yield office


async def status(office: Office, **more: str) -> Status:
    return (await called(office, "x", origin=caller(**more))).status


async def test_everything_passes_for_ten_minutes_over_a_restart_too_and_ends_by_itself(office: Office) -> None:
    told: list[int | None] = []
    office.overrides._changed = lambda: told.append(office.overrides.everything_until_ms())
    until_ms = office.clock.now_ms() + EVERYTHING_MS
    office.overrides.allow_everything(EVERYTHING_MS)
    assert told == [until_ms]
    assert await status(office) is Status.SENT
    await office.pass_time(EVERYTHING_MS - 1)
    assert await status(office) is Status.SENT
    await office.pass_time(1)
    assert told == [until_ms, None]  # whoever shows it hears of its end
    assert await status(office) is Status.REFUSED


@pytest.mark.parametrize(
    ("off_ms", "clock_by_ms", "ends"),
    [(0, 0, False), (EVERYTHING_MS, 0, True), (0, -DAY_MS, True), (0, DAY_MS, True)],
)
async def test_it_ends_while_the_app_is_off_or_when_the_clock_was_set(
    office: Office, off_ms: int, clock_by_ms: int, *, ends: bool
) -> None:
    office.overrides.allow_everything(EVERYTHING_MS)
    await office.end()
    office.clock.step(off_ms + 1)
    office.clock.set_wall(clock_by_ms)
    office._wire()
    await office.start()
    assert await status(office) is (Status.REFUSED if ends else Status.SENT)


async def test_a_clock_set_back_does_not_stretch_it(office: Office) -> None:
    office.overrides.allow_everything(EVERYTHING_MS)
    office.clock.set_wall(-DAY_MS)
    await office.pass_time(EVERYTHING_MS)
    assert office.overrides.everything_until_ms() is None
    assert await status(office) is Status.REFUSED


async def test_the_owner_can_end_it(office: Office) -> None:
    office.overrides.allow_everything(EVERYTHING_MS)
    office.overrides.allow_everything(0)
    assert await status(office) is Status.REFUSED


async def test_a_pass_for_one_call_lets_one_through_also_after_a_restart(office: Office) -> None:
    office.overrides.allow_once(SEND, "claude-code")
    await office.restart()
    assert await status(office, grant="codex") is Status.REFUSED
    assert await status(office) is Status.SENT
    assert await status(office) is Status.REFUSED


@pytest.mark.parametrize(
    "kept",
    [3, [], {"once": 1, "sessions": [[1]], "until_ms": "soon"}, {"once": [["a"]], "sessions": [["a", "b", None]]}],
)
async def test_damaged_exceptions_are_none(office: Office, kept: object) -> None:
    office.store.write_state("passes", kept)
    active = OwnerOverrides(office.store, office.clock, changed=lambda: None)
    active.load()
    assert (active.everything_until_ms(), active.now().once, active.now().sessions) == (None, frozenset(), frozenset())


async def test_what_the_owner_allows_holds_without_a_history(office: Office) -> None:
    office.store.close()
    office.path.unlink()
    office.path.mkdir()
    office.overrides.allow_everything(EVERYTHING_MS)
    assert office.overrides.now().everything_until_ms is not None
