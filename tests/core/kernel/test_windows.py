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


@given(gaps=GAPS, most=st.integers(1, 20), now_ms=st.integers(0, 10**13))
def test_a_wait_is_exact_and_never_longer_than_a_minute(gaps: list[int], most: int, now_ms: int) -> None:
    window = Window()
    for gap in gaps:
        now_ms += gap
        window = window.with_event(now_ms)
    wait_ms = window.wait_ms(now_ms, most=most)
    assert 0 <= wait_ms <= MINUTE_MS
    assert window.wait_ms(now_ms + wait_ms, most=most) == 0
    if wait_ms:
        assert window.wait_ms(now_ms + wait_ms - 1, most=most) == 1


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


@given(ages=st.lists(st.integers(-(10**12), 10**12), max_size=60), now_ms=st.integers(0, 10**12))
def test_after_a_restart_no_clock_can_starve_the_queue_or_forgive_an_attempt(ages: list[int], now_ms: int) -> None:
    window = restored(ages, now_ms=now_ms)
    assert list(window.times) == sorted(window.times)
    assert all(now_ms - MINUTE_MS < time <= now_ms for time in window.times)
    assert window.used(now_ms) == len([age for age in ages if age < MINUTE_MS])
    assert window.wait_ms(now_ms, most=18) <= MINUTE_MS
