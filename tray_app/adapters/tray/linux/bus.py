"""One connection to the D-Bus session bus, driven by a `Loop`: calls with answers, signals, and other people's calls.

jeepney does the wire format. Framing is ours: its `Parser` loses step for ever after one message it cannot read.
"""

import logging
import selectors
import socket
from collections.abc import Callable
from itertools import count
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, MessageType, new_method_call
from jeepney.bus import get_connectable_addresses
from jeepney.io.blocking import prep_socket
from jeepney.low_level import calc_msg_size

from tray_app.adapters.tray.linux.loop import Loop

_logger = logging.getLogger(__name__)

BUS_NAME = "org.freedesktop.DBus"
_DAEMON = DBusAddress("/org/freedesktop/DBus", bus_name=BUS_NAME, interface=BUS_NAME)
_HEAD = 16  # bytes that tell a message's size
_MAX_MESSAGE = 1 << 20  # a desktop asks in some hundred bytes; anything near this is a mistake or an attack
_MAX_UNSENT = 8 << 20  # the bus has stopped reading
_MAX_AWAITED = 64  # answers we wait for; a peer that never answers must not fill our memory


def connect(address: str, *, timeout_s: float = 1.0) -> socket.socket:
    """Connect and authenticate at `address`, which has DBUS_SESSION_BUS_ADDRESS's form.

    Raises OSError where nothing answers, ValueError or RuntimeError for an address that names no Unix socket.
    """
    error: Exception = ValueError("empty D-Bus address")
    for place in get_connectable_addresses(address):
        try:
            sock: socket.socket = prep_socket(place, timeout=timeout_s)
        except OSError as failure:
            error = failure
            continue
        sock.settimeout(0)
        return sock
    raise error


class Bus:
    """`answer` turns a method call into a reply (None: none is wanted); `heard` gets signals; `lost` ends it."""

    def __init__(
        self,
        sock: socket.socket,
        loop: Loop,
        *,
        answer: Callable[[Message], Message | None],
        heard: Callable[[Message], None],
        lost: Callable[[], None],
    ) -> None:
        self._sock, self._loop = sock, loop
        self._answer, self._heard, self._lost = answer, heard, lost
        self._in, self._out = bytearray(), bytearray()
        self._skip, self._writing = 0, False
        self._serials = count(1)
        self._awaited: dict[int, Callable[[Message], None]] = {}
        self.alive = True
        self.name = ""
        loop.watch(sock, self._ready)

    def open(self, then: Callable[[], None]) -> None:
        """Say hello; `then` runs when the bus has given us our name."""

        def named(reply: Message) -> None:
            self.name = reply.body[0]
            then()

        self.daemon("Hello", then=named)

    def daemon(
        self,
        method: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        *,
        then: Callable[[Message], None] | None = None,
    ) -> None:
        """Ask the bus itself."""
        self.call(new_method_call(_DAEMON, method, signature or None, body), then)

    def call(self, message: Message, then: Callable[[Message], None] | None = None) -> None:
        """Call a method; `then` gets the reply, which may be an error. Without `then` no reply is asked for."""
        if then is None:
            message.header.flags |= MessageFlag.no_reply_expected
        serial = self.send(message)
        if then is not None:
            while len(self._awaited) >= _MAX_AWAITED:
                del self._awaited[next(iter(self._awaited))]
            self._awaited[serial] = then

    def send(self, message: Message) -> int:
        """Send a message; returns its serial number."""
        serial = next(self._serials)
        if self.alive:
            self._out += message.serialise(serial)
            self._flush()
        return serial

    def close(self) -> None:
        """Hang up; what could not be written yet is lost."""
        if self.alive:
            self.alive = False
            self._loop.forget(self._sock)
            self._sock.close()

    def _ready(self, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ and self.alive:
            try:
                data = self._sock.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._die("the bus hung up")
                return
            self._in += data
            self._read()

    def _read(self) -> None:
        while self.alive:
            if self._skip:
                cut = min(self._skip, len(self._in))
                self._skip -= cut
                del self._in[:cut]
            if self._skip or len(self._in) < _HEAD:
                return
            try:
                size: int = calc_msg_size(bytes(self._in[:_HEAD]))
            except KeyError:  # neither 'l' nor 'B': we no longer know where messages begin
                self._die("the bus sent something that is not D-Bus")
                return
            if size > _MAX_MESSAGE:
                _logger.warning("a D-Bus message of %d bytes was left unread", size)
                self._skip = size
                continue
            if len(self._in) < size:
                return
            raw = bytes(self._in[:size])
            del self._in[:size]
            try:
                self._take(raw)
            except Exception:  # a peer's odd answer must not keep the messages behind it waiting
                _logger.exception("a D-Bus message was not handled")

    def _take(self, raw: bytes) -> None:
        try:
            message = Message.from_buffer(raw)
        except Exception as error:  # noqa: BLE001 - jeepney raises whatever its parts raise
            _logger.warning("a D-Bus message could not be read: %s", type(error).__name__)
            return
        kind = message.header.message_type
        if kind is MessageType.method_call:
            reply = self._answer(message)
            if reply is not None and not message.header.flags & MessageFlag.no_reply_expected:
                self.send(reply)
        elif kind is MessageType.signal:
            self._heard(message)
        else:
            then = self._awaited.pop(message.header.fields.get(HeaderFields.reply_serial, -1), None)
            if then is not None:
                then(message)

    def _flush(self) -> None:
        try:
            while self._out:
                del self._out[: self._sock.send(self._out)]
        except BlockingIOError:
            if len(self._out) > _MAX_UNSENT:
                self._die("the bus stopped reading")
                return
        except OSError:
            self._die("the bus is gone")
            return
        if bool(self._out) is not self._writing:
            self._writing = bool(self._out)
            self._loop.watch(self._sock, self._ready, writing=self._writing)

    def _die(self, why: str) -> None:
        _logger.warning("tray: %s", why)
        self.close()
        self._lost()


def failed(reply: Message) -> bool:
    """Whether a reply is an error; logs it, for nobody else will see it."""
    if reply.header.message_type is MessageType.error:
        _logger.info("D-Bus call failed: %s", reply.header.fields.get(HeaderFields.error_name))
        return True
    return False
