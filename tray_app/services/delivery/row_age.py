"""Whether a row has waited too long: by what really passed, and where nobody measured that, by the host's own clock."""

from collections.abc import Callable
from urllib.parse import urlsplit

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Reply, Request
from tray_app.core.messages.host_date import date_ms
from tray_app.services.delivery.host_time import HostTime
from tray_app.services.delivery.in_flight import InFlightRequest
from tray_app.services.delivery.request import BuiltRequest, built
from tray_app.services.delivery.sender_context import SenderContext


class RowAge:
    """Of one robot's rows; lives on the engine's loop."""

    def __init__(
        self,
        context: SenderContext,
        host_time: HostTime,
        in_flight: InFlightRequest,
        *,
        may_not_ask: Callable[[], bool],
    ) -> None:
        """`may_not_ask`: a pause lets nothing out, a question for the time neither."""
        self._context = context
        self._host_time = host_time
        self._in_flight = in_flight
        self._may_not_ask = may_not_ask
        self._begun_ms = context.clock.steady_ms()

    async def is_older(self, row: Delivery, at_ms: int, most_ms: int) -> bool | None:
        """Whether it is longer ago than that; None where nobody knows yet.

        The wall clock may be wrong after a start of the machine: then the host's own is asked before anything ends.
        """
        clock = self._context.clock
        if clock.age_ms(at_ms) <= most_ms:
            return False
        if clock.is_sure(at_ms) or clock.steady_ms() - self._begun_ms > most_ms:
            return True
        host_ms = self._host_time.heard_ms()
        if host_ms is None:
            host_ms = await self._ask_time(row)
        return None if host_ms is None else host_ms - at_ms > most_ms

    async def _ask_time(self, row: Delivery) -> int | None:
        """Ask the row's host what time it is; None where it cannot be asked, or does not say."""
        if self._may_not_ask():
            return None
        ready = await built(row, self._context.robots, now_ms=self._host_time.now_ms())
        if not isinstance(ready, BuiltRequest) or self._may_not_ask():
            return None
        parts = urlsplit(ready.request.url.reveal())
        root = Request(url=Secret(f"{parts.scheme}://{parts.netloc}/"), headers={}, body=b"")
        reply = await self._in_flight.post(self._context.poster.probe(root))
        if isinstance(reply, Reply):
            self._host_time.learn(date_ms(reply.headers))
        return self._host_time.heard_ms()
