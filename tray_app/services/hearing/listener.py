"""Keeps one app robot's stream open and hands on what people write, each message once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import assert_never

from tray_app.core.hearing.life import CloseOne, OpenOne, Pace, Step, StreamLife
from tray_app.core.hearing.status import StreamStatus, status_of
from tray_app.core.hearing.stream import (
    Heard,
    Leaving,
    NotForUs,
    NotOpened,
    Pinged,
    StreamKey,
    StreamRefusal,
    StreamService,
)
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import NoReply, Reply
from tray_app.core.messages.heard import HeardMessage
from tray_app.services.hearing.handing_on import HandingOn
from tray_app.services.ports import Clock, Poster, Socket, Sockets

log = logging.getLogger(__name__)
_MOST_NOTED = 100
_STUMBLED = NotOpened(refusal=StreamRefusal.NETWORK, reason=text("stream.stumbled"), hint=text("stream.wait_hint"))


class StreamListener:
    """Call `start()` on the loop, `wake()` when the credentials or the network may have changed, `await stop()`.

    `key` gives the credentials, None where nothing is to be heard; it may raise TrayAppError (the keyring is locked).
    `heard` gets each message and returns once it is safe, within seconds: only then is it acknowledged. Where it
    raises, the message comes again after a minute or so. It is called for one message at a time, in order, and never
    twice for one id that it has taken (in this run: keep ids on disk as well); it may `wake()`, and must not `stop()`.
    `changed` is told that `status` differs.
    """

    def __init__(
        self,
        *,
        service: StreamService,
        poster: Poster,
        sockets: Sockets,
        clock: Clock,
        chance: Callable[[], float],
        key: Callable[[], Awaitable[StreamKey | None]],
        heard: Callable[[HeardMessage], Awaitable[None]],
        changed: Callable[[], None] = lambda: None,
        pace: Pace | None = None,
    ) -> None:
        self._service, self._poster, self._sockets, self._clock, self._chance = service, poster, sockets, clock, chance
        self._find_key, self._changed = key, changed
        self._handing_on = HandingOn(heard=heard, now_ms=clock.steady_ms)
        self._life = StreamLife(pace=pace or Pace())
        self._key: StreamKey | None = None
        self._open: dict[int, Socket] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}  # of each connection: opens it, then reads it
        self._aside: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._wanted = False
        self._noted: set[str] = set()
        self.status = StreamStatus()

    def start(self) -> None:
        """Begin, and keep the connection up; where it runs already, nothing."""
        if self._main is None:
            self._wanted = True
            self._main = asyncio.create_task(self._run(), name="stream-listener")

    def wake(self) -> None:
        """Look at the credentials again, and do not wait any longer to connect."""
        self._wanted = True
        self._awake.set()

    async def stop(self) -> None:
        """Close the connection. A message that is just being taken is waited for, for a second."""
        main, self._main = self._main, None
        if main is None:
            return
        main.cancel()
        await asyncio.gather(main, return_exceptions=True)
        await self._handing_on.stop()
        tasks = tuple(self._tasks.values())
        self._do(self._life.stopped())
        await asyncio.gather(*tasks, *self._aside, return_exceptions=True)

    async def _run(self) -> None:
        self._handing_on.start()
        while True:
            if self._wanted:
                self._wanted = False
                await self._look_at_key()
            else:
                self._do(self._life.looked(self._clock.steady_ms(), self._chance()))
            if not self._wanted:
                self._awake.clear()  # all that set it so far is in the life by now
            next_ms = self._life.next_ms
            wait_ms = None if next_ms is None else max(next_ms - self._clock.steady_ms(), 0)
            await self._clock.wait(self._awake, wait_ms)

    async def _look_at_key(self) -> None:
        try:
            key = await self._find_key()
        except Exception as error:
            if not isinstance(error, TrayAppError):
                log.exception("the credentials cannot be asked for")
            self._do(self._life.started(self._clock.steady_ms()))  # whoever opens asks again, and says why it cannot
            return
        before, self._key = self._key, key
        if key is None:
            self._do(self._life.stopped())
        elif before is not None and before != key:
            self._do(self._life.replaced(self._clock.steady_ms()))
        else:
            self._do(self._life.started(self._clock.steady_ms()))

    def _do(self, step: Step) -> None:
        """Take the next state, do what it asks for, and tell where something differs."""
        self._life, commands = step
        for command in commands:
            match command:
                case OpenOne(number=number):
                    self._tasks[number] = asyncio.create_task(self._attend(number), name=f"stream-{number}")
                    self._tasks[number].add_done_callback(partial(self._forget, number))
                case CloseOne(number=number):
                    self._close(number)
                case _:
                    assert_never(command)
        self._awake.set()
        status = status_of(self._life)
        if status != self.status:
            self.status = status
            log.info("stream: %s", status.phase if status.reason is None else status.reason.key)
            self._changed()

    def _forget(self, number: int, _task: object) -> None:
        self._tasks.pop(number, None)

    def _close(self, number: int) -> None:
        task, socket = self._tasks.pop(number, None), self._open.pop(number, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        if socket is not None:
            closing = asyncio.create_task(socket.close())
            self._aside.add(closing)
            closing.add_done_callback(self._aside.discard)

    async def _attend(self, number: int) -> None:
        """Open one connection and read it to its end; whatever ends this, the life hears of it."""
        opened: Socket | NotOpened = _STUMBLED
        try:
            opened = await self._opened()
        except Exception:
            log.exception("the stream could not be opened")
        finally:
            if isinstance(opened, NotOpened):
                self._do(self._life.failed_to_open(number, opened, self._clock.steady_ms(), self._chance()))
        if isinstance(opened, NotOpened):
            return
        self._open[number] = opened
        self._do(self._life.opened(number, self._clock.steady_ms()))
        try:
            while (said := await opened.receive()) is not None:
                await self._take(number, opened, said)
        except Exception:
            log.exception("reading the stream stumbled")
        finally:
            if number in self._open:  # nobody else has closed it
                self._close(number)
                self._do(self._life.lost(number, self._clock.steady_ms(), self._chance()))

    async def _opened(self) -> Socket | NotOpened:
        """Get a fresh ticket and connect with it."""
        try:
            key = await self._find_key()
        except TrayAppError as error:
            return NotOpened(refusal=StreamRefusal.NETWORK, reason=error.reason, hint=error.hint)
        if key is None or (self._key is not None and key != self._key):
            self.wake()  # it has just been changed
            return _STUMBLED
        self._key = key
        reply = await self._poster.post(self._service.ask(key))
        ticket = self._service.read(reply, key, now_ms=self._clock.now_ms())
        if isinstance(ticket, NotOpened):
            return ticket
        socket = await self._sockets.connect(ticket.url)
        if isinstance(socket, Reply | NoReply):
            return self._service.refused(socket, now_ms=self._clock.now_ms())
        return socket

    async def _take(self, number: int, socket: Socket, said: str) -> None:
        frame = self._service.frame(said)
        now_ms = self._clock.steady_ms()
        self._life = self._life.framed(number, now_ms, ping=isinstance(frame, Pinged))
        match frame:
            case Heard(message=message, answer=answer):
                await self._handing_on.take(message, lambda: socket.send(answer))
            case Leaving(answer=answer):
                log.info("stream: asked to connect anew (%s)", frame.reason or "no reason")
                await _answer(socket, answer)
                self._do(self._life.left(number, self._clock.steady_ms(), self._chance()))
            case Pinged(answer=answer):
                await _answer(socket, answer)
            case NotForUs(answer=answer, what=what):
                if what not in self._noted and len(self._noted) < _MOST_NOTED:  # what is not answered comes each minute
                    self._noted.add(what)
                    log.info("stream: not for us (%s)", what)
                await _answer(socket, answer)
            case _:
                assert_never(frame)


async def _answer(socket: Socket, answer: str) -> None:
    if answer:
        await socket.send(answer)
