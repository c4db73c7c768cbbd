"""The icon and the engine: shown and started in order, their troubles kept, one clean way to stop."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.files.texts import catalog, language_of
from tray_app.adapters.system.clock import SystemClock
from tray_app.adapters.system.console_end import console_end
from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.engine_thread import EngineThread
from tray_app.adapters.system.logs import Logs
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.single_instance import SingleInstance
from tray_app.adapters.system.slow_imports import load
from tray_app.adapters.tray.choose import choose
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.tray import Tray
from tray_app.app.desktop.first_run import first_run
from tray_app.app.desktop.listeners import DesktopListeners, listeners
from tray_app.app.engine.context import AppContext, first_snapshot
from tray_app.app.program.started_by import restart_command
from tray_app.app.resident.update_watch import UpdateWatch
from tray_app.assets import asset
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidSettings, TrayAppError
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.menu.actions import Action, Quit
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import EndpointState, Snapshot

if TYPE_CHECKING:
    from tray_app.app.desktop.actions import ActionHandler
    from tray_app.app.engine.engine import Engine

log = logging.getLogger(__name__)
_STOP_GRACE_S = 0.6
_LOOK_S = 0.5
_STOP_S = 5.0  # a slow disk takes its time to close the database; whoever quits waits 10 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`port` None: the settings' one. `serving` hears the snapshot once it is clear whether agents can connect.

    `patience_s`: how long an app that nobody sees tries to serve before it ends.
    """

    paths: Paths
    environ: Mapping[str, str]
    headless: bool = False
    port: int | None = None
    serving: Callable[[Snapshot], None] = lambda _state: None
    patience_s: float = 60.0


class App:
    """The icon is shown at once; the engine is imported meanwhile, on its own thread, which takes half a second."""

    def __init__(self, options: Options, logs: Logs, lock: SingleInstance) -> None:
        """Nothing is shown or started yet."""
        self._options, self._lock = options, lock
        self.next_command: list[str] = []  # what is to run in the place of this one
        self._stop = threading.Event()
        self._problems: dict[ProblemKind, Problem] = {}
        settings = SettingsFile(options.paths.settings, CHANNELS)
        try:
            settings.load()
        except InvalidSettings as error:
            self._problem(ProblemKind.SETTINGS, error.reason, error.hint)
        language = language_of(settings.current.language, options.environ)
        self._given = AppContext(
            paths=options.paths,
            environ=options.environ,
            settings=settings,
            channels=CHANNELS,
            catalogs={language: catalog(language) for language in Language},
            language=language,
            problems=self._problems,
            hide=logs.redactor.add,
            places={options.paths.lock: self._look_at_lock, logs.file: logs.look},
        )
        self._useless = self._engine_ended = False
        self._engine: Engine | None = None
        self._action_handler: ActionHandler | None = None
        self._listeners: DesktopListeners | None = None
        self._first = first_snapshot(SystemClock().now_ms())
        self._thread = EngineThread()
        logs.tell(lambda why: self._thread.post(self._note_log, why))
        self._tray = Tray(
            backend=choose(environ=options.environ, icons=Icons(asset), headless=options.headless),
            read_snapshot=self._snapshot,
            perform=lambda action: self._thread.post(self._click, action),
            catalog=catalog(language).for_owner(),
            local=_local,
            on_hosted=lambda _hosted: self._thread.post(self._note_tray),
            on_session_end=self._end_with_session,
            sound=lambda: settings.current.desktop.sound,
        )

    def run(self) -> bool:
        """Start in order, serve, stop in order."""
        for number in _ends():
            signal.signal(number, self._on_signal)
        with console_end(self._request_stop):
            return self._serve()

    def _serve(self) -> bool:
        self._thread.start()
        starting = self._thread.spawn(self._start())
        try:
            self._tray.run()
            self._stop.wait()  # an icon whose bus died leaves the app running without one
        finally:
            self._tray.stop()
            starting.cancel()
            self._end()
        return not self._useless

    def _end_with_session(self) -> None:
        """The person logs off or shuts down: all is stopped in order before this returns. On the icon's thread."""
        log.info("the session of this desktop ends, and the app with it")
        self._request_stop()
        self._end()

    async def _start(self) -> None:
        """Import, wire and start the engine; where agents cannot connect, the snapshot says why."""
        try:
            served = await self._start_engine()
        except Exception:
            log.exception("the engine did not start")
            trouble = text("serving.failed"), text("serving.failed_hint")
            self._problem(ProblemKind.ENDPOINT, *trouble)
            NotServingFile(self._options.paths.endpoint).write(*trouble)
            self._first = replace(self._first, endpoint=EndpointState.FAILED, problems=tuple(self._problems.values()))
            self._tray.ping()
            served = False
        self._options.serving(self._snapshot())
        if not served and not await self._serves_later():
            self._useless = True
            log.error("nobody can reach this app nor see it: it ends")
            self._request_stop()
        elif not self._options.headless and self._engine is not None:
            await first_run(self._engine, Desktop(self._options.environ), self._tray, self._options.paths)

    async def _serves_later(self) -> bool:
        """Wait until it does. False where nobody sees it: at once where no tray was wanted, else when that lasts."""
        waited_s = 0.0
        while not self._options.headless and (self._tray.hosted or waited_s < self._options.patience_s):
            await asyncio.sleep(_LOOK_S)
            waited_s += _LOOK_S
            if self._snapshot().endpoint is EndpointState.RUNNING:
                self._options.serving(self._snapshot())
                return True
        return False

    async def _start_engine(self) -> bool:
        await load("tray_app.app.engine.engine", "tray_app.app.desktop.actions")
        from tray_app.app.desktop.actions import ActionHandler
        from tray_app.app.engine.engine import Engine

        engine = Engine(self._given, stop_app=self._request_stop, restart_app=self._request_restart)
        await self._open_history(engine)
        desktop = Desktop(self._options.environ)
        words = catalog(self._given.language).for_owner()
        self._action_handler = ActionHandler(
            engine, desktop, self._tray, self._options.paths, words, self._request_stop
        )
        self._listeners = listeners(engine, self._tray, words)
        engine.parts.phone.notify = self._tray.notify
        self._engine = engine
        self._note_tray()
        served = await engine.start(port=self._options.port)
        self._note_tray()
        engine.hub.refresh()
        return served

    async def _open_history(self, engine: "Engine") -> None:
        """Open it before anything is shown of it; what an older version left may take long, which is said."""
        await engine.open_history(
            UpdateWatch(lambda how_far: self._thread.post(self._note_update, how_far), self._stop)
        )
        self._problems.pop(ProblemKind.UPDATE, None)

    def _note_update(self, how_far: Text) -> None:
        """Say how far it is: in the tray, and to commands in the place of an answer. On the engine's loop."""
        if self._engine is None:
            hint = text("store.updating_hint")
            self._problem(ProblemKind.UPDATE, how_far, hint)
            NotServingFile(self._options.paths.endpoint).write(how_far, hint)
            self._first = replace(self._first, problems=tuple(self._problems.values()))
            self._tray.ping()

    def _end(self) -> None:
        engine, self._engine_ended = (None, True) if self._engine_ended else (self._engine, True)
        if engine is not None:
            try:
                self._thread.call(engine.stop(grace_s=_STOP_GRACE_S), _STOP_S)
            except Exception:
                log.exception("the engine did not stop in order")
        self._thread.stop()

    def _snapshot(self) -> Snapshot:
        return self._first if self._engine is None else self._engine.hub.snapshot

    def _click(self, action: Action) -> None:
        """On the engine's loop. Before the engine is wired only Quit can be meant."""
        if self._action_handler is not None:
            self._action_handler.perform(action)
        elif isinstance(action, Quit):
            self._request_stop()

    def _note_tray(self) -> None:
        """Keep the tray's problem, if it has one, among the others. On the engine's loop."""
        if self._tray.problem is None:
            self._problems.pop(ProblemKind.TRAY, None)
        else:
            self._problems[ProblemKind.TRAY] = self._tray.problem
        if self._engine is not None and self._listeners is not None:
            self._listeners.follow()
            self._engine.hub.changed()

    def _note_log(self, why: str) -> None:
        """Keep the log's problem, if it has one, among the others. On the engine's loop."""
        self._problems.pop(ProblemKind.LOG, None)
        if why:
            path = str(self._options.paths.logs)
            self._problem(ProblemKind.LOG, text("settings.no_log", path=path, why=why), text("settings.no_log_hint"))
        if self._engine is not None:
            self._engine.hub.changed()

    def _look_at_lock(self) -> None:
        """Take the lock anew where its file was removed. Two apps on one database would send everything twice."""
        try:
            ours = self._lock.renew()
        except TrayAppError:
            log.exception("the lock file was removed and cannot be made anew")
            return
        if not ours:
            log.error("the lock file was removed, and another app has begun: this one ends")
            self._request_stop()

    def _problem(self, kind: ProblemKind, reason: Text, hint: Text) -> None:
        self._problems[kind] = Problem(kind=kind, reason=reason, hint=hint)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if signal.Signals(number).name == "SIGHUP" and self._tray.hosted:
            return  # its terminal is closed, and its owner sees it in the tray all the same
        self._request_stop()

    def _request_restart(self) -> None:
        """End, and have the program that lies here now begin as this one was begun, at the port that agents know."""
        port = self._snapshot().port if self._options.port is not None else None
        command = restart_command(self._options.environ, headless=self._options.headless, port=port)
        if not Path(command[0]).exists():
            log.error("there is no program to restart: %s is gone", command[0])
            return
        self.next_command = command
        self._request_stop()

    def _request_stop(self) -> None:
        self._stop.set()
        self._tray.stop()


def _ends() -> list[signal.Signals]:
    """Whatever asks a program to end: all of it ends the app in order.

    A closed terminal (SIGHUP) does too, unless it was started so that it outlives one (`nohup`) or has an icon.
    """
    names = ("SIGINT", "SIGTERM", "SIGQUIT", "SIGBREAK", "SIGHUP")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [each for each in known if each.name != "SIGHUP" or signal.getsignal(each) != signal.SIG_IGN]


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()
