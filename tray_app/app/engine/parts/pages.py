"""The pages, wired: what each asks, who may open them, and links that lead there."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
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
from tray_app.app.engine.parts.history import HistoryParts
from tray_app.app.engine.parts.sessions import SessionParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import Message
from tray_app.core.notices.sample import sample
from tray_app.core.settings.message_templates import MessageTemplate
from tray_app.core.settings.notices import NoticeKind
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.history.history import History
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.owner.settings_admin import SettingsAdmin
from tray_app.services.phone.pairing import Pairing
from tray_app.services.questions.questions import Questions
from tray_app.services.state.snapshot_builder import EndpointStatus
from tray_app.services.submit.parts import Parts


def places(site: Site, held: Callable[[], Sequence[Approval]] = tuple) -> tuple[PageRoute, ...]:
    """Every address of the pages that ask `PageServices` alone; `held` gives the calls that wait, in full."""
    return (
        *Events(site).places(),
        *OverviewPage(site, held).places(),
        *StartPage(site).places(),
        *ConnectPage(site).places(),
    )


@dataclass(kw_only=True)
class PageParts:
    """What people see in the browser. Nobody is let in before `link` was called.

    `robots` names them, the default one first; `keep` runs a task until the program ends.
    """

    shared: Shared
    services: PageServices
    endpoint: EndpointStatus
    sessions: SessionParts
    history: HistoryParts
    kept: History
    messages: Parts
    policy: PolicyAdmin
    questions: Questions
    follow_ups: FollowUps
    settings: SettingsAdmin
    pairing: Pairing
    robots: Callable[[], Sequence[str]]
    keep: Callable[[Coroutine[Any, Any, None]], None]

    def __post_init__(self) -> None:
        """Nothing is compiled yet."""
        self._access, self._templates = PageAccess(self.shared.clock.steady_ms), Templates()

    def link(self, page: Page, item: str = "") -> str:
        """Make a one-time link to a page, or to one of what it shows; pages are ready when a browser comes with it."""
        self.keep(self._templates.compiled())
        return f"{self.endpoint.url.removesuffix('/mcp')}{self._access.link(page, item)}"

    def routes(self, words: Mapping[Language, Catalog]) -> list[Route]:
        """Every address of a page; `words` are those for the owner."""
        site = site_of(self.services, self._access, words, self.shared.given.channels, self._templates)
        resend = partial(self.kept.resend, source=Source.PAGE)
        bulk = self.history.bulk(partial(resend, wait_s=0))
        return pages(
            site,
            (
                *places(site, self.policy.approvals.waiting),
                *HistoryPages(site, self.history.queries, resend, self.messages.as_seen, bulk).places(),
                *SessionsPage(site, self.sessions.queries, self.follow_ups).places(),
                *MutesPage(site, self.sessions.mutes).places(),
                *UsagePage(site, self.sessions.usage, self.settings).places(),
                *ApprovalPages(site, self.policy.approvals, self.questions).places(),
                *PolicyPage(site, self.policy).places(),
                *RobotsPage(site, self.settings).places(),
                *SettingsPage(site, self.settings).places(),
                *PhonePages(site, self.pairing).places(),
                *TemplatesPage(site, self.settings, self._sample).places(),
            ),
        )

    def _sample(self, kind: NoticeKind, words: MessageTemplate) -> tuple[Message, ...]:
        """What the default robot's group would get of such a notice in these words."""
        now = datetime.fromtimestamp(self.shared.clock.now_ms() / 1000).astimezone()
        robot = next(iter(self.robots()), "")
        return self.messages.preview(sample(kind, words, self.shared.catalog(), now=now), robot=robot)
