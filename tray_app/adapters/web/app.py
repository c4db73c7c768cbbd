"""The one web app: MCP at `/mcp`, whatever routes the other parts bring, all behind the guard."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from tray_app.adapters.web.access import Access
from tray_app.adapters.web.guard import Guard
from tray_app.adapters.web.limits import HttpLimits
from tray_app.core.kernel.texts import Text


class Mounted(Protocol):
    """Something with an ASGI app that needs to run while the server does."""

    @property
    def asgi(self) -> ASGIApp:
        """The app; it sees every POST to `/mcp`."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Enter once, before the first request."""
        ...


def build_app(
    *,
    mcp: Mounted,
    routes: Sequence[BaseRoute] = (),
    access: Access,
    say: Callable[[Text], str],
    limits: HttpLimits | None = None,
) -> Guard:
    """Put it together. Paths outside the areas of `access` never reach a route."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with mcp.running():
            yield

    agents = [Route(path, endpoint=mcp.asgi) for path in ("/mcp", "/mcp/")]
    app = Starlette(routes=[*agents, *routes], lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would reflect the request's Host and path
    return Guard(app, access=access, limits=limits or HttpLimits(), say=say)
