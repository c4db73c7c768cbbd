"""What the owner has muted: nothing of it is told, for as long as was said, over restarts too."""

from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.watching import Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.mutes import from_data, to_data
from tray_app.core.sessions.session import Asks
from tray_app.core.settings.notices import NoticeKind

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000
ASKED = events.Notified(asks=Asks.PERMISSION)


async def asks(work: Watching, *names: str) -> list[str]:
    """These sessions (of projects called p1, p2, ...) ask, and nobody answers for long; whose notices went out."""
    before = len(work.rows())
    for number, name in enumerate(names):
        work.records.write(work.session(name, project=f"p{number + 1}", cwd=f"/c/p{number + 1}"))
        work.records.processes[number] = LiveProcess(pid=number + 7, session_id=name)
        await work.hook(ASKED, name)
    await work.pass_time(70_000)
    for number, name in enumerate(names):
        await work.hook(events.ToolCalled(tool="Bash", tool_use_id=f"t{work.clock.wall}-{number}"), name)
    return [project for row in work.rows()[before:] for project in row.origin.project.split(", ")]


async def test_of_a_muted_session_or_project_nothing_is_told_until_its_time_is_up_or_it_is_undone(
    work: Watching,
) -> None:
    work.mutes.mute(PauseFor.HOUR, session="s1")
    work.clock.step(1)
    mute = work.mutes.mute(PauseFor.OPEN, project="p2")
    assert await asks(work, "s1", "s2", "s3") == ["p3"]
    await work.jump(HOUR_MS)
    assert [one.project for one in work.mutes.current()] == ["p2"]
    assert await asks(work, "s1", "s2", "s3") == ["p1", "p3"]
    assert work.mutes.end(mute.id) == mute
    assert work.mutes.end(mute.id) is None
    assert await asks(work, "s1", "s2", "s3") == ["p1", "p2", "p3"]


async def test_one_kind_alone_is_muted_and_a_second_mute_of_the_same_takes_the_place_of_the_first(
    work: Watching,
) -> None:
    work.mutes.mute(PauseFor.HOUR, project="p1", kind=NoticeKind.WAITING)
    work.clock.step(1)
    work.mutes.mute(PauseFor.OPEN, project="p1", kind=NoticeKind.WAITING)
    assert [one.until_ms for one in work.mutes.current()] == [None]
    assert await asks(work, "s1") == []
    await work.hook(events.TurnBrokeOff(error="billing_error"), "s1")
    await work.pass_time(5_000)
    assert [row.origin.tool for row in work.rows()] == ["failure"]


async def test_what_was_about_to_be_told_is_not_once_it_is_muted(work: Watching) -> None:
    work.records.write(work.session())
    await work.hook(ASKED)
    await work.pass_time(61_000)  # it is due, and waits for others
    work.mutes.mute(PauseFor.HOUR, session="s1")
    await work.pass_time(5_000)
    assert work.rows() == []


async def test_a_restart_keeps_it(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with watching(tmp_path, team, clock) as work:
        work.mutes.mute(PauseFor.OPEN, project="p1")
    async with watching(tmp_path, team, clock) as work:
        assert await asks(work, "s1", "s2") == ["p2"]
        (mute,) = work.mutes.current()
    assert from_data(to_data(mute)) == mute
    assert [from_data(one) for one in (None, {}, {**to_data(mute), "until_ms": "soon"})] == [None] * 3
