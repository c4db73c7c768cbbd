from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.windows import MINUTE_MS, Window, restored

GAPS = st.lists(st.integers(0, 20_000), max_size=120)


@given(gaps=GAPS, most=st.integers(1, 20))
def test_no_window_of_a_minute_ever_holds_more_than_the_most(gaps: list[int], most: int) -> None:
    window, now_ms, sent = Window(), 0, list[int]()
    for gap in gaps:
        now_ms += gap
        now_ms += window.wait_ms(now_ms, most=most)
        window = window.with_event(now_ms)
        sent.append(now_ms)
    for later, earlier in zip(sent[most:], sent, strict=False):
        assert later - earlier >= MINUTE_MS


@given(gaps=GAPS, most=st.integers(1, 20), now_ms=st.integers(0, 10**13), window_ms=st.integers(1, 10 * MINUTE_MS))
def test_a_wait_is_exact_and_never_longer_than_the_window(
    gaps: list[int], most: int, now_ms: int, window_ms: int
) -> None:
    window = Window()
    for gap in gaps:
        now_ms += gap
        window = window.with_event(now_ms, window_ms=window_ms)
    wait_ms = window.wait_ms(now_ms, most=most, window_ms=window_ms)
    assert 0 <= wait_ms <= window_ms
    assert window.wait_ms(now_ms + wait_ms, most=most, window_ms=window_ms) == 0
    if wait_ms:
        assert window.wait_ms(now_ms + wait_ms - 1, most=most, window_ms=window_ms) == 1


@given(gaps=GAPS)
def test_what_is_used_is_what_the_last_minute_holds_and_no_memory_is_kept_of_more(gaps: list[int]) -> None:
    window, now_ms, sent = Window(), 0, list[int]()
    for gap in gaps:
        now_ms += gap
        window = window.with_event(now_ms)
        sent.append(now_ms)
    assert window.used(now_ms) == len([at for at in sent if at > now_ms - MINUTE_MS]) == len(window.times)


def test_a_limit_that_was_lowered_holds_at_once_and_a_limit_of_none_waits_a_minute() -> None:
    window = Window((0, 10_000, 20_000))
    assert window.wait_ms(30_000, most=4) == 0
    assert window.wait_ms(30_000, most=3) == 30_000
    assert window.wait_ms(30_000, most=1) == 50_000
    assert window.wait_ms(30_000, most=0) == MINUTE_MS


def test_a_limit_of_an_hour_waits_for_events_older_than_a_minute() -> None:
    hour_ms = 60 * MINUTE_MS
    assert Window((0,)).wait_ms(10 * MINUTE_MS, most=1, window_ms=hour_ms) == 50 * MINUTE_MS


def test_a_window_that_no_clock_has_overtaken_stays_itself_and_another_is_brought_to_the_present() -> None:
    window = Window((10, 20))
    assert window.not_after(20) is window
    assert window.not_after(19) == Window((10, 19))


def test_after_a_restart_what_just_happened_counts_from_now_and_what_is_a_minute_old_no_more() -> None:
    ages = [0, -5, MINUTE_MS - 1, MINUTE_MS]
    assert restored(ages, now_ms=100_000) == Window((100_001 - MINUTE_MS, 100_000, 100_000))


@given(ages=st.lists(st.integers(-(10**12), 10**12), max_size=60), now_ms=st.integers(0, 10**12))
def test_after_a_restart_no_clock_can_starve_the_queue_or_forgive_an_attempt(ages: list[int], now_ms: int) -> None:
    window = restored(ages, now_ms=now_ms)
    assert list(window.times) == sorted(window.times)
    assert all(now_ms - MINUTE_MS < time <= now_ms for time in window.times)
    assert window.used(now_ms) == len([age for age in ages if age < MINUTE_MS])
    assert window.wait_ms(now_ms, most=18) <= MINUTE_MS
