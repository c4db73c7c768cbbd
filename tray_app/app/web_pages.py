"""The pages, wired: which there are, and what each asks of the app."""

from collections.abc import Mapping

from starlette.routing import Route

from tray_app.adapters.web.pages import (
    ApprovalPages,
    ConnectPage,
    Events,
    HistoryPages,
    OverviewPage,
    Place,
    PolicyPage,
    RobotsPage,
    SessionsPage,
    SettingsPage,
    Site,
    StartPage,
    pages,
    site_of,
)
from tray_app.app.owner import Owner
from tray_app.core.texts import Catalog, Language


def web_pages(owner: Owner, catalogs: Mapping[Language, Catalog]) -> list[Route]:
    """Build the routes below `/ui`."""
    site = site_of(owner, owner.page_access, catalogs)
    others = (
        *HistoryPages(site, owner.history_desk).places(),
        *SessionsPage(site, owner.sessions).places(),
        *ApprovalPages(site, owner.policy_pages).places(),
        *PolicyPage(site, owner.policy_pages).places(),
        *RobotsPage(site, owner.settings).places(),
        *SettingsPage(site, owner.settings).places(),
    )
    return pages(site, (*places(site), *others))


def places(site: Site) -> tuple[Place, ...]:
    """Every address of the pages that ask the `Desk` alone."""
    return (
        *Events(site).places(),
        *OverviewPage(site).places(),
        *StartPage(site).places(),
        *ConnectPage(site).places(),
    )
