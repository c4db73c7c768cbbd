"""A test message without a running app: the engine for a moment, under the app's own lock, with nothing served."""

import asyncio
from collections.abc import Callable, Mapping

from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.files.texts import catalog
from tray_app.adapters.system.logs import Logs, level_of
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.single_instance import SingleInstance
from tray_app.app.engine.context import AppContext
from tray_app.app.engine.engine import Engine
from tray_app.channels import CHANNELS
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language, text

_STOP_GRACE_S = 1.0


def send_test_once(paths: Paths, environ: Mapping[str, str], language: Language, *, robot: str) -> Receipt:
    """Send the test message by the rules of the running app (pause, limits, history). Raises TrayAppError."""
    lock = SingleInstance(paths.create().lock, former=paths.former_locks)
    if not lock.acquire():
        raise TrayAppError(text("cli.starting"), text("cli.starting_hint"))
    logs = Logs(paths.logs, level=level_of(environ))
    try:
        return asyncio.run(_send_test(paths, environ, language, robot, logs.redactor.add))
    finally:
        logs.close()
        lock.release()


async def _send_test(
    paths: Paths, environ: Mapping[str, str], language: Language, robot: str, hide: Callable[..., None]
) -> Receipt:
    settings = SettingsFile(paths.settings, CHANNELS)
    settings.load()
    given = AppContext(
        paths=paths,
        environ=environ,
        settings=settings,
        channels=CHANNELS,
        catalogs={each: catalog(each) for each in Language},
        language=language,
        problems={},
        hide=hide,
    )
    engine = Engine(given, stop_app=lambda: None)
    engine.start_sending()
    try:
        return await engine.control.send_test(robot, source=Source.CLI)
    finally:
        await engine.stop(grace_s=_STOP_GRACE_S)
