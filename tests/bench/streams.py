"""What the pages' event streams take: the memory of 20 open ones.

The app's RSS does not grow by them: they fit in what its start has left free. So they are counted where they are made:
on the real server, in this process, with Python's own account of its memory. What the system keeps for a socket is not
in it.
"""

import gc
import socket
import statistics
import time
import tracemalloc
from contextlib import ExitStack, closing

import httpx

from tests.support.page_server import PageServer, page_server
from tray_app.core.menu.actions import Page

STREAMS = 20
_ROUNDS = 5
_PATIENCE_S = 20.0


def stream_figures() -> dict[str, float]:
    """Give the memory by name, in MB: the median of some rounds, each after one that has warmed everything up."""
    with page_server() as server, httpx.Client(trust_env=False, base_url=server.origin) as browser:
        browser.get(server.link(Page.OVERVIEW).removeprefix(server.origin))
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        tracemalloc.start()
        try:
            taken = [_taken(server, cookie) for _ in range(_ROUNDS + 1)][1:]
        finally:
            tracemalloc.stop()
    return {f"memory with {STREAMS} event streams, MB": statistics.median(taken) / 1_000_000}


def _taken(server: PageServer, cookie: str) -> int:
    """Open the streams; give the bytes that they hold while they are open."""
    before = _held()
    with ExitStack() as opened:
        for _ in range(STREAMS):
            _open(opened, server, cookie)
        taken = _held() - before
    _until_given_back(before + taken // 10)
    return taken


def _until_given_back(most: int) -> None:
    """The server hears a little later that the streams were closed."""
    deadline = time.monotonic() + _PATIENCE_S
    while _held() > most:
        if time.monotonic() > deadline:
            raise RuntimeError("closed streams keep their memory")
        time.sleep(0.01)


def _open(opened: ExitStack, server: PageServer, cookie: str) -> None:
    side = opened.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE_S)))
    side.sendall(f"GET /ui/events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n\r\n".encode())
    said = b""
    while b"event: tick" not in said:
        more = side.recv(4096)
        if not more:
            raise RuntimeError(f"no stream: {said!r}")
        said += more


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
