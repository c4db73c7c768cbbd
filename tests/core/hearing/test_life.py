"""The life of the connection people are heard through, whatever happens to it in whatever order."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.hearing.life import CloseOne, OpenOne, Pace, Step, StreamLife
from tray_app.core.hearing.status import StreamPhase, status_of
from tray_app.core.hearing.stream import NotOpened, StreamRefusal
from tray_app.core.kernel.texts import text

PACE = Pace()
WRONG = NotOpened(
    refusal=StreamRefusal.OWNER, reason=text("stream.secret_wrong"), hint=text("stream.secret_wrong_hint")
)
AWAY = NotOpened(refusal=StreamRefusal.NETWORK, reason=text("stream.no_answer"), hint=text("stream.network_hint"))


@dataclass
class World:
    """Does what the life asks for; `there` are the connections that exist, in the order in which they came."""

    life: StreamLife = field(default_factory=StreamLife)
    now_ms: int = 1_000_000
    asked: list[int] = field(default_factory=list)
    there: list[int] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def does(self, step: Step) -> None:
        self.life, commands = step
        for command in commands:
            match command:
                case OpenOne(number=number):
                    assert number not in self.asked, "a number is used once: each connection has a ticket of its own"
                    assert not self.there or self.there == [self.life.leaving]
                    self.asked.append(number)
                    self.log.append(f"open {number}")
                case CloseOne(number=number):
                    self.log.append(f"close {number}")
                    if number in self.there:
                        self.there.remove(number)

    def start(self) -> None:
        self.does(self.life.started(self.now_ms))

    def open(self) -> int:
        number = self.life.opening
        self.there.append(number)
        self.does(self.life.opened(number, self.now_ms))
        return number

    def fail(self, why: NotOpened = AWAY, chance: float = 0.0) -> None:
        self.does(self.life.failed_to_open(self.life.opening, why, self.now_ms, chance))

    def lose(self, number: int) -> None:
        self.there.remove(number)
        self.does(self.life.lost(number, self.now_ms, 0.0))

    def leave(self, number: int) -> None:
        self.does(self.life.left(number, self.now_ms, 0.0))

    def passes(self, ms: int, chance: float = 0.0) -> None:
        """Let time pass, looking whenever it is asked for."""
        until_ms = self.now_ms + ms
        while (next_ms := self.life.next_ms) is not None and next_ms <= until_ms:
            self.now_ms = max(next_ms, self.now_ms)
            before = self.life
            self.does(self.life.looked(self.now_ms, chance))
            assert self.life != before, "looking in time goes on"
        self.now_ms = until_ms


def live(world: World) -> int:
    world.start()
    return world.open()


def test_the_next_connection_is_there_before_the_old_one_goes() -> None:
    world = World()
    first = live(world)
    world.passes(PACE.steady_ms)

    world.leave(first)
    assert status_of(world.life).phase is StreamPhase.CONNECTED
    world.open()

    assert world.log == ["open 1", "open 2", "close 1"]
    assert status_of(world.life).phase is StreamPhase.CONNECTED


def test_where_the_next_one_fails_the_old_one_goes_and_it_is_tried_again() -> None:
    world = World()
    world.leave(live(world))
    world.fail()

    assert world.log == ["open 1", "open 2", "close 1"]
    assert status_of(world.life).phase is StreamPhase.RECONNECTING
    world.passes(PACE.first_ms * 2)
    assert world.log[-1] == "open 3"


def test_a_service_that_sends_away_whoever_comes_is_asked_ever_more_rarely() -> None:
    world = World()
    live(world)
    for _ in range(40):
        world.leave(world.life.live)
        while not world.life.opening:
            world.passes(100)
        world.open()

    assert world.now_ms - 1_000_000 > 20 * PACE.most_ms / 2


def test_tries_grow_rarer_up_to_a_minute_and_a_good_connection_begins_anew() -> None:
    world = World()
    world.start()
    waits = []
    for _ in range(10):
        world.fail()
        assert world.life.due_ms is not None
        waits.append(world.life.due_ms - world.now_ms)
        world.passes(waits[-1])
    assert waits == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]

    first = world.open()
    world.passes(PACE.steady_ms)
    world.lose(first)
    assert world.life.due_ms == world.now_ms + 500


@given(chance=st.floats(0, 1, exclude_max=True), tries=st.integers(0, 100))
def test_chance_spreads_the_tries_within_the_usual_time(chance: float, tries: int) -> None:
    life = StreamLife(running=True, opening=1, tries=tries)
    failed, _ = life.failed_to_open(1, AWAY, 0, chance)
    usual_ms = min(PACE.first_ms << min(tries, 20), PACE.most_ms)

    assert failed.due_ms is not None
    assert usual_ms // 2 <= failed.due_ms <= usual_ms


def test_what_may_mend_itself_is_nobodys_problem_for_half_a_minute() -> None:
    world = World()
    world.lose(live(world))
    for lasting in (False, False, False, False, False, True, True):
        assert status_of(world.life).lasting is lasting
        world.passes(PACE.most_ms)
        world.fail()

    world.start()
    world.passes(PACE.most_ms)
    world.open()
    assert not status_of(world.life).lasting
    assert status_of(StreamLife(running=True, opening=1).failed_to_open(1, WRONG, 0, 0.0)[0]).lasting


def test_what_only_the_owner_can_mend_is_tried_every_few_minutes_and_at_once_when_woken() -> None:
    world = World()
    world.start()
    world.fail(WRONG)

    assert status_of(world.life).phase is StreamPhase.REFUSED
    world.passes(PACE.owner_ms - 1)
    assert world.log == ["open 1"]
    world.start()
    assert world.log == ["open 1", "open 2"]


def test_who_is_woken_again_and_again_asks_once_a_second_at_most() -> None:
    world = World()
    world.start()
    world.fail(WRONG)
    for _ in range(100):
        world.passes(100)
        world.start()
        if world.life.opening:
            world.fail(WRONG)

    assert len(world.asked) == 11


def test_its_pace_is_kept_when_it_ends() -> None:
    life = StreamLife(pace=Pace(first_ms=7))

    assert life.started(0)[0].stopped()[0].pace == life.pace


def test_a_service_that_asks_to_wait_is_waited_for() -> None:
    world = World()
    world.start()
    world.fail(NotOpened(refusal=StreamRefusal.WAIT, reason=AWAY.reason, hint=AWAY.hint, after_ms=300_000))

    world.passes(299_999)
    assert world.log == ["open 1"]
    world.passes(1)
    assert world.log == ["open 1", "open 2"]


def test_a_connection_that_used_to_ask_and_says_nothing_any_more_is_replaced() -> None:
    world = World()
    first = live(world)
    for _ in range(4):
        world.passes(25_000)
        world.life = world.life.framed(first, world.now_ms, ping=True)

    world.passes(PACE.quiet_ms - 1)
    assert world.log == ["open 1"]
    world.passes(1)
    assert world.log == ["open 1", "open 2"]


def test_one_that_never_asked_may_be_silent_for_longer() -> None:
    world = World()
    live(world)

    world.passes(PACE.still_ms - 1)
    assert world.log == ["open 1"]
    world.passes(1)
    assert world.log == ["open 1", "open 2"]


def test_a_service_that_asks_rarely_is_given_three_times_as_long() -> None:
    world = World()
    first = live(world)
    for _ in range(3):
        world.passes(120_000)
        world.life = world.life.framed(first, world.now_ms, ping=True)

    world.passes(359_999)
    assert world.log == ["open 1"]
    world.passes(1)
    assert world.log == ["open 1", "open 2"]


def test_a_computer_that_slept_connects_anew_when_it_wakes() -> None:
    world = World()
    live(world)
    world.now_ms += PACE.most_ms + PACE.asleep_ms  # no longer than a busy computer may look late
    world.does(world.life.looked(world.now_ms, 0.0))
    assert world.log == ["open 1"]

    world.now_ms += PACE.most_ms + PACE.asleep_ms + 1
    world.does(world.life.looked(world.now_ms, 0.0))
    assert world.log == ["open 1", "open 2"]


def test_one_that_wakes_while_it_waits_tries_at_once() -> None:
    world = World()
    world.start()
    world.fail(WRONG)
    world.now_ms += PACE.most_ms + PACE.asleep_ms + 1
    world.does(world.life.looked(world.now_ms, 0.0))

    assert world.log == ["open 1", "open 2"]


def test_an_old_connection_that_ends_by_itself_is_forgotten() -> None:
    world = World()
    first = live(world)
    world.leave(first)
    world.lose(first)
    assert status_of(world.life).phase is StreamPhase.CONNECTING
    world.open()

    assert (world.log, world.there) == (["open 1", "open 2"], [2])


def test_what_is_told_of_others_changes_nothing() -> None:
    world = World()
    live(world)
    before = world.life
    for number in (0, 7):
        for step in (
            before.lost(number, world.now_ms, 0.0),
            before.left(number, world.now_ms, 0.0),
            before.failed_to_open(number, AWAY, world.now_ms, 0.0),
        ):
            assert step == (before, ())
    assert before.framed(7, world.now_ms + 5) == before
    assert before.opened(7, world.now_ms) == (before, (CloseOne(number=7),))


def test_what_one_connection_used_to_do_is_not_asked_of_the_next() -> None:
    world = World()
    first = live(world)
    for _ in range(3):
        world.passes(25_000)
        world.life = world.life.framed(first, world.now_ms, ping=True)
    world.leave(first)
    second = world.open()
    world.life = world.life.framed(second, world.now_ms + 1)

    world.passes(PACE.still_ms)
    assert world.log == ["open 1", "open 2", "close 1"]


def test_people_hear_why_there_is_none() -> None:
    world = World()
    world.lose(live(world))
    assert status_of(world.life).reason == text("stream.lost")
    world.passes(1_000)
    second = world.open()
    assert status_of(world.life).phase is StreamPhase.CONNECTED
    world.leave(second)
    assert status_of(world.life).reason == text("stream.left")
    assert status_of(world.life).hint == text("stream.wait_hint")


def test_somebody_elses_connection_is_closed_before_the_next_one() -> None:
    world = World()
    live(world)
    world.does(world.life.replaced(world.now_ms))

    assert world.log == ["open 1", "close 1", "open 2"]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["start", "stop", "replace", "open", "fail", "wrong", "lose", "leave", "frame", "look", "sleep"]
        ),
        st.sampled_from([0, 10, 1_000, 20_000, 400_000]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 3),
    ),
    max_size=60,
)


@given(EVENTS)
def test_whatever_happens_at_most_one_is_live_none_is_forgotten_and_it_never_stops_trying(
    events: list[tuple[str, int, float, int]],
) -> None:
    world = World()
    live(world)
    for what, ms, chance, which in events:
        world.passes(ms, chance)
        life, now_ms = world.life, world.now_ms
        number = world.there[which % len(world.there)] if world.there else which
        match what:
            case "start":
                world.does(life.started(now_ms))
            case "stop":
                world.does(life.stopped())
            case "replace" if life.running:
                world.does(life.replaced(now_ms))
            case "open" if life.opening:
                world.open()
            case "fail" | "wrong":
                world.does(
                    life.failed_to_open(life.opening or which, WRONG if what == "wrong" else AWAY, now_ms, chance)
                )
            case "lose" if world.there:
                world.lose(number)
            case "leave":
                world.does(life.left(number, now_ms, chance))
            case "frame":
                world.life = life.framed(number, now_ms, ping=which > 0)
            case "look":
                world.does(life.looked(now_ms, chance))
            case "sleep":
                world.now_ms += 3_600_000
        now = world.life
        assert world.there == [number for number in (now.leaving, now.live) if number]
        assert not (now.live and now.opening)
        assert now.running == (now.next_ms is not None) == bool(now.live or now.opening or now.due_ms is not None)
        status_of(now)
