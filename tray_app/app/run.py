"""The resident app: the engine on its thread, the icon on the main one, one clean way to stop."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import FrameType

from tray_app.adapters.desktop import Desktop
from tray_app.adapters.engine_thread import EngineThread
from tray_app.adapters.logs import Logs, level_of
from tray_app.adapters.paths import Paths
from tray_app.adapters.settings_file import SettingsFile
from tray_app.adapters.single_instance import SingleInstance
from tray_app.adapters.texts_file import catalog, language_of
from tray_app.adapters.tray.choose import choose
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.ui import Tray
from tray_app.app.clicks import Clicks
from tray_app.app.engine import Engine, Surroundings
from tray_app.assets import asset
from tray_app.core.errors import InvalidSettings
from tray_app.core.snapshot import Problem, ProblemKind, Snapshot
from tray_app.core.texts import Catalog, Language

log = logging.getLogger(__name__)
_STOP_GRACE_S = 0.6
_STOP_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`port` None: the settings' one. `serving` hears the snapshot once it is clear whether agents can connect."""

    paths: Paths
    environ: Mapping[str, str]
    headless: bool = False
    port: int | None = None
    serving: Callable[[Snapshot], None] = lambda _state: None


class AlreadyRunning(Exception):
    """Another app of this owner runs."""


def run(options: Options) -> bool:
    """Run until somebody stops the app. False where nobody could have used it: headless, and the endpoint not served.

    Raises AlreadyRunning, and TrayAppError where its folders cannot be made.
    """
    paths = options.paths.create()
    lock = SingleInstance(paths.lock)
    if not lock.acquire():
        raise AlreadyRunning
    logs = Logs(paths.logs, level=level_of(options.environ), terminal=sys.stderr)
    try:
        return _App(options, logs).run()
    finally:
        logs.close()
        lock.release()


class _App:
    def __init__(self, options: Options, logs: Logs) -> None:
        self._options = options
        self._stop = threading.Event()
        self._problems: dict[ProblemKind, Problem] = {}
        settings = SettingsFile(options.paths.settings)
        try:
            settings.load()
        except InvalidSettings as error:
            problem = Problem(kind=ProblemKind.SETTINGS, reason=error.reason, hint=error.hint)
            self._problems[ProblemKind.SETTINGS] = problem
        self._language = language_of(settings.current.language, options.environ)
        given = Surroundings(
            paths=options.paths,
            environ=options.environ,
            settings=settings,
            catalogs={language: catalog(language) for language in Language},
            language=self._language,
            problems=self._problems,
            hide=logs.redactor.add,
        )
        self._engine = Engine(given, stop_app=self._request_stop)
        self._thread = EngineThread()
        self._tray = Tray(
            backend=choose(environ=options.environ, icons=Icons(asset), headless=options.headless),
            read_snapshot=lambda: self._engine.hub.snapshot,
            perform=self._perform,
            catalog=self._words,
            local=_local,
            on_hosted=self._on_hosted,
        )
        self._clicks = Clicks(
            self._engine, Desktop(options.environ), self._tray, options.paths, self._words, self._request_stop
        )

    @property
    def _words(self) -> Catalog:
        return catalog(self._language)

    def run(self) -> bool:
        """Start in order, serve, stop in order."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._thread.start()
        self._engine.hub.listen(self._tray.ping)
        started = self._thread.spawn(self._start())
        try:
            self._tray.run()
            self._stop.wait()  # an icon whose bus died leaves the app running without one
        finally:
            self._tray.stop()
            self._end()
        return started.done() and not started.cancelled() and started.exception() is None and started.result()

    async def _start(self) -> bool:
        served = await self._engine.start(port=self._options.port)
        self._note_tray()
        self._options.serving(self._engine.hub.refresh())
        if not served and self._options.headless:
            self._request_stop()  # nobody could retry: there is no menu
        return served

    def _end(self) -> None:
        try:
            self._thread.call(self._engine.stop(grace_s=_STOP_GRACE_S), _STOP_S)
        except Exception:
            log.exception("the engine did not stop in order")
        self._thread.stop()

    def _perform(self, action: object) -> None:
        self._thread.post(self._clicks.perform, action)

    def _on_hosted(self, _hosted: bool) -> None:  # noqa: FBT001 - the tray's callback
        self._thread.post(self._note_tray)

    def _note_tray(self) -> None:
        """Keep the tray's problem, if it has one, among the others. On the engine's loop."""
        if self._tray.problem is None:
            self._problems.pop(ProblemKind.TRAY, None)
        else:
            self._problems[ProblemKind.TRAY] = self._tray.problem
        self._engine.hub.changed()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._request_stop()

    def _request_stop(self) -> None:
        self._stop.set()
        self._tray.stop()


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()
