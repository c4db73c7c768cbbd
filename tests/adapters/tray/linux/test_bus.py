"""The connection itself, against a bus that sends rubbish, sends too much, or stops reading."""

import socket
import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("jeepney", reason="D-Bus is Linux's own")
from jeepney import DBusAddress, Message, new_method_call, new_method_return, new_signal

from tray_app.adapters.tray.linux.bus import Bus
from tray_app.adapters.tray.linux.loop import Loop

WHERE = DBusAddress("/thing", bus_name="a.b", interface="a.b")


class Wire:
    """A `Bus` on one end of a socket; the test is the bus daemon on the other end."""

    def __init__(self) -> None:
        ours, self.daemon = socket.socketpair()
        ours.settimeout(0)
        self.daemon.settimeout(10)
        self.loop = Loop()
        self.heard: list[Message] = []
        self.lost = threading.Event()
        self.bus = Bus(ours, self.loop, answer=self._answer, heard=self.heard.append, lost=self.lost.set)
        self.thread = threading.Thread(target=self.loop.run)

    def _answer(self, call: Message) -> Message:
        return new_method_return(call, "s", ("pong",))

    def call(self, serial: int) -> bytes:
        return bytes(new_method_call(WHERE, "Ping").serialise(serial))

    def answered(self) -> bool:
        return b"pong" in self.daemon.recv(4096)

    def send_many(self, count: int) -> None:
        """Send `count` signals of 60 kB, all on the loop's thread."""

        def work() -> None:
            for _ in range(count):
                self.bus.send(new_signal(WHERE, "Big", "s", ("x" * 60_000,)))

        self.loop.post(work)


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    made.thread.start()
    yield made
    made.loop.stop()
    made.thread.join(10)
    assert not made.thread.is_alive()
    made.bus.close()
    made.loop.close()
    made.daemon.close()


def test_a_call_that_comes_in_pieces_is_answered_once_whole(wire: Wire) -> None:
    raw = wire.call(1)
    for start in range(0, len(raw), 7):
        wire.daemon.sendall(raw[start : start + 7])
    assert wire.answered()


def test_a_message_that_cannot_be_read_does_not_spoil_the_next(wire: Wire) -> None:
    good = bytearray(wire.call(1))
    good[1] = 99  # no such message type
    wire.daemon.sendall(bytes(good) + wire.call(2))
    assert wire.answered()


def test_an_enormous_message_is_skipped_and_not_kept(wire: Wire) -> None:
    wire.daemon.sendall(new_signal(WHERE, "Big", "s", ("x" * 3_000_000,)).serialise(1) + wire.call(2))
    assert wire.answered()
    assert wire.heard == []


def test_bytes_that_are_no_d_bus_end_the_connection(wire: Wire) -> None:
    wire.daemon.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    assert wire.lost.wait(10)
    assert wire.bus.alive is False


def test_a_bus_that_hangs_up_is_noticed(wire: Wire) -> None:
    wire.daemon.shutdown(socket.SHUT_RDWR)
    assert wire.lost.wait(10)


def test_a_slow_bus_gets_everything_in_the_end(wire: Wire) -> None:
    wire.send_many(50)
    got = 0
    while got < 50 * 60_000:
        got += len(wire.daemon.recv(1 << 16))
    wire.daemon.sendall(wire.call(1))
    rest = b""
    while b"pong" not in rest:
        rest += wire.daemon.recv(1 << 16)
    assert wire.lost.is_set() is False


def test_a_bus_that_stops_reading_is_given_up_before_memory_fills(wire: Wire) -> None:
    wire.send_many(400)
    assert wire.lost.wait(10)
    assert len(wire.bus._out) < 10_000_000


def test_calls_whose_answers_never_come_are_forgotten(wire: Wire) -> None:
    done = threading.Event()

    def work() -> None:
        for _ in range(200):
            wire.bus.call(new_method_call(WHERE, "Ask"), wire.heard.append)
        done.set()

    wire.loop.post(work)
    assert done.wait(10)
    assert len(wire.bus._awaited) == 64


def test_work_that_raises_does_not_end_the_loop(wire: Wire) -> None:
    def fail() -> None:
        raise LookupError("on purpose")

    wire.loop.post(fail)
    wire.daemon.sendall(wire.call(1))
    assert wire.answered()
