"""What the owner can do: pause, resume, test; whoever asks (tray, page, command line) comes through here."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tray_app.core import render
from tray_app.core.actions import PauseFor
from tray_app.core.errors import StoreUnavailable
from tray_app.core.outbox import Delivery, Origin, Source, Stage, step
from tray_app.core.pausing import PauseState
from tray_app.core.receipt import Receipt
from tray_app.core.settings import Settings
from tray_app.core.texts import Catalog, text
from tray_app.services.deliver import Deliver
from tray_app.services.notify import Notify
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock, Operator, Robots

log = logging.getLogger(__name__)
IN_FLIGHT_S = 3.0


class WaitingRows(Protocol):
    """The rows that wait, and saving them."""

    def queued(self, robot: str) -> Sequence[Delivery]:
        """Waiting rows of a robot."""
        ...

    def waiting_robots(self) -> Sequence[str]:
        """Robots with waiting rows."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Save a row."""
        ...


class Control:
    """Every method runs on the engine's loop."""

    def __init__(
        self,
        *,
        store: WaitingRows,
        notify: Notify,
        deliver: Deliver,
        pause: Pause,
        robots: Robots,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
    ) -> None:
        """`catalog` is the language of messages."""
        self._store = store
        self._notify = notify
        self._deliver = deliver
        self._pause = pause
        self._robots = robots
        self._operator = operator
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._alarm: asyncio.TimerHandle | None = None
        pause.on_end = self._on_resume

    def start(self) -> None:
        """Set the clock for a pause of the last run."""
        self._set_alarm(self._pause.current())

    async def pause(self, length: PauseFor) -> PauseState:
        """Pause. Returns when nothing is on the wire any more, so that not one byte leaves after the answer."""
        state = self._pause.begin(length)
        self._set_alarm(state)
        if not await self._deliver.quiet(timeout_s=IN_FLIGHT_S):
            log.warning("paused while DingTalk has still not answered one message")
        return state

    def resume(self) -> None:
        """Let messages out again; what waited goes out or is discarded, as the settings say."""
        self._pause.end()
        self._set_alarm(None)

    async def send_test(self, robot: str, *, source: Source) -> Receipt:
        """Send the test message; the answer says what DingTalk made of it."""
        names = self._robots.names()
        message = render.test_message(
            robot=robot or (names[0] if names else ""),
            operator=await self._operator.name(),
            sent_at=datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone(),
            catalog=self._catalog(),
        )
        return await self._notify.send(message, robot=robot, origin=Origin(source=source, tool="test"))

    def _on_resume(self, was: PauseState) -> None:
        """Runs at the very moment the pause ends, before any lane can move."""
        if self._settings().pause.on_resume == "discard":
            try:
                self._discard(before_ms=was.since_ms)
            except StoreUnavailable:
                log.warning("messages that waited through the pause could not be discarded")
        self._deliver.wake()

    def _discard(self, *, before_ms: int) -> None:
        reason, hint = text("outbox.discarded_on_resume"), text("outbox.discarded_hint")
        for robot in self._store.waiting_robots():
            for row in self._store.queued(robot):
                if row.created_ms <= before_ms:
                    gone = replace(row, stage=step(row.stage, Stage.DISCARDED), reason=reason, hint=hint)
                    self._store.save(replace(gone, updated_ms=self._clock.now_ms()))

    def _set_alarm(self, state: PauseState | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if state is not None and state.until_ms is not None:
            # asked again each minute at least: the wall clock may be set, the machine may sleep
            wait_s = min(60.0, max(0.05, (state.until_ms - self._clock.now_ms()) / 1000))
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._ring, state)

    def _ring(self, state: PauseState) -> None:
        current = self._pause.current()  # ends it if its time is up
        self._set_alarm(state if current == state else current)
