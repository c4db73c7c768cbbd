"""The pause: the owner's word holds, over restarts and a full disk, and ends as he said."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import datetime

import pytest

from tests.support.clock import StepClock
from tests.support.office import CATALOGS, ORIGIN, Office
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.settings.settings import PauseSettings
from tray_app.core.state.problems import ProblemKind
from tray_app.sandbox.robot import AnswerWith, Stall

pytestmark = pytest.mark.anyio

HALF_HOUR_MS = 1_800_000
LATER = AnswerWith(status=503, headers={"retry-after": "5"})


async def test_while_paused_not_one_request_reaches_the_robot_test_messages_included(
    office: Office, team: SandboxRobot
) -> None:
    state = await office.control.pause(PauseFor.HALF_HOUR)
    receipt = await office.send("secret plans")
    tested = await office.within(office.control.send_test("", source=Source.TRAY))
    await office.pass_time(HALF_HOUR_MS - 1)
    assert team.connections == 0
    assert (receipt.status, tested.status) == (Status.PAUSED, Status.PAUSED)
    assert (receipt.until_ms, receipt.retry_after_s) == (state.until_ms, 1_800)
    until = datetime.fromtimestamp((state.until_ms or 0) / 1000).astimezone().strftime("%H:%M")
    assert receipt.reason == text("outbox.paused_until", until=until)
    assert receipt.hint == text("outbox.paused_hint")
    assert office.row(receipt.delivery_id).stage is Stage.BLOCKED
    pause = office.snapshot().pause
    assert pause is not None
    assert (pause.until_ms, pause.blocked) == (state.until_ms, 2)


async def test_it_ends_by_itself_and_what_was_blocked_stays_blocked_until_resent(
    office: Office, team: SandboxRobot
) -> None:
    await office.control.pause(PauseFor.HALF_HOUR)
    receipt = await office.send("kept")
    await office.pass_time(HALF_HOUR_MS)
    assert office.pause._state is None  # nobody had to ask
    assert seen(team) == []
    await office.within(office.history.resend(receipt.delivery_id, source=Source.PAGE))
    assert seen(team) == ["kept"]


async def test_what_was_queued_before_waits_and_goes_out_in_order_on_resume(office: Office, team: SandboxRobot) -> None:
    team.robot.script(LATER)
    ids = await office.queue("one", "two")
    await office.control.pause(PauseFor.OPEN)
    await office.pass_time(HALF_HOUR_MS)
    assert team.robot.requests == 1
    described = office.notify.describe([office.row(ids[0])])
    assert (described.status, described.reason) == (Status.QUEUED, text("outbox.queued_paused"))
    office.control.resume()
    await office.settle()
    assert seen(team) == ["one", "two"]


async def test_what_was_queued_before_is_discarded_on_resume_where_the_owner_wants_that(
    office: Office, team: SandboxRobot
) -> None:
    office.settings = replace(office.settings, pause=PauseSettings(on_resume="discard"))
    team.robot.script(LATER)
    ids = await office.queue("one", "two")
    await office.control.pause(PauseFor.HALF_HOUR)
    await office.pass_time(HALF_HOUR_MS)
    assert [office.row(each).stage for each in ids] == [Stage.DISCARDED] * 2
    assert office.row(ids[0]).reason == text("outbox.discarded_on_resume")
    assert team.robot.requests == 1
    assert (await office.send("three")).status is Status.SENT


async def test_what_cannot_be_discarded_is_not_sent_either(office: Office, team: SandboxRobot) -> None:
    office.settings = replace(office.settings, pause=PauseSettings(on_resume="discard"))
    team.robot.script(LATER)
    await office.queue("one")
    await office.control.pause(PauseFor.OPEN)
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable) as refused:
        office.control.resume()
    assert refused.value.reason == text("store.locked", file="history.sqlite3")
    other.execute("ROLLBACK")
    other.close()
    await office.pass_time(60_000)
    assert office.snapshot().pause is not None
    assert team.robot.requests == 1
    office.control.resume()
    await office.pass_time(60_000)
    assert team.robot.requests == 1


async def test_a_message_without_an_answer_is_cut_so_that_nothing_leaves_after_the_click(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.script(Stall(take=True))
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="in flight"), robot="team", origin=ORIGIN))
    await asyncio.to_thread(team.wait_for_requests, 1)
    await office.control.pause(PauseFor.OPEN)
    assert office.poster.landed.is_set()
    receipt = await task
    assert (receipt.status, receipt.reason) == (Status.QUEUED, text("outbox.queued_paused"))
    await office.pass_time(HALF_HOUR_MS)
    assert team.robot.requests == 1
    office.control.resume()
    await office.settle()
    assert (seen(team), team.robot.requests) == (["in flight"], 2)
    assert office.row(receipt.delivery_id).stage is Stage.SENT


async def test_it_survives_a_restart_and_ends_while_the_app_is_off(office: Office, clock: StepClock) -> None:
    state = await office.control.pause(PauseFor.HOUR)
    await office.restart()
    assert office.pause.current() == state
    assert (await office.send("still quiet")).status is Status.PAUSED
    await office.end()
    clock.step(2 * HALF_HOUR_MS)
    office._wire()
    await office.start()
    assert office.pause.current() is None
    assert (await office.send("again")).status is Status.SENT


async def test_rows_of_the_last_run_wait_for_a_pause_of_the_last_run(office: Office, team: SandboxRobot) -> None:
    team.robot.script(LATER)
    await office.queue("one")
    await office.control.pause(PauseFor.OPEN)
    await office.restart()
    await office.pass_time(HALF_HOUR_MS)
    assert team.robot.requests == 1


async def test_a_pause_that_cannot_be_read_yet_is_read_before_anything_is_sent(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.script(LATER)
    await office.queue("one")
    await office.control.pause(PauseFor.OPEN)
    await office.end()
    aside = office.path.with_name("aside")
    office.path.rename(aside)
    office.path.mkdir()  # nothing can be opened there
    office._wire()
    await office.start()
    assert (await office.send("now")).status is Status.PAUSED
    office.path.rmdir()
    aside.rename(office.path)
    await office.pass_time(60_000)
    assert office.snapshot().pause is not None
    assert team.robot.requests == 1


async def test_a_pause_holds_over_a_restart_where_the_history_cannot_be_written(
    office: Office, team: SandboxRobot
) -> None:
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await office.control.pause(PauseFor.OPEN)
    receipt = await office.send("quiet")
    assert (receipt.status, receipt.delivery_id) == (Status.PAUSED, "")
    assert (receipt.reason, receipt.hint) == (text("outbox.paused_unkept"), text("outbox.unkept_hint"))
    await office.restart()
    assert office.pause.current() is not None
    other.execute("ROLLBACK")
    other.close()
    assert team.connections == 0


@pytest.mark.parametrize("history", [b"", b"no database at all, though longer than a page" * 200, None])
async def test_a_pause_holds_where_the_history_is_damaged_or_gone(
    office: Office, team: SandboxRobot, history: bytes | None
) -> None:
    await office.control.pause(PauseFor.HOUR)
    await office.end()
    for path in office.path.parent.glob("history.sqlite3*"):
        path.unlink()
    if history is not None:
        office.path.write_bytes(history)
    office._wire()
    await office.start()
    assert (await office.send("quiet")).status is Status.PAUSED
    assert team.connections == 0


async def test_a_pause_of_an_earlier_version_is_taken_over(office: Office) -> None:
    await office.end()
    for name in ("pause.json", "pause.spare.json"):
        office.path.with_name(name).unlink()
    until_ms = office.clock.now_ms() + HALF_HOUR_MS
    office._wire()
    office.store.write_state("pause", {"since_ms": 1, "until_ms": until_ms})
    await office.start()
    state = office.pause.current()
    assert state is not None
    assert state.until_ms == until_ms
    office.pause.end()
    await office.restart()
    assert office.pause.current() is None


@pytest.mark.parametrize(
    ("paused", "history", "files", "then"),
    [
        (True, "kept", "main gone", "paused"),
        (True, "gone", "main null", "paused"),
        (True, "damaged", "main folder", "paused"),
        (True, "gone", "spare gone", "paused"),
        (True, "kept", "both gone", "paused"),
        (False, "kept", "main gone", "sent"),
        (False, "gone", "main null", "sent"),
        (False, "kept", "both gone", "paused"),  # nobody knows
        (False, "damaged", "both gone", "paused"),
        (False, "kept", "main folder", "unknown"),
        (True, "of yesterday", "main gone", "paused"),
        (True, "of yesterday", "main null", "paused"),
        (False, "of yesterday", "spare gone", "sent"),
        (False, "gone", "both gone", "sent"),  # not to be told from a new folder
    ],
)
async def test_whatever_becomes_of_its_files_while_the_app_is_off_a_pause_holds_and_what_nobody_knows_is_one(
    office: Office, team: SandboxRobot, paused: bool, history: str, files: str, then: str
) -> None:
    office.store.write_state("clock", {"boot": ""})  # as each app that keeps the pause in a file does
    if paused:
        await office.control.pause(PauseFor.OPEN)
    await office.end()
    main, spare = office.path.with_name("pause.json"), office.path.with_name("pause.spare.json")
    for path in (main, spare):
        if path.name == ("pause.spare.json" if files == "spare gone" else "pause.json") or files == "both gone":
            path.unlink()
    if files == "main null":
        main.write_text("null", "utf-8")
    elif files == "main folder":
        main.mkdir()
    if history == "gone":
        office.path.unlink()
    elif history == "damaged":
        office.path.write_bytes(b"no database" * 999)
    elif history == "of yesterday":
        spare.unlink(missing_ok=True)  # there was none
    office._wire()
    await office.start()
    receipt = await office.send("quiet", wait_s=0 if then == "unknown" else 5)
    assert receipt.status is {"paused": Status.PAUSED, "sent": Status.SENT, "unknown": Status.QUEUED}[then]
    assert (office.pause.unknown is not None) is (then == "unknown")
    told = {problem.kind for problem in office.snapshot().problems}
    assert ProblemKind.PAUSE in told or not (then == "unknown" or office.pause.guessed)
    assert office.pause.guessed or paused or then != "paused"
    assert bool(team.connections) is (then == "sent")


async def test_a_pause_that_nobody_knows_of_ends_by_the_owners_word_for_good(
    office: Office, team: SandboxRobot
) -> None:
    office.path.with_name("pause.json").write_text("nonsense", "utf-8")
    await office.restart()
    assert office.pause.guessed
    assert text("pause.guessed") in [problem.reason for problem in office.snapshot().problems]
    office.control.resume()
    assert not office.pause.guessed
    await office.restart()
    assert (await office.send("again")).status is Status.SENT
    assert team.received


async def test_a_pause_that_cannot_be_kept_holds_says_so_and_is_kept_later(office: Office, team: SandboxRobot) -> None:
    file = office.path.with_name("pause.json")
    file.unlink()
    file.mkdir()
    await office.control.pause(PauseFor.OPEN)
    assert (await office.send("quiet")).status is Status.PAUSED
    assert ProblemKind.PAUSE in {problem.kind for problem in office.snapshot().problems}
    file.rmdir()
    await office.pass_time(2_000)
    assert ProblemKind.PAUSE not in {problem.kind for problem in office.snapshot().problems}
    await office.restart()
    assert office.pause.current() is not None
    assert team.connections == 0


async def test_a_longer_pause_keeps_its_beginning_and_a_damaged_one_means_quiet(office: Office) -> None:
    first = await office.control.pause(PauseFor.HALF_HOUR)
    await office.pass_time(60_000)
    second = await office.control.pause(PauseFor.HOUR)
    assert (second.since_ms, second.until_ms) == (first.since_ms, (first.until_ms or 0) + HALF_HOUR_MS + 60_000)
    office.path.with_name("pause.json").write_text("nonsense", "utf-8")
    await office.restart()
    state = office.pause.current()
    assert state is not None
    assert state.until_ms is None


@pytest.mark.parametrize("by_ms", [-4 * HALF_HOUR_MS, 4 * HALF_HOUR_MS])
async def test_a_clock_that_is_set_neither_stretches_it_nor_ends_it(
    office: Office, clock: StepClock, by_ms: int
) -> None:
    await office.control.pause(PauseFor.HOUR)
    clock.set_wall(by_ms)
    await office.pass_time(2 * HALF_HOUR_MS - 1)
    assert office.pause.current() is not None
    await office.pass_time(1)
    assert office.pause._state is None


async def test_the_test_message_says_which_robot_it_is_for(office: Office, team: SandboxRobot) -> None:
    receipt = await office.within(office.control.send_test("", source=Source.TRAY))
    assert receipt.status is Status.SENT
    assert CATALOGS[Language.ZH](text("report.test_body", robot="team")) in seen(team)[0]
