"""The engine: every part of the background loop, started and stopped in order."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tray_app.adapters.files.watch import ConfigWatch
from tray_app.adapters.system.slow_imports import load
from tray_app.app.agents import AGENTS
from tray_app.app.agents.agent import Agent
from tray_app.app.agents.left_clients import revoke_left
from tray_app.app.engine.context import AppContext
from tray_app.app.engine.faces.faces import Faces
from tray_app.app.engine.parts.parts import EngineParts
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError

_logger = logging.getLogger(__name__)
_PRUNE_EVERY_S = 86_400
_MINUTE_S = 60


class Engine:
    """Build it and call everything on the engine's loop. `owner`, `control` and `hub` are for the faces."""

    def __init__(
        self,
        given: AppContext,
        *,
        stop_app: Callable[[], None],
        restart_app: Callable[[], None] = lambda: None,
        agents: Mapping[str, Agent] = AGENTS,
    ) -> None:
        """Wire everything; nothing is opened, read or bound yet. `stop_app` ends the program, `restart_app` anew."""
        self._given = given
        self._tasks: set[asyncio.Task[None]] = set()
        self.parts = parts = EngineParts(
            given, agents=agents, tell_endpoint=lambda: self.faces.serving.tell(), keep=self._keep
        )
        self.faces = Faces(parts, stop_app=stop_app, restart_app=restart_app, keep=self._keep)
        self.control, self.hub, self.robots = parts.control, parts.hub, parts.sending.robots

    async def open_history(self, watch: Callable[[int, int], bool]) -> None:
        """Open it beside the loop, before `start`; `watch` hears which step of how many an older file is at."""
        await self.parts.sending.store.open_aside(watch)

    async def start(self, *, port: int | None) -> bool:
        """Open the history, begin to deliver, serve. False where the endpoint cannot serve (the snapshot says why)."""
        parts = self.parts
        self.start_sending()
        self._keep(parts.learn_robots())
        self._keep(parts.sending.robots.watch())
        self._keep(parts.policy.approvals.run())
        self._keep(parts.policy.overrides.run())
        self._keep(self._watch_files())
        parts.clients.load()
        await revoke_left(self._given.paths.data, parts.clients)
        self._keep(self._each_minute())
        self._keep(self.faces.serving.keep())
        served = await self.faces.serving.start(self._given.settings.current.endpoint.port if port is None else port)
        self._keep(load("jsonschema"))  # the first call needs it, who lists the tools does not
        self._keep(revoke_left(self._given.paths.data, parts.clients))  # of a command that found no app just before
        parts.sessions.start(self._keep)  # after: the first look may read hundreds of megabytes
        self._keep(parts.login.heal())
        self._keep(self._prune_daily())
        self._keep(parts.history.index())
        self._keep(parts.history.merge())
        self._keep(parts.sessions.budget.look())
        self._keep(parts.follow_ups.run())
        parts.phone.start(self._keep)
        return served

    def start_sending(self) -> None:
        """Open the history and deliver, without an endpoint: enough for a command that sends by itself."""
        parts = self.parts
        parts.kept_clock.load()
        parts.sending.load()
        parts.kept_clock.save()  # after the pause is on disk: a history with a clock in it has a pause beside it
        parts.policy.load()
        parts.sending.deliver.start()
        for name in parts.sending.robots.names():
            parts.sending.deliver.queue(name)  # before credentials are learnt: then all of them look anew at once
        self._keep(parts.sending.pause.run())
        self.hub.changed()

    async def retry_endpoint(self, *, next_free: bool) -> bool:
        """Serve after all: at the settings' port, or at the next free one."""
        parts = self.parts
        return await self.faces.serving.start(parts.endpoint.port, next_free=next_free)

    async def stop(self, *, grace_s: float) -> None:
        """Refuse new calls, let what is on the wire finish within `grace_s`, close everything."""
        parts = self.parts
        await parts.sessions.stop()
        await parts.phone.stop()
        await asyncio.gather(
            parts.policy.approvals.stop(grace_s=grace_s),
            self.faces.serving.stop(grace_s=grace_s),
            parts.sending.deliver.stop(grace_s=grace_s),
        )
        for task in list(self._tasks):
            task.cancel()
        await parts.sessions.close()
        await parts.sending.close()
        with contextlib.suppress(StoreUnavailable):
            parts.clients.flush()
        parts.kept_clock.save()
        parts.sending.store.close()

    async def _watch_files(self) -> None:
        paths, parts = self._given.paths, self.parts
        ours = {
            paths.pause: parts.sending.pause.look,
            paths.spare_pause: parts.sending.pause.look,
            paths.endpoint: self.faces.serving.look,
            paths.client_token: parts.clients.look,
        }
        database = dict.fromkeys((paths.history, paths.history_log), parts.sending.store.look_at_files)
        places = {path: self._in_folders(look) for path, look in {**database, **ours, **self._given.places}.items()}
        policy = parts.policy.active
        ours[paths.last_policy] = policy.look_at_kept
        owners = {paths.policy: policy.reread, paths.settings: parts.settings.reread}
        await ConfigWatch({**owners, **ours}, places).run()

    def _in_folders(self, look: Callable[[], None]) -> Callable[[], None]:
        """Have the folders made anew first, which may be gone with what was in them."""

        def look_there() -> None:
            with contextlib.suppress(TrayAppError):  # whoever looks says what it cannot write
                self._given.paths.create()
            look()

        return look_there

    async def _each_minute(self) -> None:
        while True:
            await asyncio.sleep(_MINUTE_S)
            self.parts.kept_clock.save()
            self.parts.retention.note()
            with contextlib.suppress(StoreUnavailable):
                self.parts.clients.flush()
            await self.parts.login.look()
            await self.parts.newer.look()
            await self.parts.sessions.budget.look()

    async def _prune_daily(self) -> None:
        while True:
            before_ms = self.parts.retention.before_ms(self._given.settings.current.history.days)
            if before_ms is not None:
                with contextlib.suppress(StoreUnavailable):
                    await self.parts.history.prune(before_ms=before_ms)
            await asyncio.sleep(_MINUTE_S if before_ms is None else _PRUNE_EVERY_S)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _logger.error("%s has ended", task.get_coro(), exc_info=fault)
