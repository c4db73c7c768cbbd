"""Messages that name no robot reach the group their project's route leads to, through the one door."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tests.support.watching import CWD, Watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.sessions.live import events
from tray_app.core.sessions.place import in_worktree
from tray_app.core.sessions.session import Asks
from tray_app.core.settings.notices import WaitingRule
from tray_app.core.settings.routes import Route
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.submit.routing import Routing

pytestmark = pytest.mark.anyio
HELLO = TextMessage(content="hello")


@pytest.fixture
def groups(clock: StepClock) -> Iterator[dict[str, SandboxRobot]]:
    with SandboxRobot(now_ms=clock.now_ms) as team, SandboxRobot(now_ms=clock.now_ms) as shop:
        yield {"team": team, "shop": shop}


def routed(office: Office, *routes: Route, sessions: SessionTracker | None = None) -> Routing:
    office.settings = replace(office.settings, routes=routes)
    routing = Routing(
        settings=lambda: office.settings,
        home="/home/someone",
        session=lambda name: None if sessions is None else sessions.session(name),
    )
    office.route = routing.robot
    return routing


def got(groups: dict[str, SandboxRobot]) -> dict[str, int]:
    return {name: len(group.received) for name, group in groups.items()}


async def test_a_route_of_the_project_takes_what_names_no_robot_and_nothing_else(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office:
        routed(office, Route(robot="shop", project="api"))
        for robot, project in (("", "api"), ("team", "api"), ("", "web")):
            receipt = await office.notify.send(HELLO, robot=robot, origin=replace(ORIGIN, project=project))
            assert receipt.status is Status.SENT
        assert got(groups) == {"team": 2, "shop": 1}
        routed(office)
        await office.notify.send(HELLO, robot="", origin=ORIGIN)
        assert got(groups) == {"team": 3, "shop": 1}


async def test_a_test_message_tries_the_default_robot_whatever_the_routes(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office:
        routed(office, Route(robot="shop", kind="message"))
        assert (await office.control.send_test("", source=Source.PAGE)).robot == "team"


async def test_what_is_not_sent_is_kept_under_the_robot_it_would_have_gone_to(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office:
        routed(office, Route(robot="shop", tool="waiting"))
        why = text("outbox.discarded_on_resume")
        office.notify.withhold(HELLO, robot="", origin=Origin(source=Source.AUTO, tool="waiting"), reason=why, hint=why)
        (row,) = office.store.recent(5)
        assert (row.robot, row.stage) == ("shop", Stage.DISCARDED)


async def test_a_route_to_a_robot_that_is_gone_fails_with_the_reason_and_reaches_no_other_group(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office:
        routed(office, Route(robot="gone", project="api"))
        receipt = await office.notify.send(HELLO, robot="", origin=ORIGIN)
        assert receipt.status is Status.FAILED
        assert receipt.reason == text("credentials.unknown_robot", robot="gone")
        assert got(groups) == {"team": 0, "shop": 0}


async def test_notices_follow_the_folder_of_their_session_and_are_merged_per_group(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office, anyio.create_task_group() as tasks:
        work = Watching(office, groups["team"])
        routed(office, Route(robot="shop", project="~/code/api"), sessions=work.track)
        tasks.start_soon(work.track.run)
        tasks.start_soon(work.notices.run)
        work.rules(waiting=WaitingRule(after_s=0, remind_minutes=0))
        for name, folder in (("s1", CWD), ("s2", f"{CWD}/deep"), ("s3", "/c/web")):
            work.records.write(work.session(name, cwd=folder, project=folder.rpartition("/")[2]))
            work.track.on_hook(
                events.HookEvent(session_id=name, what=events.Notified(asks=Asks.PERMISSION), cwd=folder)
            )
        await office.settle()
        await work.pass_time(5_000)
        assert got(groups) == {"team": 1, "shop": 1}
        assert "api" in groups["shop"].received[0].text
        assert "deep" in groups["shop"].received[0].text
        assert "web" in groups["team"].received[0].text
        tasks.cancel_scope.cancel()


async def test_the_robot_of_a_kind_of_notice_comes_before_the_routes(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office, anyio.create_task_group() as tasks:
        work = Watching(office, groups["team"])
        routed(office, Route(robot="shop", project="api"))
        tasks.start_soon(work.track.run)
        tasks.start_soon(work.notices.run)
        work.rules(waiting=WaitingRule(after_s=0, remind_minutes=0, robot="team"))
        work.records.write(work.session())
        await work.hook(events.Notified(asks=Asks.PERMISSION))
        await work.pass_time(5_000)
        assert got(groups) == {"team": 1, "shop": 0}
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("project", ["shop", "/home/someone/code/shop"])
async def test_a_worktrees_messages_follow_its_projects_route(
    tmp_path: Path, groups: dict[str, SandboxRobot], clock: StepClock, project: str
) -> None:
    async with at_work(tmp_path, groups, clock=clock) as office, anyio.create_task_group() as tasks:
        work = Watching(office, groups["team"])
        folder = "/trees/fix-login"
        work.disk.places[folder] = in_worktree("/home/someone/code/shop", "fix-login")
        routed(office, Route(robot="shop", project=project), sessions=work.track)
        tasks.start_soon(work.track.run)
        tasks.start_soon(work.notices.run)
        work.rules(waiting=WaitingRule(after_s=0, remind_minutes=0))
        work.track.on_hook(events.HookEvent(session_id="s1", what=events.Notified(asks=Asks.PERMISSION), cwd=folder))
        await office.settle()
        await work.pass_time(5_000)
        assert got(groups) == {"team": 0, "shop": 1}
        assert "shop (fix-login)" in groups["shop"].received[0].text
        assert [row.origin.project for row in work.rows()] == ["shop"]
        tasks.cancel_scope.cancel()
