"""How a page reaches the browser: templates, language, the headers of every answer, the files beside the pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.login import BrowserSession, PageAccess
from tray_app.adapters.web.pages.framework.templates import Templates
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.assets import asset
from tray_app.core.kernel.texts import Catalog, Language, Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.menu.lines import Speaker
from tray_app.core.messages.channel import Channel
from tray_app.core.state.snapshot import Snapshot

# the pages that there are, in this order; each names its line in its own area of texts
NAV = (
    (Page.OVERVIEW, text("shell.nav_overview")),
    (Page.APPROVALS, text("approval_page.nav")),
    (Page.HISTORY, text("history.nav")),
    (Page.SESSIONS, text("session_page.nav")),
    (Page.USAGE, text("usage.title")),
    (Page.POLICY, text("policy_page.nav")),
    (Page.ROBOTS, text("robots.nav")),
    (Page.CONNECT, text("pages.nav_connect")),
    (Page.SETTINGS, text("setting_page.nav")),
)
GO = {  # the letter behind `g` that leads to a page (assets/pages/static/keys.js)
    Page.OVERVIEW: "o",
    Page.APPROVALS: "a",
    Page.HISTORY: "h",
    Page.SESSIONS: "s",
    Page.USAGE: "u",
    Page.POLICY: "p",
    Page.ROBOTS: "r",
    Page.CONNECT: "c",
    Page.SETTINGS: "e",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # not "no-referrer": under it browsers say "Origin: null" on our own forms, which the guard refuses
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FILES = {
    "style.css": ("pages/static/style.css", "text/css"),
    "app.js": ("pages/static/app.js", "text/javascript"),
    "live.js": ("pages/static/live.js", "text/javascript"),
    "morph.js": ("pages/static/morph.js", "text/javascript"),
    "history.js": ("pages/static/history.js", "text/javascript"),
    "history.css": ("pages/static/history.css", "text/css"),
    "settings.js": ("pages/static/settings.js", "text/javascript"),
    "keys.js": ("pages/static/keys.js", "text/javascript"),
    "policy.js": ("pages/static/policy.js", "text/javascript"),
    "policy.css": ("pages/static/policy.css", "text/css"),
    "templates.js": ("pages/static/templates.js", "text/javascript"),
    "countdown.js": ("pages/static/countdown.js", "text/javascript"),
    "icon.svg": ("app/dingtalk-tray.svg", "image/svg+xml"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The app's state in one line, as the tray's first line says it. `tone` colours it; the words begin with a sign."""

    words: str
    tone: str


def strip_of(snapshot: Snapshot, words: Catalog) -> Strip:
    """Say the state."""
    said = Speaker(catalog=words, local=local_time, now_ms=snapshot.now_ms).status(snapshot)
    if not snapshot.store.usable:
        return Strip(words=said, tone="bad")
    limited = any((robot.limited_until_ms or 0) > snapshot.now_ms for robot in snapshot.robots)
    usable = any(robot.ready for robot in snapshot.robots)
    calm = not limited and snapshot.pause is None and not snapshot.waits
    return Strip(words=said, tone="good" if usable and calm else "wait")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """Something to tell instead of a page."""

    status: int
    said: Text
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page needs."""

    services: PageServices
    access: PageAccess
    catalogs: Mapping[Language, Catalog]
    channels: Mapping[str, Channel]
    templates: Templates

    def page(self, name: str, session: BrowserSession | None, *, status: int = 200, **values: object) -> Response:
        """Render a template in the session's language, else the owner's.

        Every template has `t`, `language`, `session`, `nav`, `go` (the letters that lead there), `version`, `now_ms`,
        `strip`, `waiting` (how many calls wait for the owner) and `agents` (what people call each kind of agent, by its
        name); a page that has looked at the snapshot gives it along as `snapshot`.
        """
        words = self.catalogs[(session and session.language) or self.services.language]
        given = values.get("snapshot")
        snapshot = given if isinstance(given, Snapshot) else self.services.hub.look()
        shown = self.templates.render(
            name,
            t=words,
            language=words.language,
            session=session,
            nav=NAV,
            go=GO,
            version=snapshot.version,
            now_ms=snapshot.now_ms,
            strip=strip_of(snapshot, words),
            waiting=snapshot.waits,
            agents={one.name: one.title for one in snapshot.agents},
            **values,
        )
        return HTMLResponse(shown, status_code=status, headers=HEADERS)

    def title(self, agent: str) -> str:
        """What people call an agent of this name."""
        known = {one.name: one.title for one in self.services.hub.look().agents}
        return known.get(agent) or self.services.clients.get(agent, agent)

    def tell(self, error: ErrorPage, session: BrowserSession | None, *, back: str = "/ui/overview") -> Response:
        """Tell it; who has no session also reads how to get one, the others go `back` from there."""
        return self.page("message.html", session, status=error.status, said=error.said, why=error.why, back=back)


def go_to(path: str) -> Response:
    """Send the browser to one of our pages with GET."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)


async def static_file(request: Request) -> Response:
    """Answer with a file beside the pages. Nothing in them is anybody's secret, so no session is asked for."""
    found = _FILES.get(request.path_params["name"])
    if found is None:
        return Response(status_code=404, headers=HEADERS)
    path, kind = found
    return Response(asset(path).read_bytes(), media_type=kind, headers=HEADERS)
