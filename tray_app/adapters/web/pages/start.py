"""The first-run guide: a robot, a test message, an agent, done. Each step can be skipped, and come back to later."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from starlette.responses import Response

from tray_app.adapters.web.pages.connect import TONES, flash_of_check, flash_of_connect
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error, flash_of_test, flash_of_vault
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.adapters.web.pages.ports import AgentConnector
from tray_app.adapters.web.pages.robots import forms
from tray_app.adapters.web.pages.robots.forms import RobotDraft
from tray_app.adapters.web.pages.robots.page import STEPS, vault_problem
from tray_app.core.connect.view import ConnectionState, ConnectionView
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import InvalidCredentials, TrayAppError, UnknownRobot
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.settings.settings import DEFAULT_CHANNEL
from tray_app.core.state.snapshot import RobotOrigin, RobotView, Snapshot

_PATH = f"/ui/{Page.START}"
_TOLD = frozenset({Stage.SENT, Stage.FAILED})  # by which a robot shows whether it works


class SetupStep(StrEnum):
    """A step of the guide, in this order."""

    ROBOT = "robot"
    TEST = "test"
    CONNECT = "connect"
    DONE = "done"

    def next(self) -> "SetupStep":
        """Give the one after this."""
        steps = list(SetupStep)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the owner is: the robot that sends by default, whether its last message arrived, the agent's connection.

    `trouble`: why that is not known.
    """

    robot: RobotView | None
    tested: bool
    view: ConnectionView | None
    trouble: TrayAppError | None = None

    def done(self, step: SetupStep) -> bool:
        """Whether nothing is left to do there."""
        match step:
            case SetupStep.ROBOT | SetupStep.TEST:  # a robot is what works: whether it does, only a message tells
                return self.robot is not None and self.tested
            case SetupStep.CONNECT:
                return self.view is not None and self.view.state is ConnectionState.CONNECTED
            case SetupStep.DONE:
                return False

    def first_open(self) -> SetupStep:
        """Where to go on: what is stored and not tried yet is tried."""
        if self.robot is not None and not self.tested:
            return SetupStep.TEST
        return next(step for step in SetupStep if not self.done(step))


@dataclass(frozen=True, slots=True)
class StartPage:
    """Shows the step and does what its forms ask."""

    site: Site

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change),)

    @property
    def _agent(self) -> str:
        return next(iter(self.site.services.connectors))

    @property
    def _connector(self) -> AgentConnector:
        return self.site.services.connectors[self._agent]

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET: `?step=` names the step, else it is the first with something left to do."""
        snapshot = self.site.services.hub.look()
        standing = await self._standing(snapshot)
        wanted = visit.request.query_params.get("step")
        step = SetupStep(wanted) if wanted in set(SetupStep) else standing.first_open()
        draft = forms.blank(snapshot.robots, self.site.channels, editing=visit.request.query_params.get("edit", ""))
        return self._render(visit, snapshot, standing, step, draft)

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted. Ends in a redirect to the step that is next."""
        services, form = self.site.services, visit.form
        step = SetupStep.ROBOT
        try:
            match form.get("do"):
                case "save":
                    return await self._save(visit)
                case "retry":
                    visit.session.note = flash_of_vault(await services.robots.retry_keyring())
                case "test":
                    return await self._test(visit, form.get("robot", ""))
                case "connect":
                    step = SetupStep.CONNECT
                    visit.session.note = flash_of_connect(
                        self.site.title(self._agent), await self._connector.connect(form.get("plan", ""))
                    )
                case "check":
                    step = SetupStep.CONNECT
                    visit.session.note = flash_of_check(await self._connector.check())
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(f"{_PATH}?step={step}")

    async def _save(self, visit: PageRequest) -> Response:
        services, form = self.site.services, visit.form
        editing = form.get("editing", "")
        name = editing or form.get("name", "").strip()
        try:
            typed = forms.sort_out(
                self.site.channels[DEFAULT_CHANNEL],
                webhook=form.get("webhook", ""),
                secret=form.get("secret", ""),
                keywords=form.get("keywords", ""),
            )
            known = {robot.name: robot for robot in services.hub.look().robots}
            if editing and (editing not in known or known[editing].origin is not RobotOrigin.KEYRING):
                raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
            if not editing and name in known:
                raise InvalidCredentials("name", text("pages.name_taken"), text("pages.name_taken_hint"))
            await services.robots.save(
                name=name,
                webhook=typed.webhook,
                secret=typed.secret,
                keywords=typed.keywords,
                default="default" in form,
            )
        except TrayAppError as error:
            return await self._again(visit, error)
        if form.get("then") == "test":
            return await self._test(visit, name)
        visit.session.note = Flash(tone="good", said=text("pages.saved"))
        return go_to(f"{_PATH}?step={SetupStep.TEST}")

    async def _test(self, visit: PageRequest, name: str) -> Response:
        """Send the test message. What is refused leads back to the form at once, with the reason above it."""
        back = f"{_PATH}?step={SetupStep.TEST}"
        try:
            receipt = await self.site.services.control.send_test(name, source=Source.PAGE)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
            return go_to(back)
        visit.session.note = flash_of_test(receipt, robot="")
        ours = {one.name for one in self.site.services.hub.look().robots if one.origin is RobotOrigin.KEYRING}
        if receipt.status is Status.FAILED and name in ours:
            back = f"{_PATH}?step={SetupStep.ROBOT}&edit={quote(name)}"
        return go_to(back)

    async def _again(self, visit: PageRequest, error: TrayAppError) -> Response:
        where = error.field if isinstance(error, InvalidCredentials) else ""
        snapshot = self.site.services.hub.look()
        draft = forms.again(snapshot.robots, self.site.channels, visit.form, {where: error})
        return self._render(visit, snapshot, await self._standing(snapshot), SetupStep.ROBOT, draft, status=422)

    async def _standing(self, snapshot: Snapshot) -> Standing:
        groups = [robot for robot in snapshot.robots if robot.ready and robot.paired is None]
        ready = sorted(groups, key=lambda robot: not robot.default)
        robot = ready[0].name if ready else ""
        last = next((one.stage for one in snapshot.recent if one.robot == robot and one.stage in _TOLD), None)
        tested = last is Stage.SENT
        view, trouble = None, None
        try:
            view = await self._connector.view()
            trouble = view.trouble
        except TrayAppError as error:
            trouble = error
        return Standing(robot=ready[0] if ready else None, tested=tested, view=view, trouble=trouble)

    def _render(
        self,
        visit: PageRequest,
        snapshot: Snapshot,
        standing: Standing,
        step: SetupStep,
        draft: RobotDraft,
        *,
        status: int = 200,
    ) -> Response:
        note, visit.session.note = visit.session.note, None
        agent = self.site.title(self._agent)
        return self.site.page(
            "start.html",
            visit.session,
            status=status,
            page=Page.START,
            snapshot=snapshot,
            steps=[
                (one, text(f"start.step_{one}", agent=self.site.title(self._agent)), standing.done(one))
                for one in SetupStep
            ],
            step=step,
            agent=agent,
            after=step.next(),
            standing=standing,
            vault=vault_problem(snapshot),
            draft=draft,
            where=STEPS,
            tone=None if standing.view is None else TONES[standing.view.state],
            state=None if standing.view is None else text(f"connect_page.state_{standing.view.state}"),
            note=note,
        )
