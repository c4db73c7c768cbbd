"""The pages, wired: what each asks, who may open them, and links that lead there."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from starlette.routing import Route

from tray_app.adapters.web.pages import pages, site_of
from tray_app.adapters.web.pages.approvals import ApprovalPages
from tray_app.adapters.web.pages.connect import ConnectPage
from tray_app.adapters.web.pages.framework.events import Events
from tray_app.adapters.web.pages.framework.login import PageAccess
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.framework.templates import Templates
from tray_app.adapters.web.pages.history.page import HistoryPages
from tray_app.adapters.web.pages.mutes import MutesPage
from tray_app.adapters.web.pages.overview import OverviewPage
from tray_app.adapters.web.pages.phone import PhonePages
from tray_app.adapters.web.pages.policy.page import PolicyPage
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.adapters.web.pages.robots.page import RobotsPage
from tray_app.adapters.web.pages.sessions import SessionsPage
from tray_app.adapters.web.pages.settings.page import SettingsPage
from tray_app.adapters.web.pages.settings.templates import TemplatesPage
from tray_app.adapters.web.pages.start import StartPage
from tray_app.adapters.web.pages.usage import UsagePage
from tray_app.app.engine.parts.parts import EngineParts
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import Message
from tray_app.core.notices.sample import sample
from tray_app.core.settings.message_templates import MessageTemplate
from tray_app.core.settings.notices import NoticeKind


def places(site: Site, held: Callable[[], Sequence[Approval]] = tuple) -> tuple[PageRoute, ...]:
    """Every address of the pages that ask `PageServices` alone; `held` gives the calls that wait, in full."""
    return (
        *Events(site).places(),
        *OverviewPage(site, held).places(),
        *StartPage(site).places(),
        *ConnectPage(site).places(),
    )


class PageParts:
    """What people see in the browser. Nobody is let in before `link` was called."""

    def __init__(
        self, parts: EngineParts, services: PageServices, keep: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        """Nothing is compiled yet. `keep` runs a task until the program ends."""
        self.services = services
        self._parts, self._keep = parts, keep
        self._access, self._templates = PageAccess(parts.clock.steady_ms), Templates()

    def link(self, page: Page, item: str = "") -> str:
        """Make a one-time link to a page, or to one of what it shows; pages are ready when a browser comes with it."""
        self._keep(self._templates.compiled())
        return f"{self._parts.endpoint.url.removesuffix('/mcp')}{self._access.link(page, item)}"

    def routes(self, words: Mapping[Language, Catalog]) -> list[Route]:
        """Every address of a page; `words` are those for the owner."""
        parts = self._parts
        site = site_of(self.services, self._access, words, parts.shared.given.channels, self._templates)
        resend = partial(parts.kept.resend, source=Source.PAGE)
        bulk = parts.history.bulk(partial(resend, wait_s=0))
        sessions, policy, settings = parts.sessions, parts.policy_admin, parts.settings_admin
        return pages(
            site,
            (
                *places(site, policy.approvals.waiting),
                *HistoryPages(site, parts.history.queries, resend, parts.messages.parts.as_seen, bulk).places(),
                *SessionsPage(site, sessions.queries, parts.follow_ups).places(),
                *MutesPage(site, sessions.mutes).places(),
                *UsagePage(site, sessions.usage, settings).places(),
                *ApprovalPages(site, policy.approvals, parts.questions).places(),
                *PolicyPage(site, policy).places(),
                *RobotsPage(site, settings).places(),
                *SettingsPage(site, settings).places(),
                *PhonePages(site, parts.phone.pairing).places(),
                *TemplatesPage(site, settings, self._sample).places(),
            ),
        )

    def _sample(self, kind: NoticeKind, words: MessageTemplate) -> tuple[Message, ...]:
        """What the default robot's group would get of such a notice in these words."""
        parts = self._parts
        now = datetime.fromtimestamp(parts.clock.now_ms() / 1000).astimezone()
        robot = next(iter(parts.sending.robots.names()), "")
        return parts.messages.parts.preview(sample(kind, words, parts.shared.catalog(), now=now), robot=robot)
