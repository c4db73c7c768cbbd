"""The first start: the guide opens by itself, once, where no robot is set up."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from tray_app.adapters.desktop import Desktop
from tray_app.adapters.paths import Paths
from tray_app.adapters.tray.ui import Tray
from tray_app.core.actions import OpenPage, Page
from tray_app.core.texts import text

if TYPE_CHECKING:  # half a second to import, and this is imported before the icon shows
    from tray_app.app.engine import Engine

log = logging.getLogger(__name__)


async def welcome(engine: "Engine", desktop: Desktop, tray: Tray, paths: Paths) -> None:
    """Open the guide, else offer it on the desktop. An app that starts at each login must not open it each time."""
    if paths.welcomed.exists() or engine.robots.names():
        return
    with contextlib.suppress(OSError):
        paths.welcomed.touch(mode=0o600)
    log.info("first start: opening the guide")
    if not await asyncio.to_thread(desktop.open_page, engine.owner.link(Page.START)):
        buttons = ((text("menu.fix_set_up"), OpenPage(Page.START)),)
        tray.notify(text("start.welcome"), text("start.welcome_hint"), buttons)
