"""What is on the wire to one robot: at most one exchange, which can be waited for and cut."""

import asyncio
import logging
from collections.abc import Coroutine

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.messages.channel import NoReply, Outcome, Reply, Trouble

log = logging.getLogger(__name__)


class InFlightRequest:
    """Lives on the engine's loop."""

    def __init__(self) -> None:
        self._idle = asyncio.Event()
        self._idle.set()
        self._exchange: asyncio.Future[Reply | NoReply | Outcome | None] | None = None

    async def quiet(self) -> None:
        """Wait until nothing is on the wire."""
        await self._idle.wait()

    def hang_up(self) -> None:
        """Cut what is on the wire; whether it arrived stays unknown."""
        if self._exchange is not None:
            self._exchange.cancel()

    async def post(
        self, posting: Coroutine[None, None, Reply | NoReply | Outcome | None]
    ) -> Reply | NoReply | Outcome | None:
        """Wait for the answer; None where somebody hung up, or `posting` posts nothing.

        Raises StoreUnavailable where `posting` does, no more.
        """
        self._exchange = exchange = asyncio.ensure_future(posting)
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
            if isinstance(error, StoreUnavailable):
                raise error
            log.error("the poster broke its promise never to raise: %s", type(error).__name__)
            return NoReply(trouble=Trouble.BROKEN)
        return exchange.result()
