"""The one event stream of the pages: it says only that something changed; the page then looks again by itself.

Events: `changed` (look again), `tick` (the app is there; every TICK_S), `full` (too many streams: this one gave way).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tray_app.adapters.web.pages.framework.login import BrowserSession
from tray_app.adapters.web.pages.framework.requests import PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import HEADERS, Site

TICK_S = 15.0
MAX_STREAMS = 32  # pages in sight at once; the oldest gives way
_REST_S = 0.05  # many changes at once make one event


@dataclass(frozen=True, slots=True)
class Events:
    """Serves the streams, and the strip alone for pages that have nothing else to bring up to date."""

    site: Site
    tick_s: float = TICK_S
    _open: list["_Stream"] = field(default_factory=list)

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute("/ui/events", self.stream), PageRoute("/ui/strip", self.strip))

    async def strip(self, visit: PageRequest) -> Response:
        """Answer with the state of the app and nothing else."""
        return self.site.page("strip.html", visit.session)

    async def stream(self, visit: PageRequest) -> Response:
        """Answer with a stream that lasts as long as the browser, the session and the app."""
        while len(self._open) >= MAX_STREAMS:
            self._open.pop(0).give_way()
        stream = _Stream(self.site, visit.session, tick_s=self.tick_s, closed=self._closed)
        self._open.append(stream)
        return stream

    def _closed(self, stream: "_Stream") -> None:
        with contextlib.suppress(ValueError):  # it gave way before
            self._open.remove(stream)


class _Stream(Response):
    """One answer that goes on. It is told to end by the browser's leaving, which the guard also feigns at the stop."""

    def __init__(
        self, site: Site, session: BrowserSession, *, tick_s: float, closed: Callable[["_Stream"], None]
    ) -> None:
        super().__init__(headers={**HEADERS, "content-type": "text/event-stream"})
        del self.headers["content-length"]
        self._site = site
        self._session = session
        self._tick_s = tick_s
        self._closed = closed
        self._woken = asyncio.Event()
        self._full = False

    def give_way(self) -> None:
        """End, because there are too many."""
        self._full = True
        self._woken.set()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        stop_listening = self._site.services.hub.listen(self._woken.set)
        tasks = {asyncio.ensure_future(self._gone(receive)), asyncio.ensure_future(self._tell(send))}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            stop_listening()
            self._closed(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._say(send, "tick")
        while self._site.access.lives(self._session) and not self._full:
            try:
                await asyncio.wait_for(self._woken.wait(), self._tick_s)
            except TimeoutError:
                await self._say(send, "tick")
                continue
            self._woken.clear()
            if not self._full:
                await self._say(send, "changed")
                await asyncio.sleep(_REST_S)
        if self._full:
            await self._say(send, "full")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _say(self, send: Send, event: str) -> Awaitable[None]:
        # a browser passes on no event without data
        return send({"type": "http.response.body", "body": f"event: {event}\ndata: 1\n\n".encode(), "more_body": True})
