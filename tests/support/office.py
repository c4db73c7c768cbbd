"""Everything between the door and the group, as the app wires it: real database, channel, HTTP and strict robots.

Only time is the test's own (`StepClock`), and the keyring is in memory.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from tests.support.catalogs import catalogs
from tests.support.clock import StepClock
from tests.support.desk import MemoryVault
from tests.support.robot import credentials_of
from tests.support.settings import robot_settings
from tray_app.adapters.files.pause import PauseFile
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.log_sync import sync_log
from tray_app.adapters.store.store import SqliteStore
from tray_app.channels import CHANNELS
from tray_app.core.delivery.delivery import Delivery, Origin, Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.channel import Channel, NoReply, Reply, Request
from tray_app.core.messages.message import Message, TextMessage
from tray_app.core.settings.settings import Settings
from tray_app.core.state.snapshot import Snapshot
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.calls.guarded import GuardedCalls
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.recall import Recaller
from tray_app.services.delivery.sender import Sender
from tray_app.services.history.history import History
from tray_app.services.owner.control import Control
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.robots.owner_robot import OwnerRobot
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.state.snapshot_builder import EndpointStatus, SnapshotBuilder
from tray_app.services.submit.enqueue import Enqueuer
from tray_app.services.submit.owner_line import OwnerLine
from tray_app.services.submit.parts import Parts
from tray_app.services.submit.redaction import Redaction
from tray_app.services.submit.submit import Submitter
from tray_app.tools.facts import facts

T = TypeVar("T")
CATALOGS = catalogs()
ORIGIN = Origin(source=Source.MCP, tool="dingtalk_send_text", client="claude-code", project="api")
_TURNS = 25  # of the loop, until everybody who can go on has gone on


class WatchedPoster:
    """The real poster; knows whether something is on the wire, so that a test need not guess."""

    def __init__(self) -> None:
        self._real = HttpPoster(total_s=5)
        self._out = 0
        self.landed = asyncio.Event()
        self.landed.set()
        self.took_off = asyncio.Event()

    async def post(self, request: Request) -> Reply | NoReply:
        return await self._watched(self._real.post(request))

    async def probe(self, request: Request) -> Reply | NoReply:
        return await self._watched(self._real.probe(request))

    async def _watched(self, asking: Coroutine[None, None, Reply | NoReply]) -> Reply | NoReply:
        self._out += 1
        self.landed.clear()
        self.took_off.set()
        try:
            return await asking
        finally:
            self._out -= 1
            if not self._out:
                self.landed.set()

    async def aclose(self) -> None:
        await self._real.aclose()


class WatchedStore(SqliteStore):
    """The real store; knows whether somebody waits for the disk."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._waiting = 0
        self.rested = asyncio.Event()
        self.rested.set()

    @contextlib.contextmanager
    def waited_for(self) -> Iterator[None]:
        """Somebody waits for it as long as the block lasts."""
        self._waiting += 1
        self.rested.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.rested.set()

    async def lasting(self) -> None:
        with self.waited_for():
            await super().lasting()


@dataclass
class MemoryPolicy:
    """A policy file in memory."""

    source: str | None = None
    kept: str | None = None

    def read(self) -> str | None:
        return self.source

    def last_good(self) -> str | None:
        return self.kept

    def keep_good(self, source: str) -> None:
        self.kept = source

    def write(self, source: str) -> None:
        self.source = source


class NobodyInGit:
    async def name(self, project: str = "") -> str:  # noqa: ARG002 - the port's form
        return ""


class Office:
    """One engine at work, without endpoint and tray. `settings` may be replaced; `restart()` forgets memory."""

    def __init__(
        self,
        folder: Path,
        groups: Mapping[str, SandboxRobot],
        *,
        clock: StepClock,
        per_minute: int = 18,
        channels: Mapping[str, Channel] = CHANNELS,
    ) -> None:
        """Robots by name, the first one the default one."""
        self.channels = channels
        self.path = folder / "history.sqlite3"
        self.clock = clock
        self.vault = MemoryVault(kept={name: credentials_of(group) for name, group in groups.items()})
        words = {name: group.robot.keywords for name, group in groups.items()}
        robots = {name: robot_settings(per_minute=per_minute, keywords=words[name]) for name in groups}
        self.settings = Settings(robots=robots)
        self._ids = itertools.count()
        self.sync: Callable[[Path], None] = sync_log  # waits for the disk
        self.held: list[Origin] = []  # calls that waited for the owner
        self.policy_file = MemoryPolicy()
        self.route: Callable[[Origin], str] = lambda _origin: ""  # of messages that name no robot
        self._wire()

    def _wire(self) -> None:
        self.store = WatchedStore(
            self.path,
            on_change=self._store_changed,
            keep_content=lambda: self.settings.history.store_content,
            sync=lambda path: self.sync(path),
        )
        self.poster = WatchedPoster()
        self.robots = robots = RobotRegistry(
            vault=self.vault, channels=self.channels, settings=lambda: self.settings, environ={}
        )
        self.pause = Pause(
            PauseFile(self.path.with_name("pause.json"), spare=self.path.with_name("pause.spare.json")),
            self.clock,
            old=self.store,
            on_change=lambda: None,
            before_end=lambda: self.control.before_resume(),
        )
        self.deliver = Sender(
            store=self.store,
            robots=robots,
            poster=self.poster,
            clock=self.clock,
            pause=self.pause,
            settings=lambda: self.settings,
            catalog=lambda: CATALOGS[Language.ZH],
            new_id=self._new_id,
            changed=lambda: None,
            settled=lambda row: self.enforcer.settled(row),
        )
        self.owner_robot = OwnerRobot(robots=robots, vault=self.vault, changed=lambda: None)
        self.recaller = Recaller(
            store=self.store,
            robots=robots,
            poster=self.poster,
            deliver=self.deliver,
            pause=self.pause,
            clock=self.clock,
            changed=lambda: None,
        )
        self._wire_policy()
        self.parts = Parts(robots=robots, settings=lambda: self.settings, catalog=lambda: CATALOGS[Language.ZH])
        self.redaction = Redaction(settings=lambda: self.settings, catalog=lambda: CATALOGS[Language.ZH])
        self.notify = Submitter(
            enqueuer=self.enqueuer,
            robots=robots,
            vault=self.vault,
            deliver=self.deliver,
            pause=self.pause,
            clock=self.clock,
            settings=lambda: self.settings,
            redaction=self.redaction,
            parts=self.parts,
            route=lambda origin: self.route(origin),
        )
        self.owner_line = OwnerLine(
            robot=self.owner_robot, submitter=self.notify, recall=self.recaller.recall, parts=self.store.group
        )
        self.control = Control(
            enqueuer=self.enqueuer,
            notify=self.notify,
            deliver=self.deliver,
            pause=self.pause,
            robots=robots,
            operator=NobodyInGit(),
            clock=self.clock,
            settings=lambda: self.settings,
            catalog=lambda: CATALOGS[Language.ZH],
            in_flight_s=0.2,
        )
        self.history = History(self.store, self.notify)
        self.overview = SnapshotBuilder(
            version="1",
            clock=self.clock,
            store=self.store,
            robots=robots,
            vault=self.vault,
            deliver=self.deliver,
            pause=self.pause,
            settings=lambda: self.settings,
            endpoint=EndpointStatus(),
            clients=lambda: 0,
            problems={},
        )

    def _wire_policy(self) -> None:
        self.active = ActivePolicy(self.policy_file, default=default_policy(), tools=facts(), changed=lambda: None)
        self.overrides = OwnerOverrides(self.store, self.clock, changed=lambda: None)
        self.enforcer = PolicyEnforcer(
            rules=lambda: self.active.rules,
            records=self.store.audit,
            overrides=self.overrides,
            clock=self.clock,
            new_id=self._new_id,
            changed=lambda: None,
        )
        self.approvals = Approvals(
            store=self.store,
            enforcer=self.enforcer,
            overrides=self.overrides,
            deliver=self.deliver,
            robots=self.robots,
            clock=self.clock,
            settings=lambda: self.settings,
            always=lambda approval: self.active.ask_no_more(approval.tool, approval.rule, approval.reason),
            held=lambda origin: self.held.append(origin),
            changed=lambda: None,
        )
        self.enqueuer = Enqueuer(
            store=self.store,
            enforcer=self.enforcer,
            approvals=self.approvals,
            clock=self.clock,
            new_id=self._new_id,
            changed=lambda: None,
        )
        self.guarded = GuardedCalls(
            enforcer=self.enforcer, approvals=self.approvals, active=self.active, lasting=self.store.lasting
        )

    def _store_changed(self) -> None:
        self.deliver.look()
        self.approvals.look()

    def _new_id(self) -> str:
        return f"{self.clock.wall:x}-{next(self._ids)}"

    def tune(self, **delivery: Any) -> None:
        """Change `[delivery]`."""
        self.settings = replace(self.settings, delivery=replace(self.settings.delivery, **delivery))

    async def settle(self) -> None:
        """Let everybody go on who can without time passing: answers arrive, rows are saved."""
        quiet = 0
        while quiet < _TURNS:
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.poster.landed.is_set() and self.store.rested.is_set() else 0
            await self.store.rested.wait()
            await self.poster.landed.wait()

    async def pass_time(self, ms: int) -> None:
        """Let time pass, and everything happen that happens meanwhile, in its order."""
        await self.settle()
        while ms > 0:
            step = min(ms, self.clock.next_wake() or ms)
            self.clock.step(step)
            ms -= step
            await self.settle()

    def send_all_in_parts(self) -> None:
        """Have long messages go out whole, in as many parts as they need."""
        self.settings = replace(self.settings, delivery=replace(self.settings.delivery, long_messages="parts"))

    async def within(self, work: Awaitable[T]) -> T:
        """Run it, letting time pass as it asks for."""
        task = asyncio.ensure_future(work)
        await self.settle()
        while not task.done():
            step = self.clock.next_wake()
            assert step is not None, "it waits for something that never comes"
            self.clock.step(step)
            await self.settle()
        return await task

    async def send(
        self, message: Message | str, *, robot: str = "team", wait_s: float | None = None, origin: Origin = ORIGIN
    ) -> Receipt:
        """Send through the door, and let the time pass that the answer takes."""
        said = TextMessage(content=message) if isinstance(message, str) else message
        return await self.within(self.notify.send(said, robot=robot, origin=origin, wait_s=wait_s))

    async def queue(self, *texts: str, robot: str = "team") -> list[str]:
        """Have messages accepted without waiting for them. Returns their ids."""
        return [(await self.send(said, robot=robot, wait_s=0)).delivery_id for said in texts]

    def row(self, delivery_id: str) -> Delivery:
        """One row of the history."""
        found = self.store.find(delivery_id)
        assert found is not None
        return found

    def snapshot(self) -> Snapshot:
        """What the tray would show."""
        return self.overview.build()

    async def start(self) -> None:
        """Start what the engine starts."""
        self.active.reread()
        self.overrides.load()
        self.enforcer.load()
        self.deliver.start()
        self._pausing = asyncio.ensure_future(self.pause.run())
        self._owner = [asyncio.ensure_future(self.approvals.run()), asyncio.ensure_future(self.overrides.run())]
        await self.robots.refresh()
        await self.settle()

    async def end(self) -> None:
        """Stop at once; what is on the wire is cut as by a kill."""
        for task in (self._pausing, *self._owner):
            task.cancel()
        await self.deliver.stop(grace_s=0)
        await self.poster.aclose()
        self.store.close()

    async def restart(self) -> None:
        """End and begin anew with the same file."""
        await self.end()
        await self.begin_anew()

    async def begin_anew(self) -> None:
        """Begin with the file of one that has ended."""
        self._wire()
        await self.start()


@contextlib.asynccontextmanager
async def at_work(
    folder: Path,
    groups: Mapping[str, SandboxRobot],
    *,
    clock: StepClock,
    per_minute: int = 18,
    channels: Mapping[str, Channel] = CHANNELS,
) -> AsyncIterator[Office]:
    """Run an office for the length of the block."""
    office = Office(folder, groups, clock=clock, per_minute=per_minute, channels=channels)
    await office.start()
    try:
        yield office
    finally:
        await office.end()
