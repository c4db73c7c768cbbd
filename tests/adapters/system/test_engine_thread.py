import asyncio
import sys
import threading
from collections.abc import Iterator

import pytest

from tray_app.adapters.system.engine_thread import EngineStopped, EngineThread


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    engine = EngineThread(name="engine-under-test")
    engine.start()
    yield engine
    assert engine.stop()


async def where() -> str:
    return threading.current_thread().name


async def for_ever() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise ValueError("broken")


def test_work_runs_on_its_own_thread(engine: EngineThread) -> None:
    assert engine.call(where(), 5) == "engine-under-test"
    assert engine.spawn(where()).result(5) == "engine-under-test"


def test_an_error_comes_back_to_the_caller_and_the_loop_goes_on(engine: EngineThread) -> None:
    with pytest.raises(ValueError, match="broken"):
        engine.call(broken(), 5)
    assert engine.call(where(), 5) == "engine-under-test"


def test_a_call_that_takes_too_long_is_cancelled(engine: EngineThread) -> None:
    cancelled = threading.Event()

    async def watched() -> None:
        try:
            await for_ever()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        engine.call(watched(), 0.05)
    assert cancelled.wait(5)


def test_a_posted_call_runs_on_the_loop(engine: EngineThread) -> None:
    ran = threading.Event()
    engine.post(ran.set)
    assert ran.wait(5)


def test_waiting_for_itself_is_refused(engine: EngineThread) -> None:
    async def inside() -> None:
        engine.call(where(), 1)

    with pytest.raises(RuntimeError, match="wait for itself"):
        engine.call(inside(), 5)


def test_stop_cancels_what_runs_and_says_so() -> None:
    engine = EngineThread()
    engine.start()
    running = engine.spawn(for_ever())
    assert engine.stop()
    assert running.cancelled()
    assert engine.ended.result(0) is None
    assert engine.stop()


def test_after_the_end_calls_are_refused_and_pings_dropped() -> None:
    engine = EngineThread()
    engine.start()
    engine.stop()
    with pytest.raises(EngineStopped):
        engine.call(where(), 1)
    with pytest.raises(EngineStopped):
        engine.spawn(where())
    engine.post(pytest.fail, "it ran")


def test_before_the_start_nothing_is_taken() -> None:
    with pytest.raises(EngineStopped):
        EngineThread().spawn(where())


def test_a_thread_that_does_not_end_in_time_is_reported() -> None:
    engine = EngineThread()
    engine.start()
    blocked, go_on = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        go_on.wait(10)

    engine.post(block)
    assert blocked.wait(5)
    assert not engine.stop(0.05)
    go_on.set()
    assert engine.stop(5)


def test_a_crash_of_the_loop_comes_through_the_future() -> None:
    engine = EngineThread()
    engine.start()
    engine.post(sys.exit, 3)  # what uvicorn does when it cannot start
    assert isinstance(engine.ended.exception(5), SystemExit)
    assert engine.stop()
