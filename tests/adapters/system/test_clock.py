"""Both clocks count milliseconds."""

from datetime import UTC, datetime

from tray_app.adapters.system.clock import SystemClock


def test_the_wall_clock_is_the_machines_time_in_milliseconds() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    now = SystemClock().now_ms()
    assert before <= now <= int(datetime.now(UTC).timestamp() * 1000) + 1


def test_the_steady_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.steady_ms() for _ in range(1_000)]
    assert readings == sorted(readings)
