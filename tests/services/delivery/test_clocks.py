"""A clock that is wrong, or is set while messages wait, loses none: they age by what really passed."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office, at_work
from tests.support.robot import seen
from tests.support.system import ON_WINE
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
REFUSED = json.dumps({"errcode": 310000, "errmsg": "invalid timestamp"}).encode()


class RightClock:
    """The time at DingTalk: as far from this computer's as a test says, and untouched when that one is set."""

    def __init__(self, clock: StepClock) -> None:
        self._clock = clock
        self.ahead_ms = clock.wall - clock.steady

    def __call__(self) -> int:
        return self._clock.steady + self.ahead_ms


@pytest.fixture
def right(clock: StepClock) -> RightClock:
    return RightClock(clock)


@pytest.fixture
def far(right: Callable[[], int]) -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0, now_ms=right) as group:
        yield group


@pytest.fixture
async def office(tmp_path: Path, far: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": far}, clock=clock) as office:
        yield office


@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, 400 * DAY_MS, -25 * HOUR_MS, -400 * DAY_MS])
async def test_no_message_that_waits_expires_because_the_clock_is_set(
    office: Office, far: SandboxRobot, by_ms: int
) -> None:
    far.stop()
    before = await office.queue("before")
    office.clock.set_wall(by_ms)
    after = await office.queue("after")
    await office.pass_time(2 * HOUR_MS)
    assert {office.row(each).stage for each in before + after} == {Stage.QUEUED}
    far.start()
    await office.pass_time(2 * MINUTE_MS)
    assert seen(far) == ["before", "after"]


@pytest.mark.skipif(ON_WINE, reason="fails under Wine for a reason that is not known yet")
@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, -25 * HOUR_MS])
async def test_it_expires_when_it_really_waited_for_so_long_whatever_the_clock_says(
    office: Office, far: SandboxRobot, by_ms: int
) -> None:
    office.tune(expire_after_h=2)
    far.stop()
    (stale,) = await office.queue("stale")
    await office.pass_time(HOUR_MS)
    office.clock.set_wall(by_ms)
    await office.pass_time(HOUR_MS // 2)
    assert office.row(stale).stage is Stage.QUEUED
    await office.pass_time(HOUR_MS // 2 + MINUTE_MS)
    assert office.row(stale).stage is Stage.EXPIRED


@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, 400 * DAY_MS])
async def test_after_a_start_of_the_machine_with_a_wrong_clock_the_host_is_asked_before_anything_expires(
    office: Office, far: SandboxRobot, right: RightClock, by_ms: int
) -> None:
    far.stop()
    (waits,) = await office.queue("waits")
    await office.end()
    steady = office.clock.steady
    office.clock.boot(by_ms)
    right.ahead_ms += steady - office.clock.steady
    await office.begin_anew()
    await office.pass_time(5 * MINUTE_MS)
    assert office.row(waits).stage is Stage.QUEUED
    far.start()
    await office.pass_time(5 * MINUTE_MS)
    assert seen(far) == ["waits"]


async def test_what_waited_too_long_over_a_start_of_the_machine_expires_once_the_host_says_so(
    office: Office, far: SandboxRobot, right: RightClock
) -> None:
    far.stop()
    (stale,) = await office.queue("stale")
    await office.end()
    steady = office.clock.steady
    office.clock.boot(25 * HOUR_MS)
    right.ahead_ms += steady - office.clock.steady + 25 * HOUR_MS
    await office.begin_anew()
    await office.pass_time(5 * MINUTE_MS)
    assert office.row(stale).stage is Stage.QUEUED
    far.start()
    await office.pass_time(5 * MINUTE_MS)
    assert (office.row(stale).stage, seen(far)) == (Stage.EXPIRED, [])


async def test_where_no_host_says_it_a_message_expires_after_its_time_in_this_run(
    office: Office, far: SandboxRobot
) -> None:
    far.stop()
    (stale,) = await office.queue("stale")
    await office.end()
    office.clock.boot(25 * HOUR_MS)
    await office.begin_anew()
    await office.pass_time(24 * HOUR_MS + 5 * MINUTE_MS)
    assert office.row(stale).stage is Stage.EXPIRED


async def test_a_night_of_sleep_counts(office: Office, far: SandboxRobot) -> None:
    far.stop()
    (stale,) = await office.queue("stale")
    office.clock.sleep(25 * HOUR_MS)
    await office.pass_time(MINUTE_MS)
    assert office.row(stale).stage is Stage.EXPIRED


@pytest.mark.parametrize("by_ms", [90 * MINUTE_MS, -90 * MINUTE_MS, 25 * HOUR_MS, -3_650 * DAY_MS])
async def test_with_a_wrong_clock_messages_are_signed_with_the_time_at_dingtalk(
    office: Office, far: SandboxRobot, right: RightClock, by_ms: int
) -> None:
    office.clock.set_wall(by_ms)
    first = await office.send("first")
    assert (first.status, far.robot.requests) == (Status.SENT, 2)
    assert office.row(first.delivery_id).attempts == 1
    assert (await office.send("second")).status is Status.SENT
    assert far.robot.requests == 3  # it is known by then
    office.clock.set_wall(-by_ms)
    assert (await office.send("third")).status is Status.SENT
    assert far.robot.requests == 4
    await office.restart()
    right.ahead_ms += by_ms
    assert (await office.send("fourth")).status is Status.SENT
    assert seen(far) == ["first", "second", "third", "fourth"]
    assert office.snapshot().problems == ()


async def test_where_the_host_does_not_say_its_time_messages_wait_until_the_clock_is_right(
    office: Office, far: SandboxRobot
) -> None:
    far.robot.script(*[AnswerWith(body=REFUSED)] * 4)
    receipt = await office.send("patience")
    assert (receipt.status, receipt.reason) == (
        Status.QUEUED,
        text("outbox.queued_mend", reason=text("dingtalk.timestamp")),
    )
    await office.pass_time(5 * MINUTE_MS)
    assert (seen(far), far.robot.requests) == (["patience"], 5)


async def test_a_time_that_is_refused_although_the_clock_is_right_ends_with_the_reason(
    office: Office, far: SandboxRobot, right: RightClock
) -> None:
    date = {"date": "Fri, 21 Nov 2025 02:00:00 GMT"}  # as this computer's clock
    far.robot.script(AnswerWith(body=REFUSED, headers=date))
    receipt = await office.send("x")
    assert (receipt.status, receipt.reason) == (Status.FAILED, text("dingtalk.timestamp"))
    assert right() == office.clock.now_ms()


async def test_a_host_whose_date_leaps_about_is_not_asked_without_a_rest(office: Office, far: SandboxRobot) -> None:
    dates = [{"date": f"Fri, 2{number % 2} Nov 2020 02:00:00 GMT"} for number in range(20)]
    far.robot.script(*[AnswerWith(body=REFUSED, headers=date) for date in dates])
    await office.queue("x")
    assert far.robot.requests == 2
    await office.pass_time(MINUTE_MS)
    assert far.robot.requests < 10


@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, -25 * HOUR_MS])
async def test_a_pause_for_an_hour_lasts_an_hour_whatever_the_clock_is_set_to(
    office: Office, far: SandboxRobot, by_ms: int
) -> None:
    await office.control.pause(PauseFor.HOUR)
    await office.pass_time(HOUR_MS // 2)
    office.clock.set_wall(by_ms)
    await office.pass_time(2 * MINUTE_MS)
    shown = office.pause.current()
    assert shown is not None
    assert shown.until_ms == office.clock.now_ms() + 28 * MINUTE_MS
    assert (await office.send("quiet")).status is Status.PAUSED
    await office.restart()
    await office.pass_time(28 * MINUTE_MS - 1)
    assert office.pause.current() is not None
    await office.pass_time(1)
    assert office.pause.current() is None
    assert seen(far) == []


async def test_a_pause_goes_on_while_the_machine_sleeps(office: Office) -> None:
    await office.control.pause(PauseFor.HOUR)
    office.clock.sleep(HOUR_MS)
    assert office.pause.current() is None


@pytest.mark.parametrize("by_ms", [25 * HOUR_MS, -25 * HOUR_MS])
async def test_a_restart_after_the_clock_was_set_loses_no_message(
    office: Office, far: SandboxRobot, by_ms: int
) -> None:
    far.stop()
    (waiting,) = await office.queue("patience")
    await office.end()
    office.clock.set_wall(by_ms)
    office._wire()
    await office.start()
    assert office.row(waiting).stage is Stage.QUEUED
    far.start()
    await office.pass_time(2 * MINUTE_MS)
    assert seen(far) == ["patience"]


async def test_the_time_that_a_host_told_is_known_to_whoever_asks(
    office: Office, far: SandboxRobot, right: RightClock
) -> None:
    assert office.deliver.heard_ms() is None
    office.clock.set_wall(25 * HOUR_MS)
    await office.send("x")
    heard_ms = office.deliver.heard_ms()
    assert heard_ms is not None
    assert abs(heard_ms - right()) <= 1_000
    assert seen(far) == ["x"]
