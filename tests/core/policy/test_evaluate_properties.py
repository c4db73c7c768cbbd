"""What holds for every policy, call and clock: total, the same each time, never too many, never stuck."""

import random
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.policies import NAMES, TOOLS, anything, policies
from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import compile_policy
from tray_app.core.policy.conditions import check_of, value_at
from tray_app.core.policy.evaluate import Call, Decided, decide, decide_by, refund
from tray_app.core.policy.model import Limit, LimitScope, Mode, Policy, Risk, Stance, ToolPolicy
from tray_app.core.policy.overrides import Override, Overrides
from tray_app.core.policy.verdict import Allow, Ask, CounterKey, Deny, Throttle

WINDOW_MS = 60_000
GAPS = st.lists(st.integers(0, 30_000), max_size=60)
MOST = st.integers(1, 6)


def call(rand: random.Random) -> Call:
    """Give any call, also of a tool that there is not."""
    tool = rand.choice([*NAMES, "nonsense"])
    known = sorted(TOOLS[tool].arguments) if tool in TOOLS else []
    arguments = {name: anything(rand) for name in [*known, "other"] if rand.random() < 0.7}
    risk = TOOLS[tool].risk if tool in TOOLS else Risk.WRITE
    return Call(tool=tool, risk=risk, arguments=arguments, grant=rand.choice("ab"), session=rand.choice(["", "s"]))


def overrides(rand: random.Random) -> Overrides:
    everything = rand.choice([None, 0, 10**9])
    some = [
        frozenset(Override(tool=rand.choice(NAMES), whose=rand.choice(["a", "b", "a/s"])) for _ in range(2))
        for _ in range(2)
    ]
    return Overrides(everything_until_ms=everything, once=some[0], sessions=some[1])


@settings(max_examples=60, deadline=None)
@given(policies(), st.integers(0, 2**64))
def test_every_call_gets_one_verdict_the_same_each_time_and_only_what_goes_on_counts(policy: Policy, seed: int) -> None:
    rand = random.Random(seed)
    counters: dict[CounterKey, Window] = {}
    rules = compile_policy(policy)
    for now_ms in sorted(rand.randrange(10**6) for _ in range(6)):
        of, during = call(rand), overrides(rand)
        decided = decide(policy, of, counters, overrides=during, now_ms=now_ms)
        assert decided == decide(policy, of, dict(counters), overrides=during, now_ms=now_ms)
        assert decided == decide_by(rules, of, counters, overrides=during, now_ms=now_ms)
        _is_sound(decided, policy, counters, now_ms)
        counters |= decided.counters


@settings(max_examples=60, deadline=None)
@given(policies(), st.integers(0, 2**64))
def test_the_first_condition_of_the_file_that_stops_a_call_is_named(policy: Policy, seed: int) -> None:
    of = call(random.Random(seed))
    tool = policy.tools.get(of.tool)
    verdict = decide(replace(policy, mode=Mode.ENFORCE), of, {}, now_ms=0).verdict
    if tool is None or policy.hides(of.tool) or tool.stance is Stance.DENY:
        return
    conditions = [
        *((f"require[{at}]", each, True) for at, each in enumerate(tool.require)),
        *((f"deny_if[{at}]", each, False) for at, each in enumerate(tool.deny_if)),
    ]
    asks = [(f"require_approval_if[{at}]", each, False) for at, each in enumerate(tool.ask_if)]
    conditions += [] if tool.stance is Stance.ASK else asks
    stops = [
        f"tools.{of.tool}.{place}"
        for place, each, good in conditions
        if check_of(each)(value_at(of.arguments, each.path)) is not good
    ]
    last = f"tools.{of.tool}" + (".action" if tool.stance is Stance.ASK else "")
    assert verdict.rule == [*stops, last][0]


def _is_sound(decided: Decided, policy: Policy, before: dict[CounterKey, Window], now_ms: int) -> None:
    verdict = decided.verdict
    if isinstance(verdict, Deny | Throttle):
        assert decided.counters == {}
        assert policy.mode is Mode.ENFORCE
    else:
        assert decided.counters.keys() == set(verdict.counted)
        for counter_key, window in decided.counters.items():
            kept = before.get(counter_key, Window()).times
            in_window = tuple(time for time in kept if time > now_ms - counter_key.window_ms)
            assert refund(window, now_ms).times == in_window
    if isinstance(verdict, Allow) and verdict.would is None and not verdict.rule.startswith("pass."):
        assert decided.closest is None or decided.closest.used < decided.closest.most


def one_limit(most: int) -> tuple[Policy, Call]:
    limit = Limit(counter="c", window_ms=WINDOW_MS, most=most, scope=LimitScope.GRANT)
    of = Call(tool="t", risk=Risk.WRITE, arguments={}, grant="g")
    return Policy(tools={"t": ToolPolicy(limits=(limit,))}), of


class Limiter:
    """One limit and its counter."""

    def __init__(self, most: int) -> None:
        self._policy, self._call = one_limit(most)
        self._counters: dict[CounterKey, Window] = {}

    def wait_ms(self, now_ms: int) -> int:
        """Call; give 0 where it was let through, else how long to wait."""
        decided = decide(self._policy, self._call, self._counters, now_ms=now_ms)
        self._counters.update(decided.counters)
        match decided.verdict:
            case Throttle(retry_after_ms=wait_ms):
                return wait_ms
            case Allow():
                return 0
            case other:
                raise AssertionError(other)


def _never_more(times: list[int], most: int) -> bool:
    return all(later - earlier >= WINDOW_MS for later, earlier in zip(times[most:], times, strict=False))


@given(gaps=GAPS, most=MOST)
def test_no_window_ever_holds_more_calls_than_its_limit(gaps: list[int], most: int) -> None:
    limiter, now_ms, through = Limiter(most), 0, list[int]()
    for gap in gaps:
        now_ms += gap
        if limiter.wait_ms(now_ms) == 0:
            through.append(now_ms)
    assert _never_more(through, most)
    assert len(through) == len(gaps) or len(through) >= most


@given(gaps=st.lists(st.tuples(st.integers(0, 30_000), st.integers(-200_000, 0)), max_size=60), most=MOST)
def test_a_clock_that_goes_back_lets_no_more_through(gaps: list[tuple[int, int]], most: int) -> None:
    limiter, true_ms, behind_ms, through = Limiter(most), 0, 0, list[int]()
    for gap, jump in gaps:
        true_ms, behind_ms = true_ms + gap, behind_ms + (jump if gap % 3 == 0 else 0)
        if limiter.wait_ms(true_ms + behind_ms) == 0:
            through.append(true_ms)
    assert _never_more(through, most)


@given(jumps=st.lists(st.integers(-(10**9), 10**9), max_size=40), most=MOST)
def test_whatever_the_clock_did_the_wait_is_at_most_a_window_and_then_a_call_passes(
    jumps: list[int], most: int
) -> None:
    limiter, now_ms = Limiter(most), 0
    for jump in jumps:
        now_ms += jump
        wait_ms = limiter.wait_ms(now_ms)
        assert 0 <= wait_ms <= WINDOW_MS
        if wait_ms and jump % 2:
            now_ms += wait_ms
            assert limiter.wait_ms(now_ms - 1) == 1
            assert limiter.wait_ms(now_ms) == 0


@given(gaps=GAPS, most=MOST, given_back=st.integers(0, 59))
def test_a_quota_given_back_makes_room_for_exactly_one(gaps: list[int], most: int, given_back: int) -> None:
    policy, of = one_limit(most)
    counter_key = CounterKey(counter="c", scope=LimitScope.GRANT, whose="g", window_ms=WINDOW_MS)
    window, now_ms, through = Window(), 0, list[int]()
    for gap in gaps:
        now_ms += gap
        decided = decide(policy, of, {counter_key: window}, now_ms=now_ms)
        if isinstance(decided.verdict, Allow | Ask):
            window = decided.counters[counter_key]
            through.append(now_ms)
    assume(through)
    at_ms = through[given_back % len(through)]
    after = refund(window, at_ms)
    assert window.used(now_ms, window_ms=WINDOW_MS) - after.used(now_ms, window_ms=WINDOW_MS) == (
        at_ms > now_ms - WINDOW_MS
    )
