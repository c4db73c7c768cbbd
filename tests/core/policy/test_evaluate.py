"""What the policy says to a call, rule by rule; counters, passes and observing."""

from collections.abc import Mapping

import pytest

from tray_app.core.kernel.texts import text
from tray_app.core.kernel.windows import Window
from tray_app.core.policy.evaluate import Call, Decided, decide, refund
from tray_app.core.policy.limits import ClosestLimit
from tray_app.core.policy.model import Condition, Limit, LimitScope, Mode, Op, Policy, Risk, Stance, ToolPolicy
from tray_app.core.policy.overrides import NO_OVERRIDES, Override, Overrides, session_override
from tray_app.core.policy.verdict import Allow, Ask, CounterKey, Deny, Throttle

MINUTE, HOUR = 60_000, 3_600_000


def call(tool: str = "send", *, grant: str = "claude", session: str = "s1", **arguments: object) -> Call:
    return Call(tool=tool, risk=Risk.WRITE, arguments=arguments, grant=grant, session=session)


def limit(most: int, *, counter: str = "c", window_ms: int = MINUTE, scope: LimitScope = LimitScope.GRANT) -> Limit:
    return Limit(counter=counter, window_ms=window_ms, most=most, scope=scope)


def counter_key(
    counter: str = "c", *, scope: LimitScope = LimitScope.GRANT, whose: str = "claude", window_ms: int = MINUTE
) -> CounterKey:
    return CounterKey(counter=counter, scope=scope, whose=whose, window_ms=window_ms)


def one(**of: object) -> Policy:
    return Policy(tools={"send": ToolPolicy(**of)})  # type: ignore[arg-type] # whatever the test says


class Counting:
    """Keeps the counters from call to call, as the gate does."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.counters: dict[CounterKey, Window] = {}

    def __call__(self, said: Call, *, now_ms: int = 0, overrides: Overrides = NO_OVERRIDES) -> Decided:
        decided = decide(self.policy, said, self.counters, overrides=overrides, now_ms=now_ms)
        self.counters.update(decided.counters)
        return decided


def said(
    policy: Policy,
    of: Call,
    *,
    overrides: Overrides = NO_OVERRIDES,
    counters: Mapping[CounterKey, Window] | None = None,
) -> object:
    return decide(policy, of, counters or {}, overrides=overrides, now_ms=1_000).verdict


def test_a_tool_that_the_file_does_not_name_follows_the_default() -> None:
    assert said(Policy(default=Stance.DENY), call()) == Deny(rule="default", reason=text("policy.not_listed"))
    assert said(Policy(default=Stance.ALLOW), call()) == Allow(rule="default")
    assert said(one(), call()) == Allow(rule="tools.send")


def test_a_hidden_tool_is_denied_before_anything_else_and_no_pass_shows_it() -> None:
    hidden = Deny(rule="hide", reason=text("policy.hidden"))
    every = Overrides(everything_until_ms=10**9, once=frozenset({Override(tool="send", whose="claude")}))
    for policy in (Policy(default=Stance.ALLOW, hide=frozenset({"send"})), Policy(hide_all=True)):
        assert said(policy, call()) == said(policy, call(), overrides=every) == hidden


def test_a_denied_tool_says_the_owners_words_or_ours() -> None:
    denied = Deny(rule="tools.send.action", reason=text("policy.denied"))
    assert said(one(stance=Stance.DENY), call()) == denied
    own = said(one(stance=Stance.DENY, reason="Not on Fridays"), call())
    assert own == Deny(rule="tools.send.action", reason=text("policy.own_words", words="Not on Fridays"))


def test_a_tool_that_asks_says_the_owners_words_or_ours() -> None:
    assert said(one(stance=Stance.ASK), call()) == Ask(rule="tools.send.action", reason=text("policy.asks"))
    own = said(one(stance=Stance.ASK, reason="I read these first"), call())
    assert own == Ask(rule="tools.send.action", reason=text("policy.own_words", words="I read these first"))


AT_ALL = Condition(path=("atAll",), op=Op.EQ, value=True)


def test_everything_required_must_be_true_and_the_first_that_is_not_is_named() -> None:
    short = Condition(path=("robot",), op=Op.IN, value=("dev", "test"), reason="Only the small groups")
    policy = one(require=(AT_ALL, short))
    assert said(policy, call(atAll=True, robot="dev")) == Allow(rule="tools.send")
    unmet = text("policy.unmet", condition="args.atAll eq true")
    assert said(policy, call(robot="dev")) == Deny(rule="tools.send.require[0]", reason=unmet)
    words = text("policy.own_words", words="Only the small groups")
    assert said(policy, call(atAll=True)) == Deny(rule="tools.send.require[1]", reason=words)


def test_a_condition_may_look_at_all_arguments_at_once() -> None:
    whole = Condition(path=(), op=Op.EQ, value=True)
    assert said(one(deny_if=(whole, AT_ALL)), call(atAll=False)) == Allow(rule="tools.send")
    refused = said(one(deny_if=(whole, AT_ALL)), call(atAll=True))
    assert isinstance(refused, Deny)
    assert refused.rule == "tools.send.deny_if[1]"


def test_any_deny_if_refuses_and_any_ask_if_asks() -> None:
    rude = Condition(path=("content",), op=Op.CONTAINS, value="damn")
    refused = Deny(rule="tools.send.deny_if[1]", reason=text("policy.met", condition='args.content contains "damn"'))
    assert said(one(deny_if=(AT_ALL, rude)), call(content="damn it")) == refused
    asked = Ask(rule="tools.send.require_approval_if[0]", reason=text("policy.asks_if", condition="args.atAll eq true"))
    assert said(one(ask_if=(AT_ALL, rude)), call(atAll=True)) == asked
    assert said(one(ask_if=(AT_ALL, rude)), call(atAll=False, content="fine")) == Allow(rule="tools.send")


def test_a_limit_lets_so_many_through_and_says_when_the_next_may_come() -> None:
    gate = Counting(one(limits=(limit(2),)))
    first = gate(call(), now_ms=0)
    assert first.verdict == Allow(rule="tools.send", counted=(counter_key(),))
    assert (first.closest.used, first.closest.most, first.closest.counter) == (0, 2, "c") if first.closest else False
    gate(call(), now_ms=10_000)
    late = gate(call(), now_ms=20_000)
    assert late.verdict == Throttle(
        rule="tools.send.limits[0]", counter_key=counter_key(), used=2, most=2, retry_after_ms=MINUTE - 20_000
    )
    assert late.counters == {}
    assert gate(call(), now_ms=MINUTE - 1).verdict != first.verdict
    assert gate(call(), now_ms=MINUTE).verdict == first.verdict


def test_of_several_used_up_limits_the_longest_wait_is_named() -> None:
    gate = Counting(
        Policy(limits=(limit(1, counter="all", window_ms=HOUR),), tools={"send": ToolPolicy(limits=(limit(1),))})
    )
    gate(call(), now_ms=0)
    late = gate(call(), now_ms=1_000).verdict
    assert isinstance(late, Throttle)
    assert (late.rule, late.retry_after_ms) == ("all_tools.limits[0]", HOUR - 1_000)
    later = gate(call(), now_ms=2 * MINUTE).verdict
    assert isinstance(later, Throttle)
    assert (later.rule, later.used, later.retry_after_ms) == ("all_tools.limits[0]", 1, HOUR - 2 * MINUTE)


def test_a_limit_with_room_hides_none_behind_it_and_of_equal_waits_the_first_is_named() -> None:
    limits = (limit(9, counter="wide"), limit(1, counter="one"), limit(1, counter="other"))
    gate = Counting(one(limits=limits))
    gate(call(), now_ms=0)
    late = gate(call(), now_ms=1_000).verdict
    assert isinstance(late, Throttle)
    assert late.rule == "tools.send.limits[1]"


def test_scopes_count_by_client_session_and_together() -> None:
    for scope, same, other in [
        (LimitScope.GRANT, call(session="s2"), call(grant="codex")),
        (LimitScope.SESSION, call(grant="codex"), call(session="s2")),
    ]:
        gate = Counting(one(limits=(limit(1, scope=scope),)))
        gate(call())
        assert isinstance(gate(same).verdict, Throttle)
        assert isinstance(gate(other).verdict, Allow)
    gate = Counting(one(limits=(limit(1, scope=LimitScope.GLOBAL),)))
    assert gate(call()).counters.keys() == {counter_key(scope=LimitScope.GLOBAL, whose="")}
    assert isinstance(gate(call(grant="codex", session="s9")).verdict, Throttle)


def test_a_call_of_an_unknown_session_counts_as_its_clients() -> None:
    gate = Counting(one(limits=(limit(1, scope=LimitScope.SESSION),)))
    assert gate(call(session="")).counters.keys() == {counter_key(scope=LimitScope.SESSION, whose="claude")}
    assert isinstance(gate(call(session="")).verdict, Throttle)


def test_limits_of_one_name_share_their_counter_across_tools_and_count_a_call_once() -> None:
    gate = Counting(
        Policy(
            limits=(limit(5),),
            tools={"send": ToolPolicy(limits=(limit(2),)), "other": ToolPolicy(limits=(limit(3),))},
        )
    )
    gate(call())
    assert len(gate.counters[counter_key()].times) == 1
    gate(call("other"))
    assert isinstance(gate(call()).verdict, Throttle)
    assert isinstance(gate(call("other")).verdict, Allow)
    assert isinstance(gate(call("other")).verdict, Throttle)


def test_all_tools_limits_count_every_call_of_every_tool() -> None:
    gate = Counting(Policy(default=Stance.ALLOW, limits=(limit(2, counter="all"),)))
    gate(call("one"))
    gate(call("two"))
    assert isinstance(gate(call("three")).verdict, Throttle)


def test_what_is_denied_counts_nowhere_and_what_is_asked_counts() -> None:
    gate = Counting(one(limits=(limit(1),), deny_if=(AT_ALL,)))
    assert gate(call(atAll=True)).counters == {}
    gate = Counting(one(limits=(limit(1),), stance=Stance.ASK))
    asked = gate(call(), now_ms=5)
    assert asked.verdict == Ask(rule="tools.send.action", reason=text("policy.asks"), counted=(counter_key(),))
    assert isinstance(gate(call(), now_ms=6).verdict, Throttle)
    gate.counters[counter_key()] = refund(gate.counters[counter_key()], 5)
    assert isinstance(gate(call(), now_ms=7).verdict, Ask)


def test_a_quota_is_given_back_once_and_never_another_calls() -> None:
    window = Window((5, 5, 9))
    assert refund(window, 5) == Window((5, 9))
    assert refund(window, 7) == refund(window, 0) == refund(window, 99) == window


def test_the_limit_closest_to_its_end_is_told_of_what_is_allowed() -> None:
    gate = Counting(one(limits=(limit(9, counter="wide"), limit(2, counter="tight"))))
    gate(call())
    closest = gate(call()).closest
    assert closest is not None
    assert (closest.counter, closest.used, closest.most) == ("tight", 1, 2)
    assert Counting(one())(call()).closest is None


def test_the_closest_limit_is_the_one_with_the_least_room_however_small_another_is() -> None:
    small = limit(2, counter="small")
    gate = Counting(Policy(default=Stance.ALLOW, limits=(limit(5),), tools={"send": ToolPolicy(limits=(small,))}))
    for _ in range(4):
        gate(call("other"))
    closest = gate(call()).closest
    assert closest is not None
    assert (closest.counter, closest.used, closest.most) == ("c", 4, 5)


@pytest.mark.parametrize("mode", Mode)
def test_of_a_throttled_call_the_limit_that_throttled_it_is_told_and_of_a_denied_one_none(mode: Mode) -> None:
    limits = (limit(1, counter="hour", window_ms=HOUR), limit(1))
    counters = {key: Window((900,)) for key in (counter_key("hour", window_ms=HOUR), counter_key())}
    policy = Policy(mode=mode, tools={"send": ToolPolicy(limits=limits[::-1])})
    closest = decide(policy, call(), counters, now_ms=1_000).closest
    assert closest == ClosestLimit(counter_key=counter_key("hour", window_ms=HOUR), used=1, most=1)
    denied = Policy(mode=mode, tools={"send": ToolPolicy(limits=limits, stance=Stance.DENY)})
    assert decide(denied, call(), counters, now_ms=1_000).closest is None


OBSERVED = {"deny": {"stance": Stance.DENY}, "ask": {"stance": Stance.ASK}, "throttle": {"limits": (limit(1),)}}


@pytest.mark.parametrize("kind", OBSERVED)
def test_observing_refuses_nothing_and_says_what_it_would_have_done(kind: str) -> None:
    tool = ToolPolicy(**OBSERVED[kind])  # type: ignore[arg-type] # one of the three above
    enforced, observed = Policy(tools={"send": tool}), Policy(mode=Mode.OBSERVE, tools={"send": tool})
    counters = {counter_key(): Window((900,))}
    would = said(enforced, call(), counters=counters)
    assert isinstance(would, Deny | Ask | Throttle)
    assert said(observed, call(), counters=counters) == Allow(rule=would.rule, would=would)


def test_observing_counts_what_it_would_have_let_through_or_asked() -> None:
    gate = Counting(Policy(mode=Mode.OBSERVE, tools={"send": ToolPolicy(stance=Stance.ASK, limits=(limit(2),))}))
    for _ in range(5):
        assert isinstance(gate(call()).verdict, Allow)
    assert len(gate.counters[counter_key()].times) == 2


ONCE = Overrides(once=frozenset({Override(tool="send", whose="claude")}))
SESSION = Overrides(sessions=frozenset({session_override("send", grant="claude", session="s1")}))
EVERYTHING = Overrides(everything_until_ms=1_001)


def test_a_pass_for_one_call_lets_it_through_whatever_the_file_says_and_counts_it() -> None:
    full = {counter_key(): Window((900, 901))}
    for tool in (
        ToolPolicy(stance=Stance.DENY, limits=(limit(1),)),
        ToolPolicy(stance=Stance.ASK, limits=(limit(1),)),
        ToolPolicy(limits=(limit(1),)),
    ):
        policy = Policy(tools={"send": tool})
        assert said(policy, call(), overrides=ONCE, counters=full) == Allow(rule="pass.once", counted=(counter_key(),))
    assert isinstance(said(one(stance=Stance.DENY), call(grant="codex"), overrides=ONCE), Deny)
    assert said(one(), call(), overrides=ONCE) == Allow(rule="tools.send")


def test_a_pass_for_a_session_skips_the_question_and_nothing_else() -> None:
    asks = one(stance=Stance.ASK)
    assert said(asks, call(), overrides=SESSION) == Allow(rule="pass.session")
    assert isinstance(said(asks, call(session="s2"), overrides=SESSION), Ask)
    assert isinstance(said(asks, call(grant="codex"), overrides=SESSION), Ask)  # it says to be that session, too
    assert isinstance(said(asks, call(grant="s1", session=""), overrides=SESSION), Ask)
    assert isinstance(said(one(stance=Stance.DENY), call(), overrides=SESSION), Deny)
    asks = one(stance=Stance.ASK, limits=(limit(1),))
    assert isinstance(said(asks, call(), overrides=SESSION, counters={counter_key(): Window((900,))}), Throttle)
    assert said(asks, call(), overrides=SESSION) == Allow(rule="pass.session", counted=(counter_key(),))


def test_allowing_everything_ends_by_itself_and_leaves_what_configures_to_the_policy() -> None:
    for policy in (one(stance=Stance.DENY), one(stance=Stance.ASK), Policy()):
        assert said(policy, call(), overrides=EVERYTHING) == Allow(rule="pass.everything")
        assert not isinstance(said(policy, call(), overrides=Overrides(everything_until_ms=1_000)), Allow)
    limited = one(stance=Stance.DENY, limits=(limit(1),))
    counted = Allow(rule="pass.everything", counted=(counter_key(),))
    assert said(limited, call(), overrides=EVERYTHING) == counted
    configure = Call(tool="send", risk=Risk.CONFIGURE, arguments={}, grant="claude")
    assert isinstance(said(one(stance=Stance.ASK), configure, overrides=EVERYTHING), Ask)
    assert isinstance(said(one(stance=Stance.DENY), configure, overrides=EVERYTHING), Deny)
    assert said(one(stance=Stance.ASK), configure, overrides=ONCE) == Allow(rule="pass.once")


def test_a_pass_for_one_call_is_spared_where_another_would_do() -> None:
    every = Overrides(everything_until_ms=10**9, once=ONCE.once, sessions=SESSION.sessions)
    asks = one(stance=Stance.ASK)
    assert said(asks, call(), overrides=every) == Allow(rule="pass.everything")
    assert said(asks, call(), overrides=Overrides(once=ONCE.once, sessions=SESSION.sessions)) == Allow(
        rule="pass.session"
    )


def test_an_override_of_a_session_holds_for_no_call_whose_session_is_unknown() -> None:
    for session in ("", "s1"):
        allowed = Overrides(sessions=frozenset({session_override("send", grant="claude", session=session)}))
        assert isinstance(said(one(stance=Stance.ASK), call(session=""), overrides=allowed), Ask)


def test_a_pattern_that_cannot_be_said_reads_the_careful_way() -> None:
    slow = Condition(path=("content",), op=Op.REGEX, value="a")
    of = call(content="half of a pair: \ud83d")
    assert isinstance(said(one(require=(slow,)), of), Deny)
    assert isinstance(said(one(deny_if=(slow,)), of), Deny)
    assert isinstance(said(one(ask_if=(slow,)), of), Ask)
