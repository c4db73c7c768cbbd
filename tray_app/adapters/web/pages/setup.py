"""The set-up page: robots to add, try out and remove, and the keyring that holds their secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from tray_app.adapters.web.pages.access import Session
from tray_app.adapters.web.pages.door import NOT_OURS, Place, Visit
from tray_app.adapters.web.pages.note import Note, note_of_error, note_of_test, note_of_vault
from tray_app.adapters.web.pages.site import Site, go_to
from tray_app.core.credentials import read_keywords, read_pasted
from tray_app.core.errors import InvalidCredentials, TrayAppError, UnknownRobot
from tray_app.core.secret import Secret
from tray_app.core.snapshot import Problem, ProblemKind, RobotOrigin, RobotView, Snapshot, VaultState
from tray_app.core.texts import text

_PATH = "/ui/setup"
_STEPS = tuple(text(f"pages.step_{number}") for number in range(1, 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form. Secrets are never put back into a page, so they are not here.

    `editing` names the robot that is changed; empty for a new one. `choice` is False where the robot is the default one
    anyway: the first, or the one that is it now. `errors` by field; `""` is the whole form.
    """

    name: str
    keywords: str = ""
    default: bool = False
    choice: bool = True
    editing: str = ""
    errors: Mapping[str, TrayAppError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Credentials as a person gave them, sorted out."""

    webhook: Secret
    secret: Secret
    keywords: tuple[str, ...]


def sort_out(*, webhook: str, secret: str, keywords: str) -> Typed:
    """Find webhook and key wherever they were pasted; what is neither stays in its field, to be refused."""
    found = read_pasted(webhook, secret)
    return Typed(
        webhook=found.webhook or Secret("" if read_pasted(webhook).secret else webhook.strip()),
        secret=found.secret or Secret("" if read_pasted(secret).webhook else secret.strip()),
        keywords=read_keywords(keywords) or found.keywords,
    )


@dataclass(frozen=True, slots=True)
class SetupPage:
    """Shows the page and does what its forms ask."""

    site: Site

    def places(self) -> tuple[Place, ...]:
        """Where it answers."""
        return (Place(_PATH, self.show, self.change),)

    async def show(self, visit: Visit) -> Response:
        """Answer GET."""
        robots = self.site.desk.snapshot().robots
        draft = _blank(robots, editing=visit.request.query_params.get("edit", ""))
        return await self._render(visit.session, draft)

    async def change(self, visit: Visit) -> Response:
        """Answer POST: the form's `do` names what is wanted. Ends in a redirect, so that reloading repeats nothing."""
        robot = visit.form.get("robot", "")
        try:
            match visit.form.get("do"):
                case "save":
                    return await self._save(visit)
                case "test":
                    visit.session.note = note_of_test(await self.site.desk.test(robot), robot=robot)
                case "remove":
                    await self.site.desk.remove_robot(robot)
                    visit.session.note = Note(tone="good", said=text("pages.removed", robot=robot))
                case "retry":
                    visit.session.note = note_of_vault(await self.site.desk.retry_keyring())
                case _:
                    return self.site.tell(NOT_OURS, visit.session)
        except TrayAppError as error:
            there = {view.name for view in self.site.desk.snapshot().robots}
            visit.session.note = note_of_error(error, robot=robot if robot in there else "")
        return go_to(_PATH)

    async def _save(self, visit: Visit) -> Response:
        form = visit.form
        name = form.get("editing") or form.get("name", "").strip()
        try:
            await self._store(name, form)
        except InvalidCredentials as error:
            return await self._again(visit, {error.field: error})
        except TrayAppError as error:
            return await self._again(visit, {"": error})
        saved = text("pages.saved")
        visit.session.note = Note(tone="good", said=saved, robot=name)
        if form.get("then") == "test":
            try:
                note = note_of_test(await self.site.desk.test(name), robot=name)
            except TrayAppError as error:
                note = note_of_error(error, robot=name)
            visit.session.note = replace(note, before=saved)
        return go_to(_PATH)

    async def _store(self, name: str, form: Mapping[str, str]) -> None:
        known = {robot.name: robot for robot in self.site.desk.snapshot().robots}
        editing = form.get("editing", "")
        if editing and (editing not in known or known[editing].origin is not RobotOrigin.KEYRING):
            raise UnknownRobot(text("pages.robot_gone"), text("pages.robot_gone_hint"))
        if name in known and not editing:
            raise InvalidCredentials("name", text("pages.name_taken"), text("pages.name_taken_hint"))
        typed = sort_out(
            webhook=form.get("webhook", ""), secret=form.get("secret", ""), keywords=form.get("keywords", "")
        )
        await self.site.desk.save_robot(
            name=name,
            webhook=typed.webhook,
            secret=typed.secret,
            keywords=typed.keywords,
            default="default" in form,
        )

    async def _again(self, visit: Visit, errors: Mapping[str, TrayAppError]) -> Response:
        form = visit.form
        blank = _blank(self.site.desk.snapshot().robots, editing=form.get("editing", ""))
        draft = replace(
            blank,
            name=form.get("name", ""),
            keywords=form.get("keywords", ""),
            default="default" in form,
            errors=errors,
        )
        return await self._render(visit.session, draft, status=422)

    async def _render(self, session: Session, draft: Draft, *, status: int = 200) -> Response:
        snapshot = self.site.desk.snapshot()
        note, session.note = session.note, None
        # a robot that is not ready would only make a locked keyring ask again
        hints = {one.name: await self.site.desk.robot_hint(one.name) for one in snapshot.robots if one.ready}
        return self.site.page(
            "setup.html",
            session,
            status=status,
            page="setup",
            snapshot=snapshot,
            hints=hints,
            vault=_vault_problem(snapshot),
            vault_state=text(f"pages.vault_{snapshot.vault}"),
            origins={origin: text(f"pages.origin_{origin}") for origin in RobotOrigin},
            steps=_STEPS,
            draft=draft,
            note=note,
        )


def _blank(robots: Sequence[RobotView], *, editing: str) -> Draft:
    """Fill the form for a change where there is such a robot of the keyring, else for a new one."""
    for robot in robots:
        if robot.name == editing and robot.origin is RobotOrigin.KEYRING:
            keywords = ", ".join(robot.keywords)
            return Draft(name=robot.name, keywords=keywords, choice=not robot.default, editing=robot.name)
    taken = {robot.name for robot in robots}
    free = next(name for name in ("team", *(f"team{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    return Draft(name=free, choice=bool(robots))


def _vault_problem(snapshot: Snapshot) -> Problem | None:
    """What is wrong with the keyring: in the keyring's own words where it said some (they name this system's fix)."""
    if snapshot.vault in {VaultState.OK, VaultState.MISSING, VaultState.UNASKED}:
        return None
    said = (problem for problem in snapshot.problems if problem.kind is ProblemKind.KEYRING)
    return next(said, None) or Problem(
        kind=ProblemKind.KEYRING,
        reason=text(f"pages.vault_{snapshot.vault}"),
        hint=text(f"pages.vault_{snapshot.vault}_hint"),
    )
