"""The engine: every service and adapter of the background loop, wired once, started and stopped in order."""

import asyncio
import contextlib
import logging
import secrets
import uuid
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from starlette.routing import Route

from tray_app import __version__
from tray_app.adapters.config_watch import ConfigWatch
from tray_app.adapters.desktop import Desktop
from tray_app.adapters.endpoint_file import EndpointFile
from tray_app.adapters.git_user import GitUser
from tray_app.adapters.http_poster import HttpPoster
from tray_app.adapters.keyring_vault import KeyringVault
from tray_app.adapters.store import SqliteStore
from tray_app.adapters.system_clock import SystemClock
from tray_app.adapters.token_file import TokenFile
from tray_app.adapters.web.control_api import control_routes
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.adapters.web.pages import PageAccess
from tray_app.app.claude_desk import ClaudeDesk
from tray_app.app.history import HistoryParts
from tray_app.app.owner import Owner
from tray_app.app.policy import PolicyParts
from tray_app.app.policy_pages import PolicyPages
from tray_app.app.serving import Serving, Tokens
from tray_app.app.sessions import SessionParts
from tray_app.app.settings_desk import SettingsDesk
from tray_app.app.surroundings import Surroundings, first_snapshot
from tray_app.app.web_pages import web_pages
from tray_app.channels import CHANNELS
from tray_app.core.errors import InvalidSettings, StoreUnavailable, TrayAppError
from tray_app.core.secret import Secret
from tray_app.core.snapshot import Problem, ProblemKind
from tray_app.core.texts import Catalog, Language
from tray_app.services.clients import Clients
from tray_app.services.compose import Composer
from tray_app.services.configure import Configure
from tray_app.services.control import Control
from tray_app.services.deliver import Deliver
from tray_app.services.desk import Desk
from tray_app.services.history import History
from tray_app.services.hub import Hub
from tray_app.services.notify import Notify
from tray_app.services.overview import Endpoint, Overview
from tray_app.services.pause import Pause
from tray_app.services.policy_desk import PolicyDesk
from tray_app.services.redaction import Redaction
from tray_app.services.robots import RobotBook
from tray_app.services.routing import Routing

log = logging.getLogger(__name__)
_PRUNE_EVERY_S = 86_400
_COUNT_EVERY_S = 60
_DAY_MS = 86_400_000


class Engine:
    """Build it and call everything on the engine's loop, except `snapshot` and `listen`."""

    def __init__(self, given: Surroundings, *, stop_app: Callable[[], None]) -> None:
        """Wire everything; nothing is opened, read or bound yet. `stop_app` ends the whole program."""
        self._given = given
        self._clock = SystemClock()
        self._endpoint = Endpoint()
        self._endpoint_file = EndpointFile(given.paths.endpoint)
        self._tasks: set[asyncio.Task[None]] = set()
        self.store = SqliteStore(
            given.paths.history,
            on_change=self._store_changed,
            keep_content=lambda: given.settings.current.history.store_content,
        )
        self.clients = Clients(
            store=self.store.clients,
            file=TokenFile(given.paths.client_token),
            clock=self._clock,
            new_token=_new_token,
            hide=given.hide,
            changed=self._changed,
            tell=self._tell_endpoint,
        )
        self._poster = HttpPoster()
        self.vault = KeyringVault(on_change=self._vault_changed, environ=given.environ)
        self.robots = RobotBook(
            vault=self.vault,
            settings=lambda: given.settings.current,
            environ=given.environ,
            on_change=self._changed,
        )
        self.pause = Pause(self.store, self._clock, on_change=self._changed)
        self.deliver = Deliver(
            store=self.store,
            robots=self.robots,
            channel=CHANNELS["dingtalk"],
            poster=self._poster,
            clock=self._clock,
            pause=self.pause,
            settings=self.robots.settings,
            catalog=self._message_catalog,
            new_id=_new_id,
            changed=self._changed,
        )
        self._wire_services(stop_app)

    def _wire_services(self, stop_app: Callable[[], None]) -> None:
        given, operator = self._given, GitUser()
        routing = Routing(settings=self.robots.settings, home=str(Path.home()))
        self.policy = PolicyParts(
            given,
            store=self.store,
            deliver=self.deliver,
            robots=self.robots,
            clock=self._clock,
            settings=self.robots.settings,
            new_id=_new_id,
            changed=self._changed,
        )
        notify = self._notify(routing)
        self.control = Control(
            store=self.store,
            notify=notify,
            deliver=self.deliver,
            pause=self.pause,
            robots=self.robots,
            operator=operator,
            clock=self._clock,
            settings=self.robots.settings,
            catalog=self._message_catalog,
        )
        self.control.on_discarded = self.policy.gate.reconcile
        history = History(self.store, notify)
        self.history = HistoryParts(
            self.store, sender=history, clock=self._clock, changed=self._changed, wake=self.deliver.wake
        )
        self.sessions = SessionParts(
            given,
            store=self.store,
            notify=notify,
            operator=operator,
            clock=self._clock,
            settings=self.robots.settings,
            catalog=self._message_catalog,
            changed=self._changed,
            routing=routing,
        )
        policy = self.policy.desk(history)
        configure = Configure(settings=given.settings, vault=self.vault, robots=self.robots)
        self.hub = Hub(self._overview(policy).build, first=first_snapshot(self._clock.now_ms()))
        self.owner = Owner(
            notify=notify,
            control=self.control,
            deliver=self.deliver,
            history=history,
            history_desk=self.history.desk,
            configure=configure,
            robots=self.robots,
            vault=self.vault,
            hub=self.hub,
            endpoint=self._endpoint,
            page_access=PageAccess(self._clock.steady_ms),
            owner_language=given.language,
            reread=self.reread_settings,
            learn_robots=self._learn_robots,
            stop=stop_app,
            track=self.sessions.track,
            clients=self.clients,
            policy=policy,
            policy_pages=PolicyPages(desk=policy, file=self.policy.file),
            claude=ClaudeDesk(paths=given.paths, environ=given.environ),
            settings=self._settings_desk(routing),
            sessions=self.sessions.desk,
        )
        self._wire_serving(
            Desk(
                composer=self._composer(operator),
                checkpoint=self.policy.checkpoint,
                notify=notify,
                history=history,
                registrar=configure,
                snapshot=self.hub.refresh,
                called=self.clients.called,
            )
        )

    def _notify(self, routing: Routing) -> Notify:
        notify = Notify(
            intake=self.policy.intake,
            robots=self.robots,
            vault=self.vault,
            channel=CHANNELS["dingtalk"],
            deliver=self.deliver,
            pause=self.pause,
            clock=self._clock,
            settings=self.robots.settings,
            redaction=Redaction(settings=self.robots.settings, catalog=self._message_catalog),
        )
        notify.route = routing.robot
        return notify

    def _overview(self, policy: PolicyDesk) -> Overview:
        given = self._given
        return Overview(
            version=__version__,
            clock=self._clock,
            store=self.store,
            robots=self.robots,
            vault=self.vault,
            deliver=self.deliver,
            pause=self.pause,
            settings=self.robots.settings,
            endpoint=self._endpoint,
            clients=self.clients.active,
            problems=given.problems,
            sessions=self.sessions.track.views,
            today=self.sessions.track.today,
            waiting=policy.waiting,
            policy=policy.view,
            policy_problem=lambda: self.policy.book.problem,
        )

    def _composer(self, operator: GitUser) -> Composer:
        return Composer(
            sessions=self.sessions.attribution,
            operator=operator,
            clock=self._clock,
            settings=self.robots.settings,
            catalog=self._message_catalog,
        )

    def _wire_serving(self, desk: Desk) -> None:
        given = self._given
        tokens = Tokens(control=Secret(_new_token()), hook=Secret(_new_token()))
        given.hide(tokens.control, tokens.hook)
        self.serving = Serving(
            desk=desk,
            routes=self._routes,
            tokens=tokens,
            endpoint=self._endpoint,
            file=self._endpoint_file,
            catalog=given.catalogs[given.language],
            clients=self.clients,
            changed=self._changed,
        )

    async def start(self, *, port: int | None) -> bool:
        """Open the history, begin to deliver, serve. False where the endpoint cannot serve (the snapshot says why)."""
        self.start_sending()
        self._keep(self._learn_robots())
        self._keep(self.robots.watch())
        self._keep(self._prune_daily())
        self._keep(self.history.index())
        self._keep(self.policy.approvals.run())
        self._keep(self.policy.passes.run())
        self._keep(self._watch_files())
        self.clients.load()
        self._keep(self._count_clients())
        served = await self.serving.start(self._given.settings.current.endpoint.port if port is None else port)
        self.sessions.start(self._keep)  # after: the first look may read hundreds of megabytes
        return served

    def start_sending(self) -> None:
        """Open the history and deliver, without an endpoint: enough for a command that sends by itself."""
        with contextlib.suppress(StoreUnavailable):  # its state is in the snapshot
            self.pause.load()
        self.policy.load()
        self.deliver.start()
        self._keep(self.pause.run())
        self.hub.refresh()

    async def retry_endpoint(self, *, next_free: bool) -> bool:
        """Serve after all: at the settings' port, or at the next free one."""
        return await self.serving.start(self._endpoint.port, next_free=next_free)

    async def stop(self, *, grace_s: float) -> None:
        """Refuse new calls, let what is on the wire finish within `grace_s`, close everything."""
        await self.sessions.stop()
        await asyncio.gather(
            self.policy.approvals.stop(grace_s=grace_s),
            self.serving.stop(grace_s=grace_s),
            self.deliver.stop(grace_s=grace_s),
        )
        for task in list(self._tasks):
            task.cancel()
        await self.sessions.close()
        await self._poster.aclose()
        self.vault.close()
        with contextlib.suppress(StoreUnavailable):
            self.clients.flush()
        self.store.close()

    def reread_settings(self) -> None:
        """Read settings.toml again; a broken one keeps the last good settings, and says so."""
        self._given.problems.pop(ProblemKind.SETTINGS, None)
        try:
            self._given.settings.load()
        except InvalidSettings as error:
            problem = Problem(kind=ProblemKind.SETTINGS, reason=error.reason, hint=error.hint)
            self._given.problems[ProblemKind.SETTINGS] = problem
        self.deliver.wake()
        self._changed()

    async def _watch_files(self) -> None:
        paths = self._given.paths
        await ConfigWatch({paths.policy: self.policy.book.reread, paths.settings: self.reread_settings}).run()

    def _settings_desk(self, routing: Routing) -> SettingsDesk:
        return SettingsDesk(
            file=self._given.settings,
            routing=routing,
            desktop=Desktop(self._given.environ),
            reread=self.reread_settings,
            folders=self.sessions.folders,
        )

    def _changed(self) -> None:
        self.hub.changed()

    def _store_changed(self) -> None:
        self.deliver.look()
        self.policy.approvals.look()
        self._changed()

    def _message_catalog(self) -> Catalog:
        return self._given.catalogs[Language(self._given.settings.current.message_language)]

    def _routes(self) -> Sequence[Route]:
        control = control_routes(self.owner, self._given.catalogs)
        web = web_pages(self.owner, self._given.catalogs)
        return [*control, *hook_routes(self.sessions.track), *web]

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _vault_changed(self) -> None:
        """The keyring was unlocked, locked, came or went: what waits for it may go on."""
        self._changed()
        self._keep(self._learn_robots())

    async def _learn_robots(self) -> None:
        """Ask for every robot's credentials, so that the state of each is known and none can show in the log."""
        await self.robots.refresh()
        for name in self.robots.names():
            with contextlib.suppress(TrayAppError):  # the robot's facts and problems say it
                credentials = await self.robots.credentials(name)
                self._given.hide(credentials.webhook, credentials.secret)
        self.deliver.wake(anew=True)
        self._changed()

    def _tell_endpoint(self) -> None:
        self.serving.tell()

    async def _count_clients(self) -> None:
        while True:
            await asyncio.sleep(_COUNT_EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                self.clients.flush()

    async def _prune_daily(self) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                before_ms = self._clock.now_ms() - self._given.settings.current.history.days * _DAY_MS
                if self.store.prune(before_ms=before_ms):
                    await self.history.tidy()
            await asyncio.sleep(_PRUNE_EVERY_S)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_id() -> str:
    return uuid.uuid4().hex
