"""All that works behind the endpoint, wired: what asks whom. Nothing is opened or read here."""

import secrets
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from tray_app import __version__
from tray_app.adapters.autostart.entry import entry_of
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.system.clock import SystemClock
from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.git_user import GitUser
from tray_app.app.agents.agent import Agent
from tray_app.app.detached import run_detached
from tray_app.app.engine.context import AppContext, first_snapshot
from tray_app.app.engine.kept_clock import KeptClock
from tray_app.app.engine.parts.history import HistoryParts
from tray_app.app.engine.parts.messages import MessageParts
from tray_app.app.engine.parts.phone import PhoneParts
from tray_app.app.engine.parts.policy import PolicyParts
from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.sessions import SessionParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.app.engine.retention import Retention
from tray_app.app.engine.settings_in_force import SettingsInForce
from tray_app.app.program.newer import NewerProgram
from tray_app.app.program.started_by import login_command
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import Ended, Signal
from tray_app.core.sessions.session import PendingCall
from tray_app.core.state.snapshot import AgentView
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


class EngineParts:
    """Every part of the engine but its faces; who starts them is `Engine`."""

    def __init__(
        self,
        given: AppContext,
        *,
        agents: Mapping[str, Agent],
        tell_endpoint: Callable[[], None],
        keep: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`tell_endpoint` has other programs told anew where it is, `keep` runs a task until the program ends."""
        self._given, self.agents = given, tuple(agents.values())
        self.clock = SystemClock()
        self.endpoint = EndpointStatus()
        self._keep = keep
        self.newer = NewerProgram(given.environ, given.problems, self._changed)
        self.settings = SettingsInForce(given, self._settings_taken)
        self.shared = Shared(
            given=given,
            clock=self.clock,
            operator=GitUser(),
            settings=lambda: self.sending.robots.settings(),  # with the environment's robot
            catalog=self._message_catalog,
            new_id=_new_id,
            changed=self._changed,
        )
        self._wire_messages(tell_endpoint)
        self._wire_owner()

    def _wire_messages(self, tell_endpoint: Callable[[], None]) -> None:
        """Who sends, who decides, who watches the sessions: each is told of those before it."""
        shared, given = self.shared, self._given
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
            tell=tell_endpoint,
        )
        self.policy = PolicyParts(shared, sending, held=lambda origin: self.sessions.attribution.later(origin))
        self.messages = MessageParts(
            shared, sending, self.policy.enqueuer, session=lambda name: self.sessions.track.session(name)
        )
        self.sessions = SessionParts(
            shared,
            sending,
            self.messages,
            agents=self.agents,
            heard=self._heard,
            calls=self._calls,
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
            masked=lambda said: self.messages.redaction.masked(said).text,
            new_id=_new_id,
            changed=self._changed,
        )
        self.kept = History(sending.store, self.messages.submitter)
        self.history = HistoryParts(
            sending.store,
            clock=self.clock,
            knows=self.messages.submitter.knows,
            changed=self._changed,
            wake=sending.deliver.wake,
        )

    def _wire_owner(self) -> None:
        """What the owner sees and does, by tray, page and command."""
        shared, sending = self.shared, self.sending
        self.control = Control(
            enqueuer=self.policy.enqueuer,
            notify=self.messages.submitter,
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
            changed=self.settings.reread,
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
            routing=self.messages.routing,
            reread=self.settings.reread,
            folders=self.sessions.folders,
            show_file=self._show_settings,
            login=self.login,
        )
        self.phone = PhoneParts(
            shared,
            sending,
            self.messages,
            questions=self.questions,
            approvals=self.policy.approvals,
            control=self.control,
            follow_ups=self.follow_ups,
            session=self.sessions.track.session,
            snapshot=lambda: self.hub.refresh(),
        )
        self.hub = Hub(self._overview().build, first=first_snapshot(self.clock.now_ms()))

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
            settings=self.shared.settings,
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
            agents=tuple(AgentView(name=one.name, title=one.title) for one in self.agents),
            mutes=self.sessions.mutes.current,
            login=lambda: self.login.state,
            phone=self.phone.view,
        )

    async def learn_robots(self) -> None:
        """Ask for every robot's credentials anew, and let the phone's connect with its own."""
        await self.sending.learn_robots()
        self.phone.wake()

    async def _show_settings(self) -> bool:
        desktop, folder = Desktop(self._given.environ), self._given.paths.settings.parent
        return await run_detached(lambda: desktop.open_folder(folder))

    def _heard(self, live: Live, signal: Signal) -> None:
        self.questions.hear(live, signal)
        if isinstance(signal, Ended):
            self.follow_ups.over(live.session_id)

    def _calls(self, session_id: str, *, before: Sequence[PendingCall], now: Sequence[PendingCall]) -> None:
        self.questions.see_calls(session_id, before=before, now=now)

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

    def _settings_taken(self) -> None:
        self.sending.deliver.wake()
        self.phone.wake()
        self._changed()

    def _vault_changed(self) -> None:
        """The keyring was unlocked, locked, came or went: what waits for it may go on."""
        self._changed()
        self._keep(self.learn_robots())


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_id() -> str:
    return uuid.uuid4().hex
