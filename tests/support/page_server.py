"""The pages on a real server in a thread, behind the real guard, as the app serves them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from tests.support.catalogs import catalogs
from tests.support.desk import FakeServices
from tests.support.settings_side import SettingsSide
from tray_app.adapters.web.access import Access
from tray_app.adapters.web.guard import Guard
from tray_app.adapters.web.limits import HttpLimits
from tray_app.adapters.web.pages import pages, site_of
from tray_app.adapters.web.pages.framework.login import PageAccess
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.framework.templates import Templates
from tray_app.adapters.web.server import HttpServer, bind_loopback
from tray_app.app.engine.faces.pages import places
from tray_app.channels import CHANNELS
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Steady:
    """A steady clock that goes on when told to."""

    now_ms: int = 1_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class PageServer:
    """A running server. `link()` makes a whole one-time address."""

    port: int
    desk: FakeServices
    clock: Steady
    access: PageAccess
    errors: list[BaseException] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, page: Page = Page.ROBOTS) -> str:
        return self.origin + self.access.link(page)


@contextmanager
def page_server(
    desk: FakeServices | None = None,
    *,
    settings: SettingsSide | None = None,
    more: Callable[[Site], tuple[PageRoute, ...]] = lambda _site: (),
) -> Iterator[PageServer]:
    """Serve the pages of `desk` and `settings` on a free port until the block ends; `more` pages ask somebody else."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        side = settings or SettingsSide(folder / "settings.toml")
        yield stack.enter_context(_serving(desk or FakeServices(), lambda site: (*side.places(site), *more(site))))


@contextmanager
def _serving(desk: FakeServices, more: Callable[[Site], tuple[PageRoute, ...]]) -> Iterator[PageServer]:
    clock = Steady()
    access = PageAccess(clock)
    words = catalogs()
    sock = bind_loopback(0)
    port: int = sock.getsockname()[1]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> "AsyncIterator[None]":
        yield

    site = site_of(desk.services(), access, words, CHANNELS, Templates())
    app = Starlette(routes=pages(site, (*places(site, lambda: desk.held), *more(site))), lifespan=lifespan)
    app.router.redirect_slashes = False
    guarded = Access(port=port, client_of=lambda _token: None, is_control=lambda _token: False)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        guard = Guard(app, access=guarded, limits=HttpLimits(), say=words[Language.EN])
        server = HttpServer(guard, sock)
        await server.start()
        ready.set()
        await stop.wait()
        await server.stop()
        for _ in range(3):  # a connection that came at the end is accepted, told to go, and closed: a turn each
            await asyncio.sleep(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="page-server")
    thread.start()
    try:
        if not ready.wait(10):
            raise TimeoutError("the page server did not start")
        yield PageServer(port=port, desk=desk, clock=clock, access=access)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
