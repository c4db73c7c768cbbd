"""Every outcome makes something definite of a row, and none forgets it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.attempts import MAX_WAIT_MS, Settled, expired, hung_up, settle, unsent
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import AttemptReach, Fault, Outcome, Rejected, Sent, Throttled, TryAgain
from tray_app.core.messages.message import TextMessage

REASON, HINT = text("dingtalk.busy"), text("dingtalk.busy_hint")
WORDS: dict[str, st.SearchStrategy[Any]] = {
    "reason": st.just(REASON),
    "hint": st.just(HINT),
    "errcode": st.none() | st.integers(-1, 999_999),
    "said": st.text(max_size=9),
}
OUTCOMES = st.one_of(
    st.builds(Sent),
    st.builds(Rejected, fault=st.sampled_from(Fault), **WORDS),
    st.builds(Throttled, for_ms=st.integers(1, 10**9), **WORDS),
    st.builds(TryAgain, after_ms=st.none() | st.integers(0, 10**9), reach=st.sampled_from(AttemptReach), **WORDS),
)
ROW = Delivery(
    id="a",
    group_id="a",
    stage=Stage.SENDING,
    robot="team",
    origin=Origin(source=Source.MCP, tool="dingtalk_send_text"),
    title="t",
    message=TextMessage(content="t"),
    attempts=1,
    created_ms=0,
    updated_ms=0,
    due_ms=0,
)


def settled(
    outcome: Outcome, *, attempts: int = 1, lost: int = 0, tries: int = 3, offline: int = 0, faults: int = 0
) -> Settled:
    row = replace(ROW, attempts=attempts, lost=lost, lost_ms=50 if lost else None)
    return settle(row, outcome, now_ms=1_000, tries=tries, offline=offline, faults=faults, chance=0.5)


@given(
    outcome=OUTCOMES,
    attempts=st.integers(1, 20),
    lost=st.integers(0, 9),
    tries=st.integers(1, 10),
    chance=st.floats(0, 0.999),
)
def test_a_row_ends_with_its_reason_or_waits_for_a_bounded_time(
    outcome: Outcome, attempts: int, lost: int, tries: int, chance: float
) -> None:
    row = replace(ROW, attempts=attempts, lost=lost, lost_ms=50 if lost else None)
    result = settle(row, outcome, now_ms=1_000, tries=tries, offline=3, faults=3, chance=chance)
    after = result.delivery
    assert (after.id, after.message, after.created_ms, after.updated_ms) == (row.id, row.message, 0, 1_000)
    assert after.stage in {Stage.SENT, Stage.PERHAPS, Stage.FAILED, Stage.QUEUED}
    assert 0 <= result.wait_ms <= MAX_WAIT_MS
    assert (result.wait_ms > 0) == (result.why is not None)
    if after.stage is Stage.QUEUED:
        assert after.due_ms == 1_000 + result.wait_ms > 1_000
        assert after.attempts in {attempts, attempts - 1}
    else:
        assert after.attempts == attempts
    assert (after.reason is None) == (after.stage is Stage.SENT) == isinstance(outcome, Sent)
    assert isinstance(outcome, Sent) or (after.said, after.errcode) == (outcome.said, outcome.errcode)
    if after.stage is Stage.FAILED:  # what may be there is never called not delivered
        assert after.lost_ms is None


@pytest.mark.parametrize("fault", Fault)
def test_a_refusal_is_final_at_the_first_try(fault: Fault) -> None:
    result = settled(Rejected(fault=fault, reason=REASON, hint=HINT, errcode=300005))
    assert (result.delivery.stage, result.delivery.reason, result.delivery.hint) == (Stage.FAILED, REASON, HINT)
    assert (result.delivery.errcode, result.name) == (300005, "rejected")


@pytest.mark.parametrize("fault", Fault)
def test_a_refusal_after_a_lost_answer_is_certain_only_where_it_is_about_the_message_itself(fault: Fault) -> None:
    after = settled(Rejected(fault=fault, reason=REASON, hint=HINT), lost=1).delivery
    if fault in {Fault.MESSAGE, Fault.CONTENT}:
        assert (after.stage, after.reason) == (Stage.FAILED, REASON)
    else:
        assert (after.stage, after.reason) == (Stage.PERHAPS, text("outbox.perhaps_ended", reason=REASON))


def test_a_limit_uses_up_no_try_and_marks_the_robot() -> None:
    result = settled(Throttled(reason=REASON, hint=HINT, for_ms=600_000, errcode=410100), attempts=3)
    assert (result.delivery.stage, result.delivery.attempts) == (Stage.QUEUED, 2)
    assert (result.wait_ms, result.limited, result.offline) == (600_000, True, False)


def test_a_network_that_is_away_uses_up_no_try_and_is_asked_ever_less_often() -> None:
    away = TryAgain(reason=REASON, hint=HINT, reach=AttemptReach.NOBODY)
    results = [settled(away, attempts=3, offline=probes) for probes in range(3)]
    assert [result.wait_ms for result in results] == [2_000, 4_000, 8_000]
    assert {(result.delivery.attempts, result.offline, result.limited) for result in results} == {(2, True, False)}


@pytest.mark.parametrize("reach", [AttemptReach.REFUSED, AttemptReach.DOUBTFUL])
@pytest.mark.parametrize("attempts", [1, 3, 500])
def test_a_service_that_cannot_now_is_tried_by_time_however_often_it_was(reach: AttemptReach, attempts: int) -> None:
    result = settled(TryAgain(reason=REASON, hint=HINT, reach=reach), attempts=attempts, faults=attempts - 1)
    assert (result.delivery.stage, result.delivery.attempts, result.name) == (Stage.QUEUED, attempts, "retry")
    assert (result.faulty, result.why) == (True, (REASON, HINT))


def test_answers_that_are_lost_end_as_perhaps_arrived_and_say_how_many_there_were() -> None:
    lost = TryAgain(reason=REASON, hint=HINT, reach=AttemptReach.LOST)
    assert settled(lost, attempts=9, lost=1).delivery.stage is Stage.QUEUED
    result = settled(lost, lost=2)
    assert (result.delivery.stage, result.delivery.lost, result.name) == (Stage.PERHAPS, 3, "lost")
    assert result.delivery.reason == text("outbox.perhaps", reason=REASON, tries=3)
    assert result.wait_ms == 1_000  # the next message is not thrown after it at once


def test_since_when_it_may_be_there_is_when_the_first_such_try_began() -> None:
    lost = TryAgain(reason=REASON, hint=HINT, reach=AttemptReach.LOST)
    row = replace(ROW, updated_ms=700)
    first = settle(row, lost, now_ms=1_000, tries=3, offline=0, faults=0, chance=0.5).delivery
    again = replace(first, stage=Stage.SENDING, updated_ms=2_000)
    assert first.lost_ms == 700
    assert settle(again, lost, now_ms=3_000, tries=3, offline=0, faults=1, chance=0.5).delivery.lost_ms == 700


@pytest.mark.parametrize("reach", [AttemptReach.REFUSED, AttemptReach.DOUBTFUL, AttemptReach.LOST])
@pytest.mark.parametrize(("asked_ms", "wait_ms"), [(None, 1_000), (0, 1_000), (30_000, 30_000), (10**9, MAX_WAIT_MS)])
def test_retry_after_lengthens_the_wait_and_never_for_good(
    asked_ms: int | None, wait_ms: int, reach: AttemptReach
) -> None:
    assert settled(TryAgain(reason=REASON, hint=HINT, after_ms=asked_ms, reach=reach)).wait_ms == wait_ms


@given(attempts=st.integers(1, 99))
def test_hanging_up_never_gives_up(attempts: int) -> None:
    result = hung_up(replace(ROW, attempts=attempts, updated_ms=3), now_ms=5)
    assert (result.delivery.stage, result.delivery.attempts, result.wait_ms) == (Stage.QUEUED, attempts, 0)
    assert result.delivery.lost_ms == 3  # and it may be there


OLD = replace(
    ROW,
    attempts=4,
    errcode=1,
    reason=text("outbox.lost"),
    hint=text("outbox.expired_hint"),
    said="before",
    lost=1,
    lost_ms=50,
    updated_ms=700,
)
WORD: dict[str, Any] = {"reason": REASON, "hint": HINT, "errcode": 7, "said": "busy"}
NOTED = replace(OLD, **WORD, updated_ms=1_000)


def of_old(outcome: Outcome, *, tries: int = 3) -> Settled:
    return settle(OLD, outcome, now_ms=1_000, tries=tries, offline=0, faults=2, chance=0.5)


def test_what_arrived_keeps_nothing_of_the_attempts_before() -> None:
    sent = replace(OLD, stage=Stage.SENT, errcode=3, reason=None, hint=None, said="", lost_ms=None, updated_ms=1_000)
    assert of_old(Sent(errcode=3)) == Settled(delivery=sent, name="sent")


def test_a_refusal_is_kept_with_the_services_words() -> None:
    failed = replace(NOTED, stage=Stage.FAILED, lost_ms=None)
    assert of_old(Rejected(fault=Fault.CONTENT, **WORD)) == Settled(delivery=failed, name="rejected")
    ended = replace(
        NOTED,
        stage=Stage.PERHAPS,
        reason=text("outbox.perhaps_ended", reason=REASON),
        hint=text("outbox.perhaps_hint"),
    )
    assert of_old(Rejected(fault=Fault.SETUP, **WORD)) == Settled(delivery=ended, name="rejected")
    spent = Settled(delivery=ended, name="rejected", spent=(REASON, HINT))
    assert of_old(Rejected(fault=Fault.QUOTA, **WORD)) == spent


def test_a_row_that_waits_says_for_what_until_when_and_holds_its_robot_back() -> None:
    def queued(wait_ms: int, *, attempts: int, lost: int = 1) -> Delivery:
        return replace(NOTED, stage=Stage.QUEUED, attempts=attempts, lost=lost, due_ms=1_000 + wait_ms)

    why = (REASON, HINT)
    assert of_old(Throttled(for_ms=5_000, **WORD)) == Settled(
        delivery=queued(5_000, attempts=3), name="throttled", wait_ms=5_000, why=why, limited=True
    )
    assert of_old(TryAgain(reach=AttemptReach.NOBODY, set_up=True, **WORD)) == Settled(
        delivery=queued(2_000, attempts=3), name="unreachable", wait_ms=2_000, why=why, offline=True, set_up=True
    )
    for reach in (AttemptReach.REFUSED, AttemptReach.DOUBTFUL):
        assert of_old(TryAgain(reach=reach, **WORD)) == Settled(
            delivery=queued(4_000, attempts=4), name="retry", wait_ms=4_000, why=why, faulty=True
        )
    for asked_ms, wait_ms in ((None, 4_000), (9_000, 9_000)):
        assert of_old(TryAgain(reach=AttemptReach.LOST, after_ms=asked_ms, **WORD)) == Settled(
            delivery=queued(wait_ms, attempts=4, lost=2), name="lost", wait_ms=wait_ms, why=why, faulty=True
        )


def test_the_last_lost_answer_ends_the_row_with_how_many_there_were() -> None:
    ended = replace(
        NOTED,
        stage=Stage.PERHAPS,
        lost=2,
        reason=text("outbox.perhaps", reason=REASON, tries=2),
        hint=text("outbox.perhaps_hint"),
    )
    assert of_old(TryAgain(reach=AttemptReach.LOST, **WORD), tries=2) == Settled(
        delivery=ended, name="lost", wait_ms=4_000, why=(REASON, HINT), faulty=True
    )


def test_of_the_two_waits_after_a_lost_answer_the_longer_one_holds() -> None:
    lost = TryAgain(reason=REASON, hint=HINT, reach=AttemptReach.LOST)
    assert settled(lost, lost=1).wait_ms == 4_000
    assert settled(lost, lost=1, faults=5).wait_ms == 32_000


def test_an_attempt_that_never_left_uses_up_no_try_and_leaves_no_doubt() -> None:
    row = replace(ROW, attempts=3, updated_ms=3)
    queued = replace(row, stage=Stage.QUEUED, attempts=2, updated_ms=5, due_ms=5)
    assert hung_up(row, now_ms=5, left=False) == Settled(delivery=queued, name="hung_up")
    assert hung_up(row, now_ms=5) == Settled(delivery=replace(queued, attempts=3, lost_ms=3), name="hung_up")


def test_a_row_that_waited_too_long_says_for_what_and_is_perhaps_there_where_an_answer_was_lost() -> None:
    waited = replace(ROW, stage=Stage.QUEUED, reason=REASON)
    why = text("outbox.expired_why", hours=24, reason=REASON)
    ended = replace(waited, stage=Stage.EXPIRED, reason=why, hint=text("outbox.expired_hint"), updated_ms=9)
    assert expired(waited, hours=24, now_ms=9) == ended
    plain = replace(ended, reason=text("outbox.expired", hours=24))
    assert expired(replace(waited, reason=None), hours=24, now_ms=9) == plain
    perhaps = replace(
        waited,
        stage=Stage.PERHAPS,
        reason=text("outbox.perhaps_ended", reason=why),
        hint=text("outbox.perhaps_hint"),
        updated_ms=9,
        lost_ms=1,
    )
    assert expired(replace(waited, lost_ms=1), hours=24, now_ms=9) == perhaps
    assert unsent(waited, Stage.DISCARDED, reason=REASON, hint=HINT, now_ms=9) == replace(
        waited, stage=Stage.DISCARDED, hint=HINT, updated_ms=9
    )
