"""Latency and throughput of a tool call, from the agent's socket to the robot's answer, beside the floor."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.wire import Load, load, request, tool_call

LEVELS = (1, 8, 64)
CALLS = {1: 600, 8: 1_200, 64: 2_400}
WARM_UP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table."""

    what: str
    at_once: int
    load: Load


def measure_calls(*, app_port: int, token: str, floor_port: int, scale: float) -> list[Measured]:
    """Measure floor and app in turn at each level, so that a machine that slows down slows both."""
    kinds = [
        ("floor", floor_port, request("/", b'{"content":"The tests are green."}'), b'"sent"'),
        ("2026-07-28", app_port, tool_call(token, app_port, modern=True), b'"status":"sent"'),
        ("2025-11-25", app_port, tool_call(token, app_port, modern=False), b'"status":"sent"'),
    ]
    return list(_measure(kinds, scale))


def _measure(kinds: list[tuple[str, int, bytes, bytes]], scale: float) -> Iterator[Measured]:
    for _what, port, call, expect in kinds:
        asyncio.run(load(port, call, calls=WARM_UP, at_once=4, expect=expect))
    for level in LEVELS:
        for what, port, call, expect in kinds:
            calls = max(level, int(CALLS[level] * scale))
            measured = asyncio.run(load(port, call, calls=calls, at_once=level, expect=expect))
            yield Measured(what=what, at_once=level, load=measured)


def soak(*, app_port: int, token: str, calls: int) -> None:
    """Make so many calls, for what they leave behind in memory."""
    call = tool_call(token, app_port, modern=True)
    asyncio.run(load(app_port, call, calls=calls, at_once=8, expect=b'"status":"sent"'))
