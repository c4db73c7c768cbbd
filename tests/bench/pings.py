"""What work costs the others: how long `/mcp` takes meanwhile to say that it takes no GET."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tray_app.app.client.child import Child

_BETWEEN_S = 0.005


@dataclass(slots=True)
class _Took:
    """Milliseconds, of the app's answers and of a bare server's in the same seconds."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)


def pinged(child: Child, what: str, work: Callable[[], object], *, bare: str = "") -> dict[str, float]:
    """Do it; gives how long it took, and the pings' median and worst.

    `bare` is the address of a server that does nothing, asked in turns: what that waits for is the machine's doing.
    """
    with _pings(child, bare) as took:
        took.begun.wait()
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    ordered = sorted(took.ours)
    return {
        f"{what}, s": seconds,
        f"{what}, median ping, ms": ordered[len(ordered) // 2],
        f"{what}, worst ping, ms": ordered[-1],
        **({f"{what}, worst ping of a bare server, ms": max(took.bare)} if took.bare else {}),
    }


@contextmanager
def _pings(child: Child, bare: str) -> Iterator[_Took]:
    took, over = _Took(), threading.Event()
    headers = {"Authorization": f"Bearer {child.endpoint.token.reveal()}"}

    def ping() -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not over.is_set():
                took.ours.append(_ms(lambda: client.get(child.endpoint.url, headers=headers)))
                if bare:
                    took.bare.append(_ms(lambda: client.get(bare)))
                took.begun.set()
                over.wait(_BETWEEN_S)

    thread = threading.Thread(target=ping)
    gc.collect()
    gc.disable()  # a collection of this process's own is 200 ms of a ping
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()
        gc.enable()


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - began)
