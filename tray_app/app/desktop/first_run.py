"""The first start: the guide is opened, or offered."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.tray.tray import Tray
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import OpenPage, Page

if TYPE_CHECKING:  # half a second to import, and this is imported before the icon shows
    from tray_app.app.engine.engine import Engine

log = logging.getLogger(__name__)


async def first_run(engine: "Engine", desktop: Desktop, tray: Tray, paths: Paths) -> None:
    """Open the guide, else offer it on the desktop. An app that starts at each login must not open it each time."""
    if paths.welcomed.exists() or engine.robots.names():
        return
    with contextlib.suppress(OSError):
        paths.welcomed.touch(mode=0o600)
    log.info("first start: opening the guide")
    if not await asyncio.to_thread(desktop.open_page, engine.faces.pages.link(Page.START)):
        start = OpenPage(Page.START)
        buttons = ((text("menu.fix_set_up"), start),)
        tray.notify(text("start.welcome"), text("start.welcome_hint"), buttons, about=start)
