from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.deadline import after

MS = st.integers(0, 10**9)


@given(wait=MS, wall=MS, steady=MS, passed=MS)
def test_it_is_reached_when_the_time_has_passed_and_not_before(wait: int, wall: int, steady: int, passed: int) -> None:
    deadline = after(wait, wall_ms=wall, steady_ms=steady)
    assert deadline.left_ms(wall_ms=wall + passed, steady_ms=steady + passed) == max(0, wait - passed)


@given(wait=MS, wall=MS, steady=MS, passed=MS, jump=st.integers(-(10**12), 0))
def test_a_wall_clock_set_back_does_not_stretch_it(wait: int, wall: int, steady: int, passed: int, jump: int) -> None:
    deadline = after(wait, wall_ms=wall, steady_ms=steady)
    assert deadline.left_ms(wall_ms=wall + passed + jump, steady_ms=steady + passed) == max(0, wait - passed)


@given(wait=MS, wall=MS, steady=MS, slept=MS)
def test_a_machine_that_slept_does_not_stretch_it(wait: int, wall: int, steady: int, slept: int) -> None:
    deadline = after(wait, wall_ms=wall, steady_ms=steady)
    assert deadline.left_ms(wall_ms=wall + slept, steady_ms=steady) == max(0, wait - slept)
