"""The pages, wired: which there are, and what each asks of the app."""

from collections.abc import Mapping

from starlette.routing import Route

from tray_app.adapters.web.pages import ConnectPage, SetupPage, pages, site_of
from tray_app.app.owner import Owner
from tray_app.core.texts import Catalog, Language


def web_pages(owner: Owner, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes below `/ui`."""
    site = site_of(owner, owner.page_access, catalogs)
    places = (*SetupPage(site).places(), *ConnectPage(site).places())
    return pages(site, places)
