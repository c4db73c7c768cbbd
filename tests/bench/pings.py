"""What work costs the others: how long `/mcp` takes meanwhile to say that it takes no GET."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from tray_app.app.client.child import Child

_BETWEEN_S = 0.005


def pinged(child: Child, what: str, work: Callable[[], object]) -> dict[str, float]:
    """Do it; gives how long it took, and the pings' median and worst."""
    with _pings(child) as (took, begun):
        begun.wait()
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    ordered = sorted(took)
    return {
        f"{what}, s": seconds,
        f"{what}, median ping, ms": ordered[len(ordered) // 2],
        f"{what}, worst ping, ms": ordered[-1],
    }


@contextmanager
def _pings(child: Child) -> Iterator[tuple[list[float], threading.Event]]:
    took: list[float] = []
    begun, over = threading.Event(), threading.Event()
    headers = {"Authorization": f"Bearer {child.endpoint.token.reveal()}"}

    def ping() -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not over.is_set():
                began = time.perf_counter()
                client.get(child.endpoint.url, headers=headers)
                took.append(1000 * (time.perf_counter() - began))
                begun.set()
                over.wait(_BETWEEN_S)

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield took, begun
    finally:
        over.set()
        thread.join()
