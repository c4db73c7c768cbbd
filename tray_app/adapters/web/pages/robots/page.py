"""The robots page: robots to add, try out, change and remove, the keyring that holds their secrets, and the routes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error, flash_of_test
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.adapters.web.pages.robots import app_form, forms
from tray_app.adapters.web.pages.robots.app_form import AppDraft
from tray_app.adapters.web.pages.robots.forms import Question, RobotDraft, RouteDraft
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import InvalidCredentials, TrayAppError, UnknownRobot
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.settings.settings import DEFAULT_CHANNEL
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import RobotOrigin, Snapshot, VaultState
from tray_app.services.owner.robot_admin import RobotHint
from tray_app.services.owner.settings_admin import SettingsAdmin

_PATH = f"/ui/{Page.ROBOTS}"
_OLD_PATH = f"/ui/{Page.SETUP}"
_HINT_S = 1.0  # a keyring that waits for its password window must not keep the page
STEPS = tuple(text(f"pages.step_{number}") for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class RobotsPage:
    """Shows the page and does what its forms ask."""

    site: Site
    settings: SettingsAdmin

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers; the address that it had before leads there."""
        return PageRoute(_PATH, self.show, self.change), PageRoute(_OLD_PATH, self.lead_here)

    async def lead_here(self, visit: PageRequest) -> Response:
        """Answer GET at the old address."""
        query = visit.request.url.query
        return go_to(_PATH + (f"?{query}" if query else ""))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET: `?edit=NAME` opens a robot in its form, `?route=N` a route; `?folder=…` asks who gets what."""
        query = visit.request.query_params
        snapshot = self.site.services.hub.look()
        draft = forms.blank(snapshot.robots, self.site.channels, editing=query.get("edit", ""))
        route = forms.of_route(query.get("route", ""), self.settings.routes())
        return await self._render(visit, draft, route=route, question=self._answer(query, snapshot))

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted. Ends in a redirect, so that reloading repeats nothing."""
        robot = visit.form.get("robot", "")
        try:
            match visit.form.get("do"):
                case "save":
                    return await self._save(visit)
                case "save_app":
                    return await self._save_app(visit)
                case "test":
                    visit.session.note = await self._tested(robot)
                case "default":
                    await self.site.services.robots.make_default(robot)
                    visit.session.note = Flash(tone="good", said=text("robots.made_default"), robot=robot)
                case "remove":
                    await self.site.services.robots.remove(robot)
                    visit.session.note = Flash(tone="good", said=text("pages.removed", robot=robot))
                case "retry":
                    visit.session.note = _note_of_vault(await self.site.services.robots.retry_keyring())
                case "route" | "drop" | "raise":
                    return await self._route(visit)
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        except TrayAppError as error:
            there = {view.name for view in self.site.services.hub.look().robots}
            visit.session.note = flash_of_error(error, robot=robot if robot in there else "")
        return go_to(_PATH)

    async def _save(self, visit: PageRequest) -> Response:
        form = visit.form
        name = form.get("editing") or form.get("name", "").strip()
        try:
            await self._store(name, form)
        except InvalidCredentials as error:
            return await self._again(visit, {error.field: error})
        except TrayAppError as error:
            return await self._again(visit, {"": error})
        saved = text("pages.saved")
        visit.session.note = Flash(tone="good", said=saved, robot=name)
        if form.get("then") == "test":
            try:
                note = await self._tested(name)
            except TrayAppError as error:
                note = flash_of_error(error, robot=name)
            visit.session.note = replace(note, before=saved)
        return go_to(_PATH)

    async def _save_app(self, visit: PageRequest) -> Response:
        """Store the app robot, once DingTalk knows it or cannot be asked."""
        robots = self.site.services.hub.look().robots
        name = app_form.blank(robots).name
        try:
            channel = self.site.channels[app_form.CHANNEL]
            unasked = await app_form.save(self.site.services.robots, channel, visit.form, name=name)
        except TrayAppError as error:
            where = error.field if isinstance(error, InvalidCredentials) else ""
            app = app_form.again(robots, visit.form, error, where)
            draft = forms.blank(robots, self.site.channels, editing="")
            return await self._render(visit, draft, app=app, status=422)
        if unasked is None:
            visit.session.note = Flash(tone="good", said=text("app_robot.saved"), robot=name)
        else:
            visit.session.note = Flash(tone="wait", said=text("app_robot.saved_unchecked"), hint=unasked, robot=name)
        return go_to(_PATH)

    async def _tested(self, name: str) -> Flash:
        flash = flash_of_test(await self.site.services.control.send_test(name, source=Source.PAGE), robot=name)
        robots = {robot.name: robot for robot in self.site.services.hub.look().robots}
        personal = name in robots and robots[name].paired is not None
        return replace(flash, said=text("app_robot.test_sent")) if personal and flash.tone == "good" else flash

    async def _store(self, name: str, form: Mapping[str, str]) -> None:
        known = {robot.name: robot for robot in self.site.services.hub.look().robots}
        editing = form.get("editing", "")
        if editing and (editing not in known or known[editing].origin is not RobotOrigin.KEYRING):
            raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
        if name in known and not editing:
            raise InvalidCredentials("name", text("pages.name_taken"), text("pages.name_taken_hint"))
        typed = forms.sort_out(
            self.site.channels[known[name].channel if name in known else DEFAULT_CHANNEL],
            webhook=form.get("webhook", ""),
            secret=form.get("secret", ""),
            keywords=form.get("keywords", ""),
        )
        await self.site.services.robots.save(
            name=name,
            webhook=typed.webhook,
            secret=typed.secret,
            keywords=typed.keywords,
            default="default" in form,
            per_minute=forms.limit(form, "per_minute"),
            monthly_cap=forms.limit(form, "monthly_cap"),
        )

    async def _again(self, visit: PageRequest, errors: Mapping[str, TrayAppError]) -> Response:
        robots = self.site.services.hub.look().robots
        return await self._render(visit, forms.again(robots, self.site.channels, visit.form, errors), status=422)

    async def _route(self, visit: PageRequest) -> Response:
        """Change the list of routes. Raises TrayAppError."""
        form, version = visit.form, visit.form.get("version", "")
        number = int(form["number"]) if form.get("number", "").isdecimal() else -1
        match form["do"]:
            case "drop":
                await self.settings.remove_route(number, version=version)
                said = text("robots.route_removed")
            case "raise":
                await self.settings.raise_route(number, version=version)
                said = text("robots.route_raised")
            case _:
                robots = self.site.services.hub.look().robots
                found = forms.read_draft(form, [robot.name for robot in robots if robot.paired is None])
                if isinstance(found, RouteDraft):
                    return await self._render(
                        visit, forms.blank(robots, self.site.channels, editing=""), route=found, status=422
                    )
                if number < 0:
                    await self.settings.add_route(found)
                    said = text("robots.route_added", robot=found.robot)
                else:
                    await self.settings.change_route(number, found, version=version)
                    said = text("robots.route_changed", number=number + 1)
        visit.session.note = Flash(tone="good", said=said, robot="")
        return go_to(_PATH)

    def _answer(self, query: Mapping[str, str], snapshot: Snapshot) -> Question:
        subject = forms.asked(query)
        if subject is None:
            return Question()
        default = next((robot.name for robot in snapshot.robots if robot.default), "")
        found = self.settings.route_of(subject)
        return forms.answered(subject, found, routes=self.settings.routes(), default=default)

    async def _hints(self, snapshot: Snapshot) -> Mapping[str, RobotHint] | None:
        """Last characters of secrets; a robot that is not ready would only make a locked keyring ask again.

        None: the keyring does not answer now.
        """
        try:
            async with asyncio.timeout(_HINT_S):
                return {
                    one.name: await self.site.services.robots.hint(one.name) for one in snapshot.robots if one.ready
                }
        except TimeoutError:
            return None

    async def _render(
        self,
        visit: PageRequest,
        draft: RobotDraft,
        *,
        route: RouteDraft | None = None,
        question: Question | None = None,
        app: AppDraft | None = None,
        status: int = 200,
    ) -> Response:
        snapshot = self.site.services.hub.look()
        note, visit.session.note = visit.session.note, None
        hints = await self._hints(snapshot)
        file = await self.settings.look()
        return self.site.page(
            "robots.html",
            visit.session,
            status=status,
            page=Page.ROBOTS,
            snapshot=snapshot,
            hints=hints or {},
            slow=hints is None,
            vault=vault_problem(snapshot),
            vault_state=text(f"pages.vault_{snapshot.vault}"),
            origins=_ORIGINS,
            steps=STEPS,
            app=app or app_form.blank(snapshot.robots),
            app_steps=app_form.STEPS,
            draft=draft,
            note=note,
            routes=self.settings.routes(),
            file_version=file.version,
            broken=file.trouble,
            kinds=forms.KINDS,
            tools=forms.TOOL_NAMES,
            folders=self.settings.folders(),
            route=route or RouteDraft(),
            question=question or Question(),
            hears=None if snapshot.phone is None else text(f"phone.hears_{snapshot.phone.hears}"),
        )


_ORIGINS: Mapping[RobotOrigin, Text] = {origin: text(f"pages.origin_{origin}") for origin in RobotOrigin}


def vault_problem(snapshot: Snapshot) -> Problem | None:
    """What is wrong with the keyring: in the keyring's own words where it said some (they name this system's fix)."""
    if snapshot.vault in {VaultState.OK, VaultState.MISSING, VaultState.UNASKED}:
        return None
    said = (problem for problem in snapshot.problems if problem.kind is ProblemKind.KEYRING)
    return next(said, None) or Problem(
        kind=ProblemKind.KEYRING,
        reason=text(f"pages.vault_{snapshot.vault}"),
        hint=text(f"pages.vault_{snapshot.vault}_hint"),
    )


def _note_of_vault(state: VaultState) -> Flash:
    fine = state in {VaultState.OK, VaultState.MISSING}
    return Flash(tone="good" if fine else "bad", said=text("pages.vault_found" if fine else "pages.vault_still"))
