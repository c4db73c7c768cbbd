"""The settings page: every setting of settings.toml with its explanation; saves what was changed, and only that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.adapters.web.pages.settings import form as setting_form
from tray_app.adapters.web.pages.settings.form import SettingsDraft
from tray_app.core.kernel.errors import InvalidSettings, SettingsChanged, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.settings.form_fields import Field
from tray_app.core.settings.text import SettingsText, look_up, parts_of, projects
from tray_app.core.state.login import LoginStart
from tray_app.services.owner.settings_admin import SettingsAdmin

_PATH = f"/ui/{Page.SETTINGS}"
_LONGEST_NAME = 100
_CHANGED_MEANWHILE = 409


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Shows the page and does what its form asks."""

    site: Site
    settings: SettingsAdmin

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change),)

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET: all settings, or with `?project=NAME` the rules of one project."""
        file = await self.settings.look()
        if self.settings.login is not None:  # the system's own settings may have switched it
            await self.settings.login.look()
        project = _project(visit.request.query_params)
        return self._render(visit, file, setting_form.blank(file, project), project)

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted."""
        match visit.form.get("do"):
            case "save":
                return await self._save(visit)
            case "login":
                visit.session.note = await self._switch_login(on=visit.form.get("on") == "yes")
                return go_to(_PATH)
            case "open":
                visit.session.note = await self._open()
                return go_to(_PATH)
            case _:
                return self.site.tell(NOT_OURS, visit.session, back=_PATH)

    async def _save(self, visit: PageRequest) -> Response:
        project = _project(visit.form)
        draft = setting_form.typed_into(visit.form, project)
        values, errors = setting_form.read(draft)
        try:
            if not errors and values:
                await self.settings.change(values, version=draft.version)
        except SettingsChanged:
            file = await self.settings.look()
            return self._render(
                visit, file, setting_form.on_top_of(draft, file, project), project, status=_CHANGED_MEANWHILE
            )
        except InvalidSettings as error:
            errors = _by_field(error, draft)
            if not errors:
                visit.session.note = flash_of_error(error)
                return self._render(visit, await self.settings.look(), draft, project, status=422)
        if errors:
            file = await self.settings.look()
            return self._render(visit, file, replace(draft, errors=errors), project, status=422)
        visit.session.note = _saved(setting_form.changed(draft)) if values else _NOTHING
        return go_to(_PATH + (f"?project={quote(project)}" if project else ""))

    async def _switch_login(self, *, on: bool) -> Flash:
        if self.settings.login is None:
            return _NOTHING
        try:
            await self.settings.login.switch(on=on)
        except TrayAppError as error:
            return flash_of_error(error)
        return Flash(tone="good", said=text("autostart.page_on" if on else "autostart.page_off"))

    async def _open(self) -> Flash:
        try:
            shown = await self.settings.show_file()
        except TrayAppError as error:
            return flash_of_error(error)
        if shown:
            return Flash(tone="good", said=text("setting_page.opened"))
        path = (await self.settings.look()).path
        return Flash(tone="wait", said=text("setting_page.not_opened", path=path))

    def _render(
        self, visit: PageRequest, file: SettingsText, draft: SettingsDraft, project: str, *, status: int = 200
    ) -> Response:
        note, visit.session.note = visit.session.note, None
        snapshot = self.site.services.hub.look()
        login = LoginStart.UNKNOWN if self.settings.login is None else self.settings.login.state
        return self.site.page(
            "settings.html",
            visit.session,
            status=status,
            page=Page.SETTINGS,
            snapshot=snapshot,
            file=file,
            draft=draft,
            project=project,
            projects=projects(file.data),
            robots=[robot.name for robot in snapshot.robots],
            usual=lambda one: _usual(one, file),
            conflict=status == _CHANGED_MEANWHILE,
            note=note,
            login=login,
            login_said=text(f"autostart.page_{login.value}"),
        )


_NOTHING = Flash(tone="wait", said=text("setting_page.nothing"))


def _project(asked: Mapping[str, str]) -> str:
    name = asked.get("project", "").strip()
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else ""


def _saved(fields: Sequence[Field]) -> Flash:
    later = tuple(text("setting_page.needs_restart", name=one.label) for one in fields if one.restart)
    now = (text("setting_page.in_effect"),) if len(later) < len(fields) else ()
    anew = (text("setting_page.connect_anew"),) if any(one.connect_anew for one in fields) else ()
    return Flash(tone="good", said=text("setting_page.saved"), more=(*now, *later), hint=next(iter(anew), None))


def _by_field(error: InvalidSettings, draft: SettingsDraft) -> Mapping[str, Text]:
    """What the whole file's check says about these fields."""
    said = {str(fault.args.get("key", "")): fault for fault in error.faults}
    every = (one.key for group in draft.groups for one in group.fields)
    return {key: said[".".join(parts_of(key))] for key in every if ".".join(parts_of(key)) in said}


def _usual(one: Field, file: SettingsText) -> str:
    """What holds where nothing is said: the app's own, or for one project what holds for all."""
    implied = setting_form.implied(one, file)
    if implied is not None:
        return one.written(implied)
    if one.usual is not None:
        return one.written(one.usual)
    general = ".".join(["notices", *parts_of(one.key)[3:]])
    for group in setting_form.fields_of(""):
        for other in group.fields:
            if other.key == general:
                value = look_up(file.data, general)
                return other.written(other.usual if value is None else value)
    return ""
