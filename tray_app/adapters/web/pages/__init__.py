"""The pages, in the owner's own browser: each is a file here, and gives the places it answers at."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tray_app.adapters.web.pages.framework import requests
from tray_app.adapters.web.pages.framework.login import PageAccess
from tray_app.adapters.web.pages.framework.requests import NOT_HERE, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to, static_file
from tray_app.adapters.web.pages.framework.templates import Templates
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.menu.actions import Page
from tray_app.core.messages.channel import Channel


def site_of(
    services: PageServices,
    access: PageAccess,
    catalogs: Mapping[Language, Catalog],
    channels: Mapping[str, Channel],
    templates: Templates,
) -> Site:
    """Gather what every page needs."""
    return Site(services=services, access=access, catalogs=catalogs, channels=channels, templates=templates)


def pages(site: Site, places: Iterable[PageRoute]) -> list[Route]:
    """Build the routes below `/ui`. They stand behind the guard, which checks Host and Origin for all of them."""

    async def enter(request: Request) -> Response:
        return await requests.enter(site, request)

    async def elsewhere(visit: PageRequest) -> Response:
        return site.tell(NOT_HERE, visit.session)

    async def to_overview(_request: Request) -> Response:
        return go_to(f"/ui/{Page.OVERVIEW}")

    return [
        Route("/ui/open", enter, methods=["GET"]),
        Route("/ui", to_overview, methods=["GET"]),
        Route("/ui/", to_overview, methods=["GET"]),
        Route("/ui/static/{name:path}", static_file, methods=["GET"]),
        *(_route(site, place) for place in places),
        _route(site, PageRoute("/ui/{rest:path}", elsewhere)),  # the last, for it fits every address
    ]


def _route(site: Site, place: PageRoute) -> Route:
    async def answer(request: Request) -> Response:
        return await requests.visit(site, request, place)

    return Route(place.path, answer, methods=["GET"] if place.change is None else ["GET", "POST"])
