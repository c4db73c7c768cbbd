"""The overview: how the app is, what it waits for, what was sent, what is wrong and how to mend it; and the pause."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error, flash_of_test, flash_of_vault
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.charts import sparkline
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu import sessions as session_lines
from tray_app.core.menu.actions import OpenPage, Page, RetryKeyring, SendTest
from tray_app.core.menu.sections import ways_out
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.state.problems import Problem
from tray_app.core.state.quota import quotas
from tray_app.core.state.snapshot import RobotView, Snapshot

_PATH = f"/ui/{Page.OVERVIEW}"
_MOST_SESSIONS = 8  # those that wait come first in the snapshot
_MOST_ROBOTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One way out of a problem, as a page can offer it: a link (`href`), else a button that posts `do`."""

    label: Text
    href: str = ""
    do: str = ""
    robot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemLine:
    """A problem and its ways out."""

    problem: Problem
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A pause to choose."""

    name: PauseFor
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One live session and what it does in words."""

    view: SessionView
    doing: Text


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """Shows the page and does what its forms ask. `held` gives the calls that wait, in full."""

    site: Site
    held: Callable[[], Sequence[Approval]] = tuple

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change),)

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        note, visit.session.note = visit.session.note, None
        snapshot = self.site.services.hub.look()
        return self.site.page(
            "overview.html",
            visit.session,
            page=Page.OVERVIEW,
            snapshot=snapshot,
            troubles=[ProblemLine(problem=one, fixes=tuple(_fixes(one, snapshot))) for one in snapshot.problems],
            lengths=[Length(name=name, label=text(f"menu.pause_{name}")) for name in PauseFor],
            sessions=[
                SessionLine(view=one, doing=session_lines.state_of(one, now_ms=snapshot.now_ms))
                for one in snapshot.sessions[:_MOST_SESSIONS]
            ],
            robots=_busiest(snapshot.robots),
            quotas=quotas(snapshot.robots, local_time(snapshot.now_ms)),
            held=self._held(snapshot),
            today=session_lines.today(snapshot),
            spark=sparkline(snapshot.week) if any(snapshot.week) else "",
            usable=any(robot.ready for robot in snapshot.robots),
            note=note,
        )

    def _held(self, snapshot: Snapshot) -> Mapping[str, Approval]:
        """Give what waits by its id; what cannot be read is shown by its title alone."""
        with contextlib.suppress(StoreUnavailable):
            return {one.id: one for one in self.held()} if snapshot.waiting else {}
        return {}

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted. Ends in a redirect, so that reloading repeats nothing."""
        services, form = self.site.services, visit.form
        try:
            match form.get("do"):
                case "pause" if form.get("length") in set(PauseFor):
                    await services.control.pause(PauseFor(form["length"]))
                    visit.session.note = Flash(tone="good", said=text("overview.paused"))
                case "resume":
                    services.control.resume()
                    visit.session.note = Flash(tone="good", said=text("overview.resumed"))
                case "test":
                    visit.session.note = flash_of_test(
                        await services.control.send_test(form.get("robot", ""), source=Source.PAGE), robot=""
                    )
                case "retry_keyring":
                    visit.session.note = flash_of_vault(await services.robots.retry_keyring())
                case _:
                    return self.site.tell(NOT_OURS, visit.session)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(_PATH)


def _busiest(robots: Sequence[RobotView]) -> Sequence[RobotView]:
    """Give few robots as they are; of many the default one, those that DingTalk limits, and the most used ones."""
    if len(robots) <= _MOST_ROBOTS:
        return robots
    return sorted(robots, key=lambda one: (not one.default, one.limited_until_ms is None, -one.month_used))[
        :_MOST_ROBOTS
    ]


def _fixes(problem: Problem, snapshot: Snapshot) -> Iterator[Fix]:
    """What a page can do of what the tray's menu offers; what takes a desktop is said in the problem's words."""
    for label, action in ways_out(problem, snapshot):
        match action:
            case OpenPage(page=page):
                yield Fix(label=label, href=f"/ui/{page}")
            case RetryKeyring():
                yield Fix(label=label, do="retry_keyring")
            case SendTest(robot=robot):
                yield Fix(label=label, do="test", robot=robot)
            case _:
                continue
