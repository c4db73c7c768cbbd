"""Every outcome makes something definite of a row, and none forgets it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.attempts import MAX_WAIT_MS, Settled, hung_up, settle
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Fault, Outcome, Rejected, Sent, Throttled, TryAgain
from tray_app.core.messages.message import TextMessage

REASON, HINT = text("dingtalk.busy"), text("dingtalk.busy_hint")
CODES = st.none() | st.integers(-1, 999_999)
OUTCOMES = st.one_of(
    st.builds(Sent),
    st.builds(Rejected, fault=st.sampled_from(Fault), reason=st.just(REASON), hint=st.just(HINT), errcode=CODES),
    st.builds(Throttled, reason=st.just(REASON), hint=st.just(HINT), for_ms=st.integers(1, 10**9), errcode=CODES),
    st.builds(
        TryAgain,
        reason=st.just(REASON),
        hint=st.just(HINT),
        errcode=CODES,
        after_ms=st.none() | st.integers(0, 10**9),
        counts=st.booleans(),
    ),
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


def settled(outcome: Outcome, *, attempts: int = 1, tries: int = 3, probes: int = 0) -> Settled:
    row = replace(ROW, attempts=attempts)
    return settle(row, outcome, now_ms=1_000, tries=tries, offline_probes=probes, chance=0.5)


@given(outcome=OUTCOMES, attempts=st.integers(1, 20), tries=st.integers(1, 10), chance=st.floats(0, 0.999))
def test_a_row_ends_with_its_reason_or_waits_for_a_bounded_time(
    outcome: Outcome, attempts: int, tries: int, chance: float
) -> None:
    row = replace(ROW, attempts=attempts)
    result = settle(row, outcome, now_ms=1_000, tries=tries, offline_probes=3, chance=chance)
    after = result.delivery
    assert (after.id, after.message, after.created_ms, after.updated_ms) == (row.id, row.message, 0, 1_000)
    assert after.stage in {Stage.SENT, Stage.FAILED, Stage.QUEUED}
    if after.stage is Stage.QUEUED:
        assert 0 < result.wait_ms <= MAX_WAIT_MS
        assert after.due_ms == 1_000 + result.wait_ms
        assert after.attempts in {attempts, attempts - 1}
    else:
        assert result.wait_ms == 0
        assert after.attempts == attempts
    assert (after.reason is None) == (after.stage is Stage.SENT) == isinstance(outcome, Sent)


@pytest.mark.parametrize("fault", Fault)
def test_a_refusal_is_final_at_the_first_try(fault: Fault) -> None:
    result = settled(Rejected(fault=fault, reason=REASON, hint=HINT, errcode=300005))
    assert (result.delivery.stage, result.delivery.reason, result.delivery.hint) == (Stage.FAILED, REASON, HINT)
    assert (result.delivery.errcode, result.name) == (300005, "rejected")


def test_a_limit_uses_up_no_try_and_marks_the_robot() -> None:
    result = settled(Throttled(reason=REASON, hint=HINT, for_ms=600_000, errcode=410100), attempts=3)
    assert (result.delivery.stage, result.delivery.attempts) == (Stage.QUEUED, 2)
    assert (result.wait_ms, result.limited, result.offline) == (600_000, True, False)


def test_a_network_that_is_away_uses_up_no_try_and_is_asked_ever_less_often() -> None:
    away = TryAgain(reason=REASON, hint=HINT, counts=False)
    results = [settled(away, attempts=3, probes=probes) for probes in range(3)]
    assert [result.wait_ms for result in results] == [2_000, 4_000, 8_000]
    assert {(result.delivery.attempts, result.offline, result.limited) for result in results} == {(2, True, False)}


def test_the_last_try_says_how_many_there_were() -> None:
    assert settled(TryAgain(reason=REASON, hint=HINT), attempts=2).delivery.stage is Stage.QUEUED
    result = settled(TryAgain(reason=REASON, hint=HINT, errcode=-1), attempts=3)
    assert (result.delivery.stage, result.name, result.delivery.errcode) == (Stage.FAILED, "gave_up", -1)
    assert result.delivery.reason == text("outbox.gave_up", reason=REASON, tries=3)


@pytest.mark.parametrize(("asked_ms", "wait_ms"), [(None, 1_000), (0, 1_000), (30_000, 30_000), (10**9, MAX_WAIT_MS)])
def test_retry_after_lengthens_the_back_off_and_never_for_good(asked_ms: int | None, wait_ms: int) -> None:
    assert settled(TryAgain(reason=REASON, hint=HINT, after_ms=asked_ms)).wait_ms == wait_ms


@given(attempts=st.integers(1, 99))
def test_hanging_up_never_gives_up(attempts: int) -> None:
    result = hung_up(replace(ROW, attempts=attempts), now_ms=5)
    assert (result.delivery.stage, result.delivery.attempts, result.wait_ms) == (Stage.QUEUED, attempts, 0)
