"""One hook waits per session, the newest; each ends once, and what has ended waits no more."""

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.follow_ups.waiters import MOST_WAITING, Waiter, Waiters

SESSIONS = st.integers(0, 4).map(str)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrives"), SESSIONS),
        st.tuples(st.just("over"), SESSIONS),
        st.tuples(st.just("left"), st.integers(0, 30)),
        st.tuples(st.just("none"), st.none()),
    ),
    max_size=40,
)


def waiter(number: int, session: str) -> Waiter:
    return Waiter(id=f"w{number}", agent="claude-code", session=session, since_ms=number)


@given(STEPS)
def test_whatever_happens_one_waits_per_session_and_each_ends_at_most_once(steps: list[tuple[str, object]]) -> None:
    waiters, came, gone = Waiters(), list[Waiter](), list[str]()
    for what, which in steps:
        ended: tuple[Waiter, ...] = ()
        match what:
            case "arrives":
                came.append(waiter(len(came), str(which)))
                waiters, ended = waiters.arrived(came[-1])
                assert waiters.of(str(which)) == came[-1]
            case "over":
                waiters, ended = waiters.over(str(which))
                assert waiters.of(str(which)) is None
            case "left" if isinstance(which, int) and which < len(came):
                if waiters.of(came[which].session) == came[which]:
                    gone.append(came[which].id)
                waiters = waiters.left(came[which])
            case "none":
                waiters, ended = waiters.none()
                assert not waiters.by_session
        gone += [one.id for one in ended]
        assert len(gone) == len(set(gone))
        assert {one.id for one in waiters.by_session.values()} == {one.id for one in came} - set(gone)
        assert all(name == one.session for name, one in waiters.by_session.items())


def test_so_many_wait_at_most_and_the_oldest_gives_way() -> None:
    waiters = Waiters()
    for number in range(MOST_WAITING):
        waiters, ended = waiters.arrived(waiter(number, f"s{number}"))
        assert ended == ()
    waiters, ended = waiters.arrived(waiter(MOST_WAITING, "one more"))
    assert [one.id for one in ended] == ["w0"]
    assert len(waiters.by_session) == MOST_WAITING
