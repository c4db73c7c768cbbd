"""The rules of automatic notices: told once, told late enough, told to nobody at night, and never for nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.notices.rules import (
    TELLING_ERRORS,
    Hush,
    NoticeCause,
    Watch,
    absorb,
    due,
    hear,
    hush,
    next_due,
    without_wait,
)
from tray_app.core.sessions.live.signals import Ended, GoesOn, Signal, TurnBegan, TurnDone, TurnFailed, Waits
from tray_app.core.settings.notices import (
    EndRule,
    LastingRule,
    LongRule,
    NoticeKind,
    NoticeSettings,
    QuietHours,
    WaitingRule,
)

MINUTE = 60_000
ON = replace(
    NoticeSettings(),
    session_end=EndRule(min_minutes=10, each=True),
    task_done=LongRule(min_minutes=5),
    waiting=WaitingRule(after_s=60, remind_minutes=10),
    failure=LastingRule(after_s=30),
)
NEW = Watch(session_id="s", turn_ms=0)


def play(
    *signals: Signal | int, rules: NoticeSettings = ON, watch: Watch = NEW, told_before_ms: int = 0
) -> list[tuple[int, NoticeCause]]:
    """Let signals happen, and so many ms pass between them. Returns each cause with the time it is told at."""
    steady, told = 0, []
    for signal in signals:
        if isinstance(signal, int):
            until = steady + signal
            while (when := next_due(watch)) is not None and when <= until:
                steady = when
                watch, cause = due(watch, rules, steady=steady)
                told += [] if cause is None else [(steady, cause)]
            steady = until
        else:
            watch, cause = hear(watch, signal, rules, steady=steady, told_before_ms=told_before_ms)
            told += [] if cause is None else [(steady, cause)]
    return told


def kinds(told: list[tuple[int, NoticeCause]]) -> list[NoticeKind]:
    return [cause.kind for _, cause in told]


def test_a_wait_is_told_after_a_minute_and_once_more_ten_minutes_later() -> None:
    told = play(Waits(at_ms=5, asks="permission"), 3_600_000)
    assert told == [
        (MINUTE, NoticeCause(kind=NoticeKind.WAITING, session_id="s", since_ms=5, turn_ms=0, asks="permission")),
        (
            11 * MINUTE,
            NoticeCause(
                kind=NoticeKind.WAITING, session_id="s", since_ms=5, turn_ms=0, asks="permission", reminder=True
            ),
        ),
    ]


def test_a_reaction_in_time_keeps_the_wait_untold_and_the_next_wait_begins_anew() -> None:
    assert play(Waits(at_ms=0), MINUTE - 1, GoesOn(at_ms=MINUTE - 1), 3_600_000) == []
    told = play(Waits(at_ms=0), MINUTE - 1, GoesOn(at_ms=MINUTE - 1), Waits(at_ms=MINUTE), MINUTE)
    assert [at for at, _ in told] == [2 * MINUTE - 1]


def test_a_wait_heard_of_twice_is_one_wait() -> None:
    told = play(Waits(at_ms=0), 6_000, Waits(at_ms=6_000, asks="permission"), 5 * MINUTE)
    assert [(at, cause.asks) for at, cause in told] == [(MINUTE, "permission")]


def test_without_a_reminder_a_wait_is_told_once() -> None:
    rules = replace(ON, waiting=WaitingRule(after_s=1, remind_minutes=0))
    assert len(play(Waits(at_ms=0), 3_600_000, rules=rules)) == 1


def test_a_wait_that_an_earlier_run_has_told_is_not_told_again_but_a_later_one_is() -> None:
    assert play(Waits(at_ms=70, already=True), 3_600_000, told_before_ms=80) == []
    assert kinds(play(Waits(at_ms=90, already=True), MINUTE, told_before_ms=80)) == [NoticeKind.WAITING]
    assert kinds(play(Waits(at_ms=70), MINUTE, told_before_ms=80)) == [NoticeKind.WAITING]


def test_an_idle_prompt_tells_nobody_unless_the_owner_wants_it() -> None:
    idle = Waits(at_ms=0, asks="input", idle=True)
    assert play(idle, 3_600_000) == []
    rules = replace(ON, waiting=WaitingRule(after_s=1, remind_minutes=0, idle=True))
    assert kinds(play(idle, MINUTE, rules=rules)) == [NoticeKind.WAITING]
    done = TurnDone(at_ms=6 * MINUTE)
    assert kinds(play(done, idle, MINUTE, rules=rules)) == [NoticeKind.TASK_DONE]  # one cause: the turn is over


@pytest.mark.parametrize(("minutes", "told"), [(5, []), (6, [NoticeKind.TASK_DONE])])
def test_only_a_long_turn_is_told_when_it_is_done(minutes: int, told: list[NoticeKind]) -> None:
    assert kinds(play(TurnBegan(at_ms=1_000), TurnDone(at_ms=1_000 + minutes * MINUTE))) == told


def test_a_turn_with_background_work_is_done_when_that_is_done_and_told_once() -> None:
    steps = (TurnBegan(at_ms=0), TurnDone(at_ms=6 * MINUTE, background=1), TurnDone(at_ms=9 * MINUTE))
    told = play(*steps, TurnDone(at_ms=20 * MINUTE))
    assert [(cause.kind, cause.since_ms) for _, cause in told] == [(NoticeKind.TASK_DONE, 9 * MINUTE)]


@pytest.mark.parametrize("error", [*sorted(TELLING_ERRORS), "unknown", "invalid_request", "max_output_tokens", ""])
def test_a_failure_is_told_where_a_person_can_mend_it_and_once_a_turn(error: str) -> None:
    failed = TurnFailed(at_ms=1, error=error)
    expected = 1 if error in {"rate_limit", "billing_error", "overloaded", "authentication_failed"} else 0
    assert len(play(failed, failed, MINUTE)) == expected
    assert len(play(failed, MINUTE, failed, MINUTE)) == expected
    assert len(play(failed, MINUTE, TurnBegan(at_ms=2), failed, MINUTE)) == 2 * expected


def test_a_failure_after_which_the_session_goes_on_in_time_is_told_to_nobody() -> None:
    failed = TurnFailed(at_ms=1, error="overloaded")
    assert play(failed, 29_000, TurnBegan(at_ms=29_000), 3_600_000) == []
    assert play(failed, 29_000, Ended(at_ms=29_000, lasted_ms=5, reason="prompt_input_exit"), 3_600_000) == []
    told = play(failed, 29_000, Ended(at_ms=29_000, lasted_ms=5, reason="other"), 3_600_000)
    assert [(at, cause.error) for at, cause in told] == [(30_000, "overloaded")]  # a program's: it is left as it is
    late = play(TurnFailed(at_ms=500, error="overloaded"), TurnBegan(at_ms=100), MINUTE)
    assert kinds(late) == [NoticeKind.FAILURE]  # the prompt was only read late


@pytest.mark.parametrize(("minutes", "count"), [(10, 0), (11, 1)])
def test_the_end_of_a_long_session_is_told_once_whoever_says_it(minutes: int, count: int) -> None:
    ended = Ended(at_ms=minutes * MINUTE, lasted_ms=minutes * MINUTE, reason="other")
    assert len(play(Waits(at_ms=0), ended, ended, 3_600_000)) == count


def test_what_is_off_is_never_told() -> None:
    ends = EndRule(enabled=False)
    rules = NoticeSettings(
        session_end=ends,
        task_done=ends,
        waiting=WaitingRule(enabled=False, after_s=0),
        failure=LastingRule(enabled=False),
    )
    signals = (Waits(at_ms=0), TurnFailed(at_ms=1, error="rate_limit"), TurnDone(at_ms=9), Ended(at_ms=9, lasted_ms=9))
    assert play(*signals, 3_600_000, rules=rules) == []


def test_a_prompt_that_was_only_read_late_does_not_cancel_the_wait_of_its_turn() -> None:
    assert kinds(play(Waits(at_ms=500), TurnBegan(at_ms=100), MINUTE)) == [NoticeKind.WAITING]
    assert play(Waits(at_ms=500), TurnBegan(at_ms=600), MINUTE) == []


_TIMES = st.integers(0, 40 * MINUTE)
_SIGNALS = st.one_of(
    st.builds(TurnBegan, at_ms=_TIMES),
    st.builds(TurnDone, at_ms=_TIMES, background=st.integers(0, 2)),
    st.builds(TurnFailed, at_ms=_TIMES, error=st.sampled_from(["rate_limit", "unknown"])),
    st.builds(Waits, at_ms=_TIMES, asks=st.just("permission"), idle=st.booleans()),
    st.builds(GoesOn, at_ms=st.just(0)),
    st.builds(Ended, at_ms=_TIMES, lasted_ms=_TIMES),
    st.integers(0, 30 * MINUTE),
)


@given(st.lists(_SIGNALS, max_size=30))
def test_whatever_happens_one_cause_is_told_once_and_a_wait_at_most_twice(signals: list[Signal | int]) -> None:
    told = play(*signals)
    turns = 1 + sum(isinstance(signal, TurnBegan) for signal in signals)
    waits = sum(isinstance(signal, Waits) for signal in signals)
    count = kinds(told).count
    assert count(NoticeKind.TASK_DONE) <= turns
    assert count(NoticeKind.FAILURE) <= turns
    assert count(NoticeKind.SESSION_END) <= turns
    reminders = [cause for _, cause in told if cause.reminder]
    assert count(NoticeKind.WAITING) - len(reminders) <= waits
    assert len(reminders) <= count(NoticeKind.WAITING) - len(reminders)


@given(st.lists(_SIGNALS, max_size=30))
def test_nothing_is_told_after_the_end_until_a_person_asks_again(signals: list[Signal | int]) -> None:
    quiet = [signal for signal in signals if not isinstance(signal, TurnBegan | TurnFailed)]
    ended = Ended(at_ms=0, lasted_ms=3_600_000)
    assert kinds(play(ended, *quiet)) == [NoticeKind.SESSION_END]


@pytest.mark.parametrize(
    ("start", "end", "quiet"),
    [
        ("22:00", "08:00", {"22:00", "23:59", "00:00", "07:59"}),
        ("12:00", "13:30", {"12:00", "13:29"}),
        ("00:00", "00:00", set()),
    ],
)
def test_quiet_hours_hold_from_their_first_minute_to_before_their_last(start: str, end: str, quiet: set[str]) -> None:
    hours = QuietHours(start=_minute(start), end=_minute(end))
    moments = {"22:00", "23:59", "00:00", "07:59", "08:00", "12:00", "13:29", "13:30", "21:59", "11:59"}
    assert {moment for moment in moments if hours.hold(_minute(moment))} == quiet


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def cause(kind: NoticeKind, session: str = "s") -> NoticeCause:
    return NoticeCause(kind=kind, session_id=session, since_ms=0, turn_ms=0)


@pytest.mark.parametrize("kind", NoticeKind)
def test_quiet_hours_keep_everything_but_failures(kind: NoticeKind) -> None:
    rules = replace(ON, quiet_hours=QuietHours(start=0, end=60))
    expected = None if kind is NoticeKind.FAILURE else Hush.QUIET_HOURS
    assert hush(cause(kind), rules, minute=30, agent_told=False) is expected
    assert hush(cause(kind), rules, minute=60, agent_told=False) is None


@pytest.mark.parametrize("kind", NoticeKind)
def test_an_agents_own_report_stands_for_the_end_of_turn_and_session_alone(kind: NoticeKind) -> None:
    ends = kind in {NoticeKind.TASK_DONE, NoticeKind.SESSION_END}
    assert hush(cause(kind), ON, minute=0, agent_told=True) is (Hush.AGENT_TOLD if ends else None)


def test_a_sessions_end_says_what_was_to_be_said_before_and_leaves_other_sessions_alone() -> None:
    pending: tuple[NoticeCause, ...] = ()
    for one in (
        cause(NoticeKind.TASK_DONE),
        cause(NoticeKind.WAITING, "other"),
        cause(NoticeKind.FAILURE),
        cause(NoticeKind.SESSION_END),
        cause(NoticeKind.TASK_DONE),
    ):
        pending = absorb(pending, one)
    assert pending == (
        cause(NoticeKind.WAITING, "other"),
        cause(NoticeKind.FAILURE),
        cause(NoticeKind.SESSION_END),
    )


def test_a_reaction_takes_back_the_wait_that_was_about_to_be_told_and_nothing_else() -> None:
    pending = (cause(NoticeKind.WAITING), cause(NoticeKind.FAILURE), cause(NoticeKind.WAITING, "other"))
    assert without_wait(pending, "s") == pending[1:]
