import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.attempts import MAX_WAIT_MS, fault_wait_ms, lost_wait_ms, offline_wait_ms

CHANCE = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(("lost", "middle_ms"), [(1, 1_000), (2, 4_000), (3, 16_000), (4, 64_000)])
def test_after_a_lost_answer_the_wait_is_1_4_16_seconds_give_or_take_a_quarter(lost: int, middle_ms: int) -> None:
    assert lost_wait_ms(lost, chance=0.0) == middle_ms * 3 // 4
    assert lost_wait_ms(lost, chance=0.5) == middle_ms
    assert middle_ms < lost_wait_ms(lost, chance=0.999) < middle_ms * 5 // 4


@given(number=st.integers(1, 10**9), chance=CHANCE)
def test_no_wait_is_longer_than_dingtalks_own_penalty(number: int, chance: float) -> None:
    assert 750 <= lost_wait_ms(number, chance=chance) <= MAX_WAIT_MS == 600_000
    assert 750 <= fault_wait_ms(number, chance=chance) <= 375_000


def test_a_service_in_trouble_is_asked_ever_less_often_and_its_end_is_noticed_within_minutes() -> None:
    waits = [fault_wait_ms(faults, chance=0.5) // 1000 for faults in range(1, 12)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(probes=st.integers(1, 10**9), chance=CHANCE)
def test_a_network_that_is_back_is_noticed_within_75_seconds(probes: int, chance: float) -> None:
    assert 1_500 <= offline_wait_ms(probes, chance=chance) <= 75_000


def test_probes_without_network_become_rarer() -> None:
    waits = [offline_wait_ms(probes, chance=0.5) for probes in range(1, 9)]
    assert waits == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
