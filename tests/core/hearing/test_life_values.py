"""Each step of a connection's life as a whole value: which connection is what, when it is tried next, and why."""

from dataclasses import replace

import pytest

from tray_app.core.hearing.life import LEFT, LOST, SILENT, CloseOne, OpenOne, Pace, StreamLife
from tray_app.core.hearing.stream import NotOpened, StreamRefusal
from tray_app.core.kernel.texts import text

PACE = Pace(first_ms=1_001, most_ms=60_000)
AWAY = NotOpened(refusal=StreamRefusal.NETWORK, reason=text("stream.no_answer"), hint=text("stream.network_hint"))
OPENING = StreamLife(pace=PACE, running=True, count=1, opening=1)
LIVE = replace(OPENING, opening=0, live=1, since_ms=100, heard_ms=100, looked_ms=100)


def test_the_first_one_is_opened_at_once_also_on_a_computer_that_has_just_begun() -> None:
    assert StreamLife(pace=PACE).started(0) == (OPENING, (OpenOne(number=1),))


def test_one_that_is_there_begins_anew_whatever_was_before() -> None:
    before = replace(OPENING, looked_ms=7, pinged_ms=5, gap_ms=3, failed=AWAY)
    assert before.opened(1, 100) == (LIVE, ())
    replaced = replace(OPENING, count=2, opening=2, leaving=1)
    assert replaced.opened(2, 100) == (replace(LIVE, count=2, live=2), (CloseOne(number=1),))


def test_one_that_took_long_to_come_is_not_taken_for_a_sleep() -> None:
    slow, _ = replace(OPENING, looked_ms=0).opened(1, 500_000)
    assert slow.looked(500_001, 0.0)[1] == ()


@pytest.mark.parametrize(
    ("tries", "chance", "wait_ms"),
    [(0, 0.0, 500), (0, 0.5, 500 + 250), (1, 0.0, 1_001), (1, 0.5, 1_001 + 500), (30, 0.5, 30_000 + 15_000)],
)
def test_a_failure_is_waited_after_for_half_its_time_and_by_chance_for_the_rest(
    tries: int, chance: float, wait_ms: int
) -> None:
    failed = replace(OPENING, opening=0, tries=tries + 1, due_ms=2_000 + wait_ms, failed_ms=2_000, failed=AWAY)
    before = replace(OPENING, tries=tries)
    assert before.failed_to_open(1, AWAY, 2_000, chance) == (failed, ())
    assert replace(before, leaving=9).failed_to_open(1, AWAY, 2_000, chance) == (failed, (CloseOne(number=9),))


def test_whoever_is_woken_tries_again_a_second_after_the_last_try_not_when_it_was_due() -> None:
    waiting, _ = replace(OPENING, tries=10).failed_to_open(1, AWAY, 2_000, 0.0)
    assert waiting.due_ms == 32_000
    woken, commands = waiting.started(2_500)
    assert (woken.due_ms, commands) == (3_001, ())
    assert woken.started(3_001)[1] == (OpenOne(number=2),)


def test_one_that_broke_off_or_was_sent_away_says_so() -> None:
    lost = replace(LIVE, live=0, tries=1, due_ms=700, failed=LOST, failed_ms=200)
    assert LIVE.lost(1, 200, 0.0) == (lost, ())
    leaving = replace(LIVE, count=2, live=0, leaving=1, opening=2, tries=1)
    assert LIVE.left(1, 200, 0.0) == (leaving, (OpenOne(number=2),))
    again = replace(LIVE, live=0, leaving=1, tries=3, due_ms=200 + 2_002 + 1_001, failed=LEFT, failed_ms=200)
    assert replace(LIVE, tries=2).left(1, 200, 0.5) == (again, ())


def test_one_that_is_silent_is_left_and_says_so_where_the_last_ones_were_left_too() -> None:
    late_ms = 100 + PACE.still_ms
    silent = replace(LIVE, looked_ms=late_ms - 1, since_ms=late_ms - 1_000, tries=1)
    left = replace(silent, looked_ms=late_ms, live=0, leaving=1, tries=2, failed=SILENT, failed_ms=late_ms)
    assert silent.looked(late_ms, 0.5) == (replace(left, due_ms=late_ms + 1_001 + 500), ())


def test_only_pings_are_counted_as_what_the_service_says_by_itself() -> None:
    assert LIVE.framed(1, 300) == replace(LIVE, heard_ms=300)
    once = LIVE.framed(1, 300, ping=True)
    assert once == replace(LIVE, heard_ms=300, pinged_ms=300)
    assert once.framed(1, 400).framed(1, 900, ping=True) == replace(LIVE, heard_ms=900, pinged_ms=900, gap_ms=600)
