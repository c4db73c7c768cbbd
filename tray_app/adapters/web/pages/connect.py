"""The pages that connect agents, one each: how it stands, the exact change before it is made, a look, the way back."""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import ErrorPage, Site, go_to
from tray_app.core.connect.view import ConnectionCheck, ConnectionState
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page

_PATH = "/ui/connect"
_UNKNOWN = ErrorPage(status=404, said=text("connect_page.unknown"), why=text("connect_page.unknown_why"))
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
        return (PageRoute(_PATH, self.show, self.change), PageRoute(f"{_PATH}/{{agent}}", self.show, self.change))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET. What is shown is read anew each time: other programs write these files too."""
        name = self._asked(visit)
        connector, path = self.site.services.connectors.get(name), self._path(name)
        if connector is None:
            return self.site.tell(_UNKNOWN, visit.session, back=_PATH)
        try:
            view = await connector.view()
        except TrayAppError as error:
            page = ErrorPage(status=503, said=error.reason, why=error.hint)
            return self.site.tell(page, visit.session, back=path)
        note, visit.session.note = visit.session.note, None
        return self.site.page(
            "connect.html",
            visit.session,
            page=Page.CONNECT,
            chosen=name,
            agent=self.site.title(name),
            connectable={each: self.site.title(each) for each in self.site.services.connectors},
            words="" if path == _PATH else f" {name}",
            calls_only=name in self.site.services.clients,
            path=path,
            view=view,
            tone=TONES[view.state],
            state=text(f"connect_page.state_{view.state}"),
            state_help=text(f"connect_page.state_{view.state}_help", agent=self.site.title(name)),
            note=note,
        )

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted, its `plan` the change that was shown."""
        name, plan = self._asked(visit), visit.form.get("plan", "")
        connector, path = self.site.services.connectors.get(name), self._path(name)
        if connector is None:
            return self.site.tell(_UNKNOWN, visit.session, back=_PATH)
        try:
            match visit.form.get("do"):
                case "connect":
                    visit.session.note = flash_of_connect(self.site.title(name), await connector.connect(plan))
                case "disconnect":
                    visit.session.note = _done("disconnected", self.site.title(name), await connector.disconnect(plan))
                case "check":
                    visit.session.note = flash_of_check(await connector.check())
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=path)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(path)

    def _asked(self, visit: PageRequest) -> str:
        """Name the agent of the address; the page's own address is the first one's."""
        first = next(iter(self.site.services.connectors))
        return str(visit.request.path_params.get("agent", first))

    def _path(self, name: str) -> str:
        first = next(iter(self.site.services.connectors))
        return _PATH if name == first else f"{_PATH}/{quote(name, safe='')}"


def flash_of_connect(agent: str, backups: tuple[str, ...]) -> Flash:
    """Say that it is connected, and where the copies of the changed files are."""
    return _done("connected", agent, backups)


def _done(what: str, agent: str, backups: tuple[str, ...]) -> Flash:
    copies = tuple(text("connect.backup", path=backup) for backup in backups)
    return Flash(tone="good", said=text(f"connect.{what}", agent=agent), more=copies)


def flash_of_check(checked: ConnectionCheck) -> Flash:
    """Say what a look has found."""
    if checked.well:
        return Flash(tone="good" if checked.asked else "wait", said=checked.title, more=checked.said)
    return Flash(tone="bad", said=checked.title, more=checked.said, hint=text("connect_page.check_failed_hint"))
