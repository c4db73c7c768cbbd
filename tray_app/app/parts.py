"""The engine's larger parts, wired: sending, the policy, the sessions."""

import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tray_app.adapters.files.pause import PauseFile
from tray_app.adapters.files.policy import PolicyFile, default_policy
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.keyring.vault import KeyringVault
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.agents.agent import Agent
from tray_app.app.context import AppContext
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Delivery, Origin
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Catalog
from tray_app.core.settings.settings import Settings
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.calls.guarded import GuardedCalls
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.sender import Sender
from tray_app.services.history.history import History
from tray_app.services.notices.notifier import Notifier
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.ports import Clock, Operator, Robots
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.sessions.attribution import Attribution
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.submit.enqueue import Enqueuer
from tray_app.services.submit.routing import Routing
from tray_app.services.submit.submit import Submitter
from tray_app.tools.facts import facts


class SendingParts:
    """`store`, `vault`, `robots`, `pause` and `deliver`; load them before the first message."""

    def __init__(
        self,
        given: AppContext,
        *,
        clock: Clock,
        catalog: Callable[[], Catalog],
        new_id: Callable[[], str],
        changed: Callable[[], None],
        store_changed: Callable[[], None],
        vault_changed: Callable[[], None],
        settled: Callable[[Delivery], None],
        before_resume: Callable[[], None],
    ) -> None:
        """Wire; nothing is opened, read or sent yet. `settled` hears of rows, `before_resume` that a pause ends."""
        self._hide, self._changed = given.hide, changed
        self._poster = HttpPoster()
        self.store = SqliteStore(
            given.paths.history,
            on_change=store_changed,
            keep_content=lambda: given.settings.current.history.store_content,
        )
        self.vault = KeyringVault(on_change=vault_changed, environ=given.environ)
        self.robots = RobotRegistry(
            vault=self.vault,
            channels=given.channels,
            settings=lambda: given.settings.current,
            environ=given.environ,
            on_change=changed,
        )
        self.pause = Pause(
            PauseFile(given.paths.pause), clock, old=self.store, on_change=changed, before_end=before_resume
        )
        self.deliver = Sender(
            store=self.store,
            robots=self.robots,
            poster=self._poster,
            clock=clock,
            pause=self.pause,
            settings=self.robots.settings,
            catalog=catalog,
            new_id=new_id,
            changed=changed,
            settled=settled,
        )

    def load(self) -> None:
        """Open the history, and learn whether sends are paused."""
        with contextlib.suppress(StoreUnavailable):  # its state is in the snapshot
            self.pause.load()

    async def learn_robots(self) -> None:
        """Ask for every robot's credentials, so that the state of each is known and none can show in the log."""
        await self.robots.refresh()
        for name in self.robots.names():
            with contextlib.suppress(TrayAppError):  # the robot's facts and problems say it
                credentials = await self.robots.credentials(name)
                self._hide(credentials.webhook, credentials.secret)
        self.deliver.wake(anew=True)
        self._changed()

    async def close(self) -> None:
        """Close the connections and the keyring; the history closes last, after whoever still writes to it."""
        await self._poster.aclose()
        self.vault.close()


class PolicyParts:
    """`active`, `enforcer`, `approvals`, `enqueuer` and `guarded`; load them before the first call."""

    def __init__(
        self,
        given: AppContext,
        *,
        store: SqliteStore,
        deliver: Sender,
        robots: Robots,
        clock: Clock,
        settings: Callable[[], Settings],
        new_id: Callable[[], str],
        changed: Callable[[], None],
        held: Callable[[Origin], None],
    ) -> None:
        """Wire; of the file nothing is read yet. `held` hears of each call that waits for the owner."""
        self._store = store
        self.file = PolicyFile(given.paths.policy, last_good=given.paths.last_policy)
        self.active = ActivePolicy(self.file, default=default_policy(), tools=facts(), changed=changed)
        self.overrides = OwnerOverrides(store, clock, changed=changed)
        self.enforcer = PolicyEnforcer(
            rules=lambda: self.active.rules,
            records=store.audit,
            overrides=self.overrides,
            clock=clock,
            new_id=new_id,
            changed=changed,
        )
        self.approvals = Approvals(
            store=store,
            enforcer=self.enforcer,
            overrides=self.overrides,
            deliver=deliver,
            robots=robots,
            clock=clock,
            settings=settings,
            always=self._always,
            held=held,
            changed=changed,
        )
        self.enqueuer = Enqueuer(
            store=store, enforcer=self.enforcer, approvals=self.approvals, clock=clock, new_id=new_id, changed=changed
        )
        self.guarded = GuardedCalls(enforcer=self.enforcer, approvals=self.approvals, active=self.active)

    def load(self) -> None:
        """Read the file, and what the last run counted and allowed."""
        self.active.reread()
        self.overrides.load()
        self.enforcer.load()

    def admin(self, history: History) -> PolicyAdmin:
        """What the owner sees and does; it lets a refused message go through the history's own door."""
        return PolicyAdmin(
            active=self.active,
            enforcer=self.enforcer,
            overrides=self.overrides,
            approvals=self.approvals,
            history=history,
            audit=self._store.audit,
            file=self.file,
        )

    def _always(self, approval: Approval) -> None:
        self.active.ask_no_more(approval.tool, approval.rule, approval.reason)


log = logging.getLogger(__name__)
_FOLDERS = 100


class SessionParts:
    """`track`, `notices` and `attribution`; start and stop them together."""

    def __init__(
        self,
        given: AppContext,
        *,
        agents: Sequence[Agent],
        store: SqliteStore,
        notify: Submitter,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        changed: Callable[[], None],
        routing: Routing,
    ) -> None:
        """Wire; nothing is read yet."""
        self.track = SessionTracker(
            records=[one.records(given.environ, Path.home(), now_ms=clock.now_ms) for one in agents],
            archive=store.sessions,
            clock=clock,
            local_day=lambda at_ms: _local(at_ms).strftime("%Y-%m-%d"),
            heard=lambda live, signal: self.notices.hear(live, signal),
            changed=changed,
        )
        self.notices = Notifier(
            submitter=notify,
            memory=store,
            reports=store.sessions,
            operator=operator,
            clock=clock,
            settings=settings,
            catalog=catalog,
            local=_local,
            sessions=self.track,
            route=routing.robot,
        )
        self.queries = SessionQueries(
            watched=self.track,
            archive=store.session_ranges,
            counts=store.sessions,
            prices_as_of=min(one.prices_as_of for one in agents),
        )
        self.attribution = Attribution(self.track.call_index, self.track, store.sessions, changed=changed)

    def start(self, keep: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Begin to look and to tell; `keep` runs a task until the app stops."""
        keep(self.track.run())
        keep(self.notices.run())

    def folders(self) -> list[str]:
        """Folders of known sessions, the newest first."""
        listed = self.track.listing(everything=True, limit=_FOLDERS)
        return list(dict.fromkeys(str(one["cwd"]) for one in listed if one["cwd"]))

    async def stop(self) -> None:
        """Send what waits to be sent together, and keep what was measured."""
        try:
            await self.notices.flush()
        except Exception:
            log.exception("notices could not be sent at the end")
        with contextlib.suppress(Exception):
            self.track.stop()

    async def close(self) -> None:
        """End the reading."""
        await self.track.close()


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
