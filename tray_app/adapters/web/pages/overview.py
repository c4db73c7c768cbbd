"""The overview: how the app is, what it waits for, what was sent, what is wrong and how to mend it; and the pause."""

from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.door import NOT_OURS, Place, Visit
from tray_app.adapters.web.pages.note import note_of_error
from tray_app.adapters.web.pages.site import Site, go_to
from tray_app.core.actions import Page, PauseFor
from tray_app.core.errors import TrayAppError
from tray_app.core.texts import text

_PATH = f"/ui/{Page.OVERVIEW}"
_LENGTHS = tuple((length, text(f"menu.pause_{length}")) for length in PauseFor)


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """Shows the page and does what its forms ask."""

    site: Site

    def places(self) -> tuple[Place, ...]:
        """Where it answers."""
        return (Place(_PATH, self.show, self.change),)

    async def show(self, visit: Visit) -> Response:
        """Answer GET."""
        note, visit.session.note = visit.session.note, None
        snapshot = self.site.desk.snapshot()
        return self.site.page(
            "overview.html", visit.session, page=Page.OVERVIEW, snapshot=snapshot, lengths=_LENGTHS, note=note
        )

    async def change(self, visit: Visit) -> Response:
        """Answer POST: the form's `do` names what is wanted. Ends in a redirect, so that reloading repeats nothing."""
        desk = self.site.desk
        try:
            match visit.form.get("do"):
                case "pause" if visit.form.get("length") in set(PauseFor):
                    await desk.pause(PauseFor(visit.form["length"]))
                case "resume":
                    desk.resume()
                case _:
                    return self.site.tell(NOT_OURS, visit.session)
        except TrayAppError as error:
            visit.session.note = note_of_error(error)
        return go_to(_PATH)
