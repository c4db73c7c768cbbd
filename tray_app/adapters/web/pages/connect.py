"""The page that connects Claude Code: how it stands, the exact change before it is made, a look, and the way back."""

from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import ErrorPage, Site, go_to
from tray_app.core.connect.view import ConnectionCheck, ConnectionState
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page

_PATH = "/ui/connect"
TONES = {
    ConnectionState.CONNECTED: "good",
    ConnectionState.PARTLY: "wait",
    ConnectionState.NOT_CONNECTED: "off",
    ConnectionState.UNREADABLE: "bad",
}


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """Shows the page and does what its forms ask."""

    site: Site

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change),)

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET. What is shown is read anew each time: other programs write these files too."""
        try:
            view = await self.site.services.connector.view()
        except TrayAppError as error:
            return self.site.tell(ErrorPage(status=503, said=error.reason, why=error.hint), visit.session, back=_PATH)
        note, visit.session.note = visit.session.note, None
        return self.site.page(
            "connect.html",
            visit.session,
            page=Page.CONNECT,
            view=view,
            tone=TONES[view.state],
            state=text(f"connect_page.state_{view.state}"),
            state_help=text(f"connect_page.state_{view.state}_help"),
            note=note,
        )

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted, its `plan` the change that was shown."""
        services, plan = self.site.services, visit.form.get("plan", "")
        try:
            match visit.form.get("do"):
                case "connect":
                    visit.session.note = flash_of_connect(await services.connector.connect(plan))
                case "disconnect":
                    visit.session.note = _done("disconnected", await services.connector.disconnect(plan))
                case "check":
                    visit.session.note = flash_of_check(await services.connector.check())
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(_PATH)


def flash_of_connect(backups: tuple[str, ...]) -> Flash:
    """Say that it is connected, and where the copies of the changed files are."""
    return _done("connected", backups)


def _done(what: str, backups: tuple[str, ...]) -> Flash:
    copies = tuple(text("connect.backup", path=backup) for backup in backups)
    return Flash(tone="good", said=text(f"connect.{what}"), more=copies)


def flash_of_check(checked: ConnectionCheck) -> Flash:
    """Say what a look has found."""
    if checked.well:
        return Flash(tone="good" if checked.asked else "wait", said=checked.title, more=checked.said)
    return Flash(tone="bad", said=checked.title, more=checked.said, hint=text("connect_page.check_failed_hint"))
