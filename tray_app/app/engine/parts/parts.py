"""The background loop's services and adapters, wired: what asks whom. Nothing is opened, read or bound here."""

import secrets
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.routing import Route

from tray_app import __version__
from tray_app.adapters.autostart.entry import entry_of
from tray_app.adapters.files.endpoint import EndpointFile, TokenFile
from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.system.clock import SystemClock
from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.git_user import GitUser
from tray_app.adapters.web.control_api import ControlServices, control_routes
from tray_app.adapters.web.follow_up_routes import follow_up_routes
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.adapters.web.pages.ports import PageServices
from tray_app.adapters.web.question_routes import question_routes
from tray_app.app.agents import OTHERS
from tray_app.app.agents.agent import Agent, Connectable, DetachedConnector, for_programs
from tray_app.app.detached import run_detached
from tray_app.app.engine.context import AppContext, first_snapshot
from tray_app.app.engine.kept_clock import KeptClock
from tray_app.app.engine.parts.history import HistoryParts
from tray_app.app.engine.parts.pages import PageParts
from tray_app.app.engine.parts.phone import PhoneParts
from tray_app.app.engine.parts.policy import PolicyParts
from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.sessions import SessionParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.app.engine.retention import Retention
from tray_app.app.engine.serving import Admission, Serving
from tray_app.app.program.newer import NewerProgram
from tray_app.app.program.started_by import login_command
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import Ended, Signal
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import AgentView
from tray_app.services.calls.compose import Composer
from tray_app.services.calls.dispatch import ToolCallDispatcher
from tray_app.services.clients import Clients
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.follow_ups.memory import FollowUpMemory
from tray_app.services.history.history import History
from tray_app.services.owner.control import Control
from tray_app.services.owner.robot_admin import RobotAdmin
from tray_app.services.owner.settings_admin import SettingsAdmin
from tray_app.services.owner.start_at_login import StartAtLogin
from tray_app.services.questions.questions import Questions
from tray_app.services.robots.setup import RobotSetup
from tray_app.services.state.hub import Hub
from tray_app.services.state.snapshot_builder import EndpointStatus, SnapshotBuilder
from tray_app.services.submit.owner_line import OwnerLine
from tray_app.services.submit.parts import Parts
from tray_app.services.submit.redaction import Redaction
from tray_app.services.submit.routing import Routing
from tray_app.services.submit.submit import Submitter


class EngineParts:
    """Every part of the engine; who starts them is `Engine`."""

    def __init__(
        self,
        given: AppContext,
        *,
        agents: Mapping[str, Agent],
        stop_app: Callable[[], None],
        restart_app: Callable[[], None],
        keep: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`stop_app` ends the whole program, `restart_app` has it begin anew after, `keep` runs a task until then."""
        self._given, self._agents = given, tuple(agents.values())
        self.clock = SystemClock()
        self.endpoint = EndpointStatus()
        self._endpoint_file = EndpointFile(given.paths.endpoint)
        self._keep, self.restart = keep, restart_app
        self.newer = NewerProgram(given.environ, given.problems, self._changed)
        self._told_version = given.settings.version
        self._shared = Shared(
            given=given,
            clock=self.clock,
            operator=GitUser(),
            settings=lambda: self.sending.robots.settings(),  # with the environment's robot
            catalog=self._message_catalog,
            new_id=_new_id,
            changed=self._changed,
        )
        self._wire_messages()
        self._wire_owner()
        self._wire_serving(stop_app)

    def _wire_messages(self) -> None:
        """Who sends, who decides, who watches the sessions: each is told of those before it."""
        shared, given = self._shared, self._given
        self.sending = sending = SendingParts(
            shared,
            store_changed=self._store_changed,
            vault_changed=self._vault_changed,
            settled=lambda row: self.policy.enforcer.settled(row),
            before_resume=lambda: self.control.before_resume(),
        )
        self.kept_clock = KeptClock(self.clock, sending.store)
        self.retention = Retention(self.clock, sending.store, sending.deliver.heard_ms)
        self.clients = Clients(
            store=sending.store.clients,
            file=TokenFile(given.paths.client_token),
            clock=self.clock,
            new_token=_new_token,
            hide=given.hide,
            changed=self._changed,
            tell=self._tell_endpoint,
        )
        self.policy = PolicyParts(shared, sending, held=lambda origin: self.sessions.attribution.later(origin))
        self.routing = Routing(
            settings=shared.settings, home=str(Path.home()), session=lambda name: self.sessions.track.session(name)
        )
        self.parts = Parts(robots=sending.robots, settings=shared.settings, catalog=shared.catalog)
        self.redaction = Redaction(settings=shared.settings, catalog=shared.catalog)
        self.submitter = Submitter(
            enqueuer=self.policy.enqueuer,
            robots=sending.robots,
            vault=sending.vault,
            deliver=sending.deliver,
            pause=sending.pause,
            clock=self.clock,
            settings=shared.settings,
            redaction=self.redaction,
            parts=self.parts,
            route=self.routing.robot,
        )
        self.owner_line = OwnerLine(
            robot=sending.owner_robot,
            submitter=self.submitter,
            recall=sending.recaller.recall,
            parts=sending.store.group,
        )
        self.sessions = SessionParts(
            shared,
            agents=self._agents,
            store=sending.store,
            submitter=self.submitter,
            routing=self.routing,
            paused=lambda: sending.pause.current() is not None,
            heard=self._heard,
            hooked=lambda event: self.follow_ups.hear(event),
        )
        self.questions = Questions(
            records=sending.store.audit,
            lasting=sending.store.lasting,
            clock=self.clock,
            settings=shared.settings,
            project=self.sessions.project_of,
            asked=self.sessions.asked,
            unshown=self.sessions.unshown,
            new_id=_new_id,
            changed=self._changed,
        )
        self.follow_ups = FollowUps(
            records=sending.store.audit,
            memory=FollowUpMemory(sending.store),
            lasting=sending.store.lasting,
            clock=self.clock,
            settings=shared.settings,
            session=self.sessions.track.session,
            words=lambda: given.catalogs[given.language],
            masked=lambda said: self.redaction.masked(said).text,
            new_id=_new_id,
            changed=self._changed,
        )
        self.kept = History(sending.store, self.submitter)
        self.history = HistoryParts(
            sending.store,
            clock=self.clock,
            knows=self.submitter.knows,
            changed=self._changed,
            wake=sending.deliver.wake,
        )

    def _wire_owner(self) -> None:
        """What the owner sees and does, by tray, page and command."""
        shared, sending = self._shared, self.sending
        self.control = Control(
            enqueuer=self.policy.enqueuer,
            notify=self.submitter,
            deliver=sending.deliver,
            pause=sending.pause,
            robots=sending.robots,
            operator=shared.operator,
            clock=self.clock,
            settings=shared.settings,
            catalog=shared.catalog,
        )
        self.policy_admin = self.policy.admin(self.kept)
        self.setup = RobotSetup(
            settings=self._given.settings,
            vault=sending.vault,
            channels=self._given.channels,
            robots=sending.robots,
            changed=self.reread_settings,
            check_token=sending.check_token,
        )
        self.robots = RobotAdmin(
            setup=self.setup,
            robots=sending.robots,
            vault=sending.vault,
            learn=self.learn_robots,
            changed=self._changed,
        )
        environ = self._given.environ
        self.login = StartAtLogin(entry_of(environ), lambda: login_command(environ), changed=self._changed)
        self.settings_admin = SettingsAdmin(
            file=self._given.settings,
            routing=self.routing,
            reread=self.reread_settings,
            folders=self.sessions.folders,
            show_file=self._show_settings,
            login=self.login,
        )
        self._wire_phone()
        self.hub = Hub(self._overview().build, first=first_snapshot(self.clock.now_ms()))

    def _wire_phone(self) -> None:
        """The owner's phone, through an app robot."""
        self.phone = PhoneParts(
            self._shared,
            self.sending,
            line=self.owner_line,
            questions=self.questions,
            approvals=self.policy.approvals,
            redaction=self.redaction,
            control=self.control,
            follow_ups=self.follow_ups,
            session=self.sessions.track.session,
            snapshot=lambda: self.hub.refresh(),
        )

    def _wire_serving(self, stop_app: Callable[[], None]) -> None:
        """What answers at the endpoint: agents' calls, commands, pages, hooks."""
        given, shared = self._given, self._shared
        dispatcher = ToolCallDispatcher(
            composer=Composer(
                sessions=self.sessions.attribution,
                operator=shared.operator,
                clock=self.clock,
                settings=shared.settings,
                catalog=shared.catalog,
                agents={**{one.name: one.title for one in OTHERS.values()}, **self.sessions.track.titles},
            ),
            guarded=self.policy.guarded,
            notify=self.submitter,
            history=self.kept,
            robots=self.setup,
            snapshot=self.hub.refresh,
            called=self.clients.called,
        )
        asked = for_programs(given.environ)
        connectable: tuple[Connectable, ...] = (*self._agents, *OTHERS.values())
        services = PageServices(
            hub=self.hub,
            control=self.control,
            robots=self.robots,
            connectors={one.name: DetachedConnector(one.connector(given.paths, asked)) for one in connectable},
            language=given.language,
            clients={one.name: one.title for one in OTHERS.values()},
        )
        self.pages = PageParts(
            shared=shared,
            services=services,
            endpoint=self.endpoint,
            sessions=self.sessions,
            history=self.history,
            kept=self.kept,
            messages=self.parts,
            policy=self.policy_admin,
            questions=self.questions,
            follow_ups=self.follow_ups,
            settings=self.settings_admin,
            pairing=self.phone.pairing,
            robots=self.sending.robots.names,
            keep=self._keep,
        )
        self.commands = ControlServices(
            hub=self.hub,
            control=self.control,
            submitter=self.submitter,
            history=self.kept,
            history_queries=self.history.queries,
            tracker=self.sessions.track,
            usage=self.sessions.usage,
            policy=self.policy_admin,
            questions=self.questions,
            clients=self.clients,
            pairing=self.phone.pairing,
            endpoint=self.endpoint,
            reload=self._reload,
            link=self.pages.link,
            stop=stop_app,
            restart=self.restart,
        )
        admission = Admission(
            control=Secret(_new_token()),
            hook=Secret(_new_token()),
            questions=TokenFile(given.paths.question_token),
            extra_hosts=lambda: self._shared.settings().endpoint.extra_hosts,
        )
        given.hide(admission.control, admission.hook)
        self.serving = Serving(
            dispatcher=dispatcher,
            routes=self._routes,
            admission=admission,
            endpoint=self.endpoint,
            file=self._endpoint_file,
            not_serving=NotServingFile(given.paths.endpoint),
            catalog=given.catalogs[given.language],
            clients=self.clients,
            agents=self._agents,
            changed=self._changed,
        )

    def _overview(self) -> SnapshotBuilder:
        given, sending = self._given, self.sending
        return SnapshotBuilder(
            version=__version__,
            clock=self.clock,
            store=sending.store,
            robots=sending.robots,
            vault=sending.vault,
            deliver=sending.deliver,
            pause=sending.pause,
            settings=self._shared.settings,
            endpoint=self.endpoint,
            clients=self.clients.active,
            problems=given.problems,
            sessions=self.sessions.track.views,
            today=self.sessions.track.today,
            week=self.sessions.budget.last_week,
            budgets=self.sessions.budget.views,
            waiting=self.policy_admin.waiting,
            policy=self.policy_admin.view,
            questions=self.questions.views,
            policy_problem=lambda: self.policy.active.problem,
            agents=tuple(AgentView(name=one.name, title=one.title) for one in self._agents),
            mutes=self.sessions.mutes.current,
            login=lambda: self.login.state,
            phone=self.phone.view,
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
        self.phone.wake()
        self._changed()

    async def learn_robots(self) -> None:
        """Ask for every robot's credentials anew, and let the phone's connect with its own."""
        await self.sending.learn_robots()
        self.phone.wake()

    async def _show_settings(self) -> bool:
        desktop, folder = Desktop(self._given.environ), self._given.paths.settings.parent
        return await run_detached(lambda: desktop.open_folder(folder))

    async def _reload(self) -> None:
        """Another program has changed settings, keyring, or the start at login."""
        self.reread_settings()
        await self.robots.retry_keyring()
        await self.login.look()
        await self.newer.look()

    def _heard(self, live: Live, signal: Signal) -> None:
        self.questions.hear(live, signal)
        if isinstance(signal, Ended):
            self.follow_ups.over(live.session_id)

    def _changed(self) -> None:
        self.hub.changed()
        self.phone.look()
        self.follow_ups.look()

    def _store_changed(self) -> None:
        self.sending.deliver.look()
        self.policy.approvals.look()
        self._changed()

    def _message_catalog(self) -> Catalog:
        return self._given.catalogs[Language(self._given.settings.current.message_language)]

    def _routes(self) -> Sequence[Route]:
        words = {language: catalog.for_owner() for language, catalog in self._given.catalogs.items()}
        readers = {agent.name: agent.read_hook for agent in self._agents}
        return [
            *control_routes(self.commands, words),
            *hook_routes(self.sessions, readers),
            *follow_up_routes(self.follow_ups, readers),
            *question_routes(
                self.questions, {one.name: one.read_question for one in self._agents if one.read_question}
            ),
            *self.pages.routes(words),
        ]

    def _vault_changed(self) -> None:
        """The keyring was unlocked, locked, came or went: what waits for it may go on."""
        self._changed()
        self._keep(self.learn_robots())

    def _tell_endpoint(self) -> None:
        self.serving.tell()


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_id() -> str:
    return uuid.uuid4().hex
