"""The background loop's services and adapters, wired: what asks whom. Nothing is opened, read or bound here."""

import secrets
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.routing import Route

from tray_app import __version__
from tray_app.adapters.files.endpoint import EndpointFile, TokenFile
from tray_app.adapters.system.clock import SystemClock
from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.git_user import GitUser
from tray_app.adapters.web.control_api import control_routes
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.adapters.web.pages import pages, site_of
from tray_app.adapters.web.pages.approvals import ApprovalPages
from tray_app.adapters.web.pages.connect import ConnectPage
from tray_app.adapters.web.pages.framework.events import Events
from tray_app.adapters.web.pages.framework.login import PageAccess
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.history.page import HistoryPages
from tray_app.adapters.web.pages.overview import OverviewPage
from tray_app.adapters.web.pages.policy.page import PolicyPage
from tray_app.adapters.web.pages.robots.page import RobotsPage
from tray_app.adapters.web.pages.sessions import SessionsPage
from tray_app.adapters.web.pages.settings.page import SettingsPage
from tray_app.adapters.web.pages.start import StartPage
from tray_app.app.agents.agent import Agent
from tray_app.app.context import AppContext, first_snapshot
from tray_app.app.index_history import HistoryParts
from tray_app.app.owner_api import OwnerApi
from tray_app.app.parts import PolicyParts, SendingParts, SessionParts
from tray_app.app.policy_pages import PolicyPages
from tray_app.app.serving import AccessTokens, Serving
from tray_app.app.settings_admin import SettingsAdmin
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.messages.channel import Channel
from tray_app.core.state.snapshot import Problem, ProblemKind
from tray_app.services.calls.compose import Composer
from tray_app.services.calls.dispatch import ToolCallDispatcher
from tray_app.services.clients import Clients
from tray_app.services.history.history import History
from tray_app.services.owner.control import Control
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.robots.setup import RobotSetup
from tray_app.services.state.hub import Hub
from tray_app.services.state.snapshot_builder import EndpointStatus, SnapshotBuilder
from tray_app.services.submit.redaction import Redaction
from tray_app.services.submit.routing import Routing
from tray_app.services.submit.submit import Submitter


def web_pages(owner: OwnerApi, catalogs: Mapping[Language, Catalog], channels: Mapping[str, Channel]) -> list[Route]:
    """Build the routes below `/ui`."""
    site = site_of(owner, owner.page_access, catalogs, channels)
    others = (
        *HistoryPages(site, owner.history_queries).places(),
        *SessionsPage(site, owner.sessions).places(),
        *ApprovalPages(site, owner.policy_pages).places(),
        *PolicyPage(site, owner.policy_pages).places(),
        *RobotsPage(site, owner.settings).places(),
        *SettingsPage(site, owner.settings).places(),
    )
    return pages(site, (*places(site), *others))


def places(site: Site) -> tuple[PageRoute, ...]:
    """Every address of the pages that ask the `ToolCallDispatcher` alone."""
    return (
        *Events(site).places(),
        *OverviewPage(site).places(),
        *StartPage(site).places(),
        *ConnectPage(site).places(),
    )


class EngineParts:
    """Every part of the engine; who starts them is `Engine`."""

    def __init__(
        self,
        given: AppContext,
        *,
        agents: Mapping[str, Agent],
        stop_app: Callable[[], None],
        keep: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`stop_app` ends the whole program, `keep` runs a task until then."""
        self._given, self._agents = given, tuple(agents.values())
        self.clock = SystemClock()
        self.endpoint = EndpointStatus()
        self._endpoint_file = EndpointFile(given.paths.endpoint)
        self._keep = keep
        self._told_version = given.settings.version
        self.sending = SendingParts(
            given,
            clock=self.clock,
            catalog=self._message_catalog,
            new_id=_new_id,
            changed=self._changed,
            store_changed=self._store_changed,
            vault_changed=self._vault_changed,
            settled=lambda row: self.policy.enforcer.settled(row),
            before_resume=lambda: self.control.before_resume(),
        )
        self.clients = Clients(
            store=self.sending.store.clients,
            file=TokenFile(given.paths.client_token),
            clock=self.clock,
            new_token=_new_token,
            hide=given.hide,
            changed=self._changed,
            tell=self._tell_endpoint,
        )
        self._wire_services(stop_app)

    def _wire_services(self, stop_app: Callable[[], None]) -> None:
        given, sending, operator = self._given, self.sending, GitUser()
        settings = sending.robots.settings
        routing = Routing(
            settings=settings, home=str(Path.home()), session=lambda name: self.sessions.track.session(name)
        )
        self.policy = PolicyParts(
            given,
            store=sending.store,
            deliver=sending.deliver,
            robots=sending.robots,
            clock=self.clock,
            settings=settings,
            new_id=_new_id,
            changed=self._changed,
            held=lambda origin: self.sessions.attribution.later(origin),
        )
        notify = self._notify(routing)
        self.control = Control(
            enqueuer=self.policy.enqueuer,
            notify=notify,
            deliver=sending.deliver,
            pause=sending.pause,
            robots=sending.robots,
            operator=operator,
            clock=self.clock,
            settings=settings,
            catalog=self._message_catalog,
        )
        history = History(sending.store, notify)
        self.history = HistoryParts(
            sending.store, sender=history, clock=self.clock, changed=self._changed, wake=sending.deliver.wake
        )
        self.sessions = SessionParts(
            given,
            agents=self._agents,
            store=sending.store,
            notify=notify,
            operator=operator,
            clock=self.clock,
            settings=settings,
            catalog=self._message_catalog,
            changed=self._changed,
            routing=routing,
        )
        policy = self.policy.admin(history)
        configure = RobotSetup(
            settings=given.settings,
            vault=sending.vault,
            channels=given.channels,
            robots=sending.robots,
            changed=self.reread_settings,
        )
        self.hub = Hub(self._overview(policy).build, first=first_snapshot(self.clock.now_ms()))
        self.owner = OwnerApi(
            notify=notify,
            control=self.control,
            deliver=sending.deliver,
            history=history,
            history_queries=self.history.queries,
            configure=configure,
            robots=sending.robots,
            vault=sending.vault,
            hub=self.hub,
            endpoint=self.endpoint,
            page_access=PageAccess(self.clock.steady_ms),
            owner_language=given.language,
            reread=self.reread_settings,
            learn_robots=sending.learn_robots,
            stop=stop_app,
            track=self.sessions.track,
            clients=self.clients,
            policy=policy,
            policy_pages=PolicyPages(admin=policy, file=self.policy.file),
            connector=self._agents[0].connector(given.paths, given.environ),
            settings=self._settings_admin(routing),
            sessions=self.sessions.queries,
        )
        self._wire_serving(
            ToolCallDispatcher(
                composer=self._composer(operator),
                guarded=self.policy.guarded,
                notify=notify,
                history=history,
                registrar=configure,
                snapshot=self.hub.refresh,
                called=self.clients.called,
            )
        )

    def _notify(self, routing: Routing) -> Submitter:
        sending = self.sending
        return Submitter(
            enqueuer=self.policy.enqueuer,
            robots=sending.robots,
            vault=sending.vault,
            deliver=sending.deliver,
            pause=sending.pause,
            clock=self.clock,
            settings=sending.robots.settings,
            redaction=Redaction(settings=sending.robots.settings, catalog=self._message_catalog),
            route=routing.robot,
        )

    def _overview(self, policy: PolicyAdmin) -> SnapshotBuilder:
        given, sending = self._given, self.sending
        return SnapshotBuilder(
            version=__version__,
            clock=self.clock,
            store=sending.store,
            robots=sending.robots,
            vault=sending.vault,
            deliver=sending.deliver,
            pause=sending.pause,
            settings=sending.robots.settings,
            endpoint=self.endpoint,
            clients=self.clients.active,
            problems=given.problems,
            sessions=self.sessions.track.views,
            today=self.sessions.track.today,
            waiting=policy.waiting,
            policy=policy.view,
            policy_problem=lambda: self.policy.active.problem,
        )

    def _composer(self, operator: GitUser) -> Composer:
        return Composer(
            sessions=self.sessions.attribution,
            operator=operator,
            clock=self.clock,
            settings=self.sending.robots.settings,
            catalog=self._message_catalog,
        )

    def _wire_serving(self, dispatcher: ToolCallDispatcher) -> None:
        given = self._given
        tokens = AccessTokens(control=Secret(_new_token()), hook=Secret(_new_token()))
        given.hide(tokens.control, tokens.hook)
        self.serving = Serving(
            dispatcher=dispatcher,
            routes=self._routes,
            tokens=tokens,
            endpoint=self.endpoint,
            file=self._endpoint_file,
            catalog=given.catalogs[given.language],
            clients=self.clients,
            changed=self._changed,
        )

    def reread_settings(self) -> None:
        """Let settings.toml hold as it is now; a broken one keeps the last good settings, and says so.

        Whoever writes it calls this, and so does the watch: what was told is known by its content, and not told again.
        """
        problem = None
        try:
            self._given.settings.load()
        except InvalidSettings as error:
            problem = Problem(kind=ProblemKind.SETTINGS, reason=error.reason, hint=error.hint)
        version = self._given.settings.version
        if version and version == self._told_version:
            return
        self._told_version = version
        self._given.problems.pop(ProblemKind.SETTINGS, None)
        if problem is not None:
            self._given.problems[ProblemKind.SETTINGS] = problem
        self.sending.deliver.wake()
        self._changed()

    def _settings_admin(self, routing: Routing) -> SettingsAdmin:
        return SettingsAdmin(
            file=self._given.settings,
            routing=routing,
            desktop=Desktop(self._given.environ),
            reread=self.reread_settings,
            folders=self.sessions.folders,
        )

    def _changed(self) -> None:
        self.hub.changed()

    def _store_changed(self) -> None:
        self.sending.deliver.look()
        self.policy.approvals.look()
        self._changed()

    def _message_catalog(self) -> Catalog:
        return self._given.catalogs[Language(self._given.settings.current.message_language)]

    def _routes(self) -> Sequence[Route]:
        control = control_routes(self.owner, self._given.catalogs)
        web = web_pages(self.owner, self._given.catalogs, self._given.channels)
        readers = {agent.name: agent.read_hook for agent in self._agents}
        return [*control, *hook_routes(self.sessions.track, readers), *web]

    def _vault_changed(self) -> None:
        """The keyring was unlocked, locked, came or went: what waits for it may go on."""
        self._changed()
        self._keep(self.sending.learn_robots())

    def _tell_endpoint(self) -> None:
        self.serving.tell()


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_id() -> str:
    return uuid.uuid4().hex
