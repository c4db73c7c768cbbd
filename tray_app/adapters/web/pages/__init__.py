"""The pages people set the app up with, in their own browser. `pages()` gives the routes below `/ui`."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tray_app.adapters.web.pages import door
from tray_app.adapters.web.pages.access import PageAccess
from tray_app.adapters.web.pages.connect import ConnectPage
from tray_app.adapters.web.pages.desk import Desk, RobotHint
from tray_app.adapters.web.pages.setup import SetupPage
from tray_app.adapters.web.pages.site import Site, static_file, templates
from tray_app.core.texts import Catalog, Language

__all__ = ["Desk", "PageAccess", "RobotHint", "pages"]


def pages(desk: Desk, access: PageAccess, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes. They stand behind the guard, which checks Host and Origin for all of them."""
    site = Site(desk=desk, access=access, catalogs=catalogs, templates=templates())
    setup = SetupPage(site)
    claude = ConnectPage(site)

    async def enter(request: Request) -> Response:
        return await door.enter(site, request)

    async def set_up(request: Request) -> Response:
        return await door.visit(site, request, show=setup.show, change=setup.change)

    async def connect(request: Request) -> Response:
        return await door.visit(site, request, show=claude.show, change=claude.change)

    return [
        Route("/ui/open", enter, methods=["GET"]),
        Route("/ui/setup", set_up, methods=["GET", "POST"]),
        Route("/ui/connect", connect, methods=["GET", "POST"]),
        Route("/ui/static/{name}", static_file, methods=["GET"]),
    ]
