"""A session in a git worktree belongs to its project: rules, routes, names; whatever the disk does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.watching import CWD, Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.place import Place
from tray_app.core.sessions.session import SessionState

pytestmark = pytest.mark.anyio

_FIX = "/home/someone/trees/fix-login"
_PLACE = Place(project="shop", worktree="fix-login", main_folder="/home/someone/code/shop")
_STARTED = events.SessionStarted(source="startup")


@pytest.fixture
async def work(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Watching]:
    async with watching(tmp_path, team, clock) as work:
        work.disk.places[_FIX] = _PLACE
        yield work


@pytest.mark.parametrize("source", ["hook", "registry", "transcript"])
async def test_whoever_tells_of_it_its_project_is_that_of_the_main_checkout(work: Watching, source: str) -> None:
    if source == "hook":
        work.track.on_hook(events.HookEvent(session_id="s1", what=_STARTED, cwd=_FIX))
    elif source == "registry":
        work.records.processes[7] = LiveProcess(pid=7, session_id="s1", cwd=_FIX, state=SessionState.IDLE)
    else:
        await work.hook(_STARTED)
        work.records.write(work.session(cwd=_FIX, project="fix-login"))
    await work.pass_time(4_000)
    (session,), (view,) = work.track.live(), work.track.views()
    assert (session.project, session.worktree, session.main_folder) == ("shop", "fix-login", _PLACE.main_folder)
    assert (view.project, view.worktree) == ("shop", "fix-login")


async def test_a_folder_is_asked_about_once(work: Watching) -> None:
    await work.hook(_STARTED)
    for number in range(5):
        work.records.write(work.session(prompts=number))
        await work.pass_time(1_000)
    assert work.disk.asked == [CWD]


async def test_a_disk_that_does_not_answer_holds_nobody_up_and_is_heard_later(work: Watching) -> None:
    work.disk.waits = asyncio.Event()
    work.records.write(work.session(cwd=_FIX, project="fix-login"))
    work.track.on_hook(events.HookEvent(session_id="s1", what=_STARTED, cwd=_FIX))
    await asyncio.wait_for(work.track.look(), 10)
    await asyncio.wait_for(work.track.look(), 10)
    assert [one.project for one in work.track.live()] == ["fix-login"]
    assert work.disk.asked == [_FIX]  # not once more while the first question is open
    work.disk.waits.set()
    await work.office.settle()
    assert [one.project for one in work.track.live()] == ["shop"]
    await work.pass_time(5_000)
    assert work.disk.asked == [_FIX]


async def test_a_worktree_removed_after_its_work_is_remembered_over_a_restart(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with watching(tmp_path, team, clock) as work:
        work.disk.places[_FIX] = _PLACE
        work.records.write(work.session(cwd=_FIX, project="fix-login"))
        work.records.write(work.session("s2", cwd="/gone/other", project="other"))
        await work.hook(_STARTED)
        await work.pass_time(1_000)
        work.track.stop()
    async with watching(tmp_path, team, clock) as work:
        work.disk.places = {
            _FIX: Place(project="fix-login", gone=True),
            "/gone/other": Place(project="other", gone=True),
        }
        work.records.write(work.session(cwd=_FIX, project="fix-login"))
        work.records.write(work.session("s2", cwd="/gone/other", project="other"))
        await work.hook(_STARTED)
        await work.pass_time(1_000)
        work.track.stop()
        kept = {str(one["session_id"]): one for one in work.track.listing(everything=True, limit=9)}
    assert [(kept[name]["project"], kept[name]["worktree"]) for name in ("s1", "s2")] == [
        ("shop", "fix-login"),
        ("other", ""),
    ]


async def test_folders_first_met_while_the_disk_is_slow_are_asked_later_and_their_sessions_kept_anew(
    work: Watching,
) -> None:
    other = "/home/someone/trees/hotfix"
    work.disk.places[other] = Place(project="shop", worktree="hotfix", main_folder="/home/someone/code/shop")
    work.disk.waits = asyncio.Event()
    await work.hook(_STARTED)
    work.records.write(work.session("p1", cwd=_FIX, project="fix-login"))
    await asyncio.wait_for(work.track.look(), 10)
    work.records.write(work.session("p2", cwd=other, project="hotfix"))
    work.records.write(work.session("s1", prompts=1))
    await work.pass_time(3_000)
    work.track.stop()
    assert {one["project"] for one in work.track.listing(everything=True, limit=9)} >= {"fix-login", "hotfix"}
    work.disk.waits.set()
    await work.office.settle()
    for number in range(2, 5):
        work.records.write(work.session("s1", prompts=number))
        await work.pass_time(3_000)
    work.track.stop()
    kept = {str(one["session_id"]): one["project"] for one in work.office.store.sessions.kept(9)}
    assert (kept["p1"], kept["p2"]) == ("shop", "shop")
