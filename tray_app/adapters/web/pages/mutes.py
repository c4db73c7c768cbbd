"""The page of what is muted; forms on the pages of sessions and messages lead here, too."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.sessions.mutes import LENGTHS
from tray_app.core.settings.notices import NoticeKind
from tray_app.services.notices.mutes import Mutes

_PATH = "/ui/mutes"
_LONGEST = 300
_WRONG = Flash(tone="bad", said=text("mutes.wrong"))


@dataclass(frozen=True, slots=True)
class MutesPage:
    """Shows the page and does what forms ask."""

    site: Site
    mutes: Mutes

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change),)

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        note, visit.session.note = visit.session.note, None
        return self.site.page("mutes.html", visit.session, page=Page.SESSIONS, mutes=self.mutes.current(), note=note)

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted."""
        try:
            match visit.form.get("do"):
                case "mute":
                    visit.session.note = self._mute(visit.form)
                case "unmute":
                    ended = self.mutes.end(visit.form.get("mute", ""))
                    said = text("mutes.over") if ended is None else text("mutes.ended", name=ended.name)
                    visit.session.note = Flash(tone="good", said=said)
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(_PATH)

    def _mute(self, form: Mapping[str, str]) -> Flash:
        session, project, kind, name = (
            form.get(field, "").strip()[:_LONGEST] for field in ("session", "project", "kind", "name")
        )
        length = next((one for one in LENGTHS if one == form.get("length")), None)
        if length is None or not (session or project) or kind not in {"", *NoticeKind}:
            return _WRONG
        made = self.mutes.mute(length, session=session, project="" if session else project, kind=kind, name=name)
        return Flash(tone="good", said=text("mutes.done", name=made.name))
