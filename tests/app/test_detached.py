"""Blocking work beside the loop."""

import asyncio
import threading

import pytest

from tray_app.app.detached import run_detached

pytestmark = pytest.mark.anyio


async def test_it_gives_what_the_work_gives_from_another_thread() -> None:
    assert await run_detached(threading.get_ident) != threading.get_ident()


async def test_it_raises_what_the_work_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_detached(lambda: 1 // 0)


async def test_nobody_waits_for_work_that_was_given_up() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        ended.set()

    waiting = asyncio.ensure_future(run_detached(work))
    assert await asyncio.to_thread(begun.wait, 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not ended.is_set()
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)


async def test_work_does_not_keep_the_program_from_ending() -> None:
    assert (await run_detached(threading.current_thread)).daemon
