"""What the owner can do: pause, resume, test; whoever asks (tray, page, command line) comes through here."""

import logging
from collections.abc import Callable
from datetime import datetime

from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.pause import PauseLength, PauseState
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.reports import templates
from tray_app.core.settings.settings import Settings
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.sender import Sender
from tray_app.services.ports import Clock, Operator, Robots
from tray_app.services.submit.enqueue import Enqueuer
from tray_app.services.submit.submit import Submitter

log = logging.getLogger(__name__)


class Control:
    """Every method runs on the engine's loop."""

    def __init__(
        self,
        *,
        enqueuer: Enqueuer,
        notify: Submitter,
        deliver: Sender,
        pause: Pause,
        robots: Robots,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        in_flight_s: float = 3.0,
    ) -> None:
        """`catalog` is the language of messages; `in_flight_s` bounds a pause's wait for an answer under way."""
        self._enqueuer = enqueuer
        self._notify = notify
        self._deliver = deliver
        self._pause = pause
        self._robots = robots
        self._operator = operator
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._in_flight_s = in_flight_s

    async def pause(self, length: PauseLength) -> PauseState:
        """Pause. Returns when nothing is on the wire, so that not one byte leaves after the answer."""
        state = self._pause.begin(length)
        self._deliver.wake()  # whoever waits for an answer learns of the pause at once
        if not await self._deliver.quiet(timeout_s=self._in_flight_s):
            log.warning("paused while the chat service had not answered; that message goes again when resumed")
            self._deliver.hang_up()
            await self._deliver.quiet(timeout_s=self._in_flight_s)
        return state

    def resume(self) -> None:
        """Let messages out again; what waited goes out or is discarded, as the settings say.

        Raises StoreUnavailable where it cannot be discarded: the pause is still on then.
        """
        self._pause.end()

    async def send_test(self, robot: str, *, source: Source) -> Receipt:
        """Send the test message; the answer says what the service made of it."""
        names = self._robots.names()
        message = templates.test_message(
            robot=robot if robot in names else next(iter(names), ""),
            operator=await self._operator.name(),
            sent_at=datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone(),
            catalog=self._catalog(),
        )
        return await self._notify.send(message, robot=robot, origin=Origin(source=source, tool="test"))

    def before_resume(self) -> None:
        """Runs at the very moment the pause ends, before any queue can move; those wake on the loop's next turn.

        Raises StoreUnavailable where what waits cannot be discarded.
        """
        if self._settings().pause.on_resume == "discard":
            reason, hint = text("outbox.discarded_on_resume"), text("outbox.discarded_hint")
            self._enqueuer.discard_queued(reason=reason, hint=hint)
        self._deliver.wake()
