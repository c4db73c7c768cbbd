"""What is on the wire to one robot: at most one exchange, which can be waited for and cut."""

import asyncio
import logging

from tray_app.core.messages.channel import NoReply, Reply, Request, Trouble
from tray_app.services.ports import Poster

log = logging.getLogger(__name__)


class InFlightRequest:
    """Lives on the engine's loop."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._idle = asyncio.Event()
        self._idle.set()
        self._exchange: asyncio.Future[Reply | NoReply] | None = None

    async def quiet(self) -> None:
        """Wait until nothing is on the wire."""
        await self._idle.wait()

    def hang_up(self) -> None:
        """Cut what is on the wire; whether it arrived stays unknown."""
        if self._exchange is not None:
            self._exchange.cancel()

    async def post(self, request: Request) -> Reply | NoReply | None:
        """Send and wait for the answer; None where somebody hung up. Never raises."""
        self._exchange = exchange = asyncio.ensure_future(self._poster.post(request))
        self._idle.clear()
        try:
            await asyncio.wait({exchange})
        finally:
            exchange.cancel()  # there is something to cancel only where the waiting itself was cancelled
            self._exchange = None
            self._idle.set()
        if exchange.cancelled():
            return None
        if (error := exchange.exception()) is not None:
            log.error("the poster broke its promise never to raise: %s", type(error).__name__)
            return NoReply(trouble=Trouble.BROKEN)
        return exchange.result()
