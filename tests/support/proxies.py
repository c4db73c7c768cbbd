"""A strict HTTP proxy and a strict SOCKS 5 server on loopback: whatever host is asked for, they lead to one port."""

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any


class ProxyServer(ThreadingTCPServer):
    """`asked` are the targets, as `host:port`; `login` is wanted where it is set, `refuses` the answer to all."""

    daemon_threads = True

    def __init__(self, handler: type[BaseRequestHandler], port: int, login: str, refuses: int) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        self.target, self.login, self.refuses = port, login, refuses
        self.asked: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up."""


class HttpProxy(BaseRequestHandler):
    """Opens tunnels for CONNECT, and nothing else; whatever is asked, it wants the login first."""

    server: ProxyServer

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(self.request, 1)
        first, *lines = head.decode("ascii").split("\r\n")
        method, target, version = first.split(" ")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.server.asked.append(target)
        wanted = f"Basic {base64.b64encode(self.server.login.encode()).decode()}"
        _exactly(self.request, int(fields.get("content-length", 0)))  # what is left unread would reset the answer
        if self.server.login and fields.get("proxy-authorization") != wanted:
            self._say(407)
        elif method != "CONNECT" or version != "HTTP/1.1" or fields.get("host") != target:
            self._say(400)
        elif self.server.refuses:
            self._say(self.server.refuses)
        else:
            self._say(200)
            _tunnel(self.request, self.server.target)

    def _say(self, status: int) -> None:
        self.request.sendall(f"HTTP/1.1 {status} So\r\n\r\n".encode())


class Socks5(BaseRequestHandler):
    """RFC 1928 and 1929, by the letter."""

    server: ProxyServer

    def handle(self) -> None:
        version, count = _exactly(self.request, 2)
        methods = _exactly(self.request, count)
        method = 2 if self.server.login else 0
        if version != 5 or method not in methods:
            self.request.sendall(b"\x05\xff")
            return
        self.request.sendall(bytes((5, method)))
        if method and not self._logged_in():
            return
        version, command, _, kind = _exactly(self.request, 4)
        length = {1: 4, 4: 16}.get(kind) or _exactly(self.request, 1)[0]
        host = _exactly(self.request, length)
        port = int.from_bytes(_exactly(self.request, 2), "big")
        self.server.asked.append(f"{host.decode() if kind == 3 else socket.inet_ntoa(host)}:{port}")
        answer = self.server.refuses if (version, command) == (5, 1) else 7
        self.request.sendall(bytes((5, answer, 0, 1)) + bytes(6))
        if not answer:
            _tunnel(self.request, self.server.target)

    def _logged_in(self) -> bool:
        _exactly(self.request, 1)
        name = _exactly(self.request, _exactly(self.request, 1)[0])
        password = _exactly(self.request, _exactly(self.request, 1)[0])
        well = name + b":" + password == self.server.login.encode()
        self.request.sendall(bytes((1, not well)))
        return well


@contextlib.contextmanager
def proxy(
    handler: type[BaseRequestHandler], port: int = 0, *, login: str = "", refuses: int = 0
) -> Iterator[ProxyServer]:
    """Run a proxy that leads to `port` until the end of the block."""
    with ProxyServer(handler, port, login, refuses) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _exactly(sock: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        more = sock.recv(count - len(got))
        if not more:
            raise ConnectionError
        got += more
    return got


def _tunnel(near: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as far:
        other = {near: far, far: near}
        while True:
            for sock in select.select(list(other), [], [])[0]:
                more = sock.recv(65_536)
                if not more:
                    return
                other[sock].sendall(more)
