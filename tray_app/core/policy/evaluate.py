"""What the policy says to one call: a function of the policy, the call, the counters, the owner's passes and the time.

The order of the rules: hidden, the tool's own stance (or `default`), `require`, `deny_if`, limits, approval. Whatever
was refused or throttled counts nowhere; a call that has to be asked counts, until it is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import HIDE, CompiledPolicy, Rule, ToolRules, compile_policy
from tray_app.core.policy.limits import ClosestLimit, LimitState, closest, counted, limit_states, longest_wait
from tray_app.core.policy.model import LimitScope, Policy, Risk
from tray_app.core.policy.overrides import NO_OVERRIDES, Override, Overrides, session_override
from tray_app.core.policy.verdict import Allow, Ask, CounterKey, Deny, Throttle, Verdict

OVERRIDE_EVERYTHING, OVERRIDE_ONCE, OVERRIDE_SESSION = "pass.everything", "pass.once", "pass.session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool. `grant` is the client's name (its token), `session` empty where it is not known."""

    tool: str
    risk: Risk
    arguments: Mapping[str, object]
    grant: str
    session: str = ""

    def holders(self) -> Mapping[LimitScope, str]:
        """Who is counted: a call of an unknown session counts as its client's."""
        return {LimitScope.GRANT: self.grant, LimitScope.SESSION: self.session or self.grant, LimitScope.GLOBAL: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The verdict and the counters that it changed, to be kept in place of the old ones.

    `closest` is the limit closest to its end before this call (of a throttled one: the limit that throttled it); None
    where none applies, and for what was refused.
    """

    verdict: Verdict
    counters: Mapping[CounterKey, Window]
    closest: ClosestLimit | None = None


def decide(
    policy: Policy,
    call: Call,
    counters: Mapping[CounterKey, Window],
    *,
    overrides: Overrides = NO_OVERRIDES,
    now_ms: int,
) -> Decided:
    """Decide about one call at `now_ms` (steady milliseconds). Total, and the same for the same values.

    Whoever decides more than once keeps the compiled policy, and decides by that.
    """
    return decide_by(compile_policy(policy), call, counters, overrides=overrides, now_ms=now_ms)


def decide_by(
    compile_policy: CompiledPolicy,
    call: Call,
    counters: Mapping[CounterKey, Window],
    *,
    overrides: Overrides = NO_OVERRIDES,
    now_ms: int,
) -> Decided:
    """Decide as `decide` does, by a policy that is worked out already."""
    rules = compile_policy.of(call.tool)
    states = limit_states(rules.limits, call.holders(), counters, now_ms)
    verdict = _said(rules, call, states, now_ms)
    verdict = _observed(verdict) if compile_policy.observes else _passed(verdict, call, overrides, states, now_ms)
    if isinstance(verdict, Allow | Ask) and verdict.counted:
        changed = {
            state.counter_key: state.window.with_event(now_ms, window_ms=state.counter_key.window_ms)
            for state in states
        }
    else:
        changed = {state.counter_key: state.window for state in states if state.mended}
    return Decided(verdict=verdict, counters=changed, closest=_closest(verdict, states))


def refund(window: Window, at_ms: int) -> Window:
    """Take out one event that was counted at `at_ms`; nothing where it has left the window meanwhile."""
    return window.without_event(at_ms)


def _said(rules: ToolRules, call: Call, states: Sequence[LimitState], now_ms: int) -> Verdict:
    """Judge by the file alone."""
    values = [look.value(call.arguments) for look in rules.looks]
    stopped = _first(rules.refuse, values)
    if stopped is not None:
        return Deny(rule=stopped.name, reason=stopped.reason)
    late = longest_wait(states, now_ms)
    if late is not None:
        return late
    counter_keys, stopped = counted(states), _first(rules.ask, values)
    if stopped is not None:
        return Ask(rule=stopped.name, reason=stopped.reason, counted=counter_keys)
    return Allow(rule=rules.name, counted=counter_keys)


def _first(rules: Iterable[Rule], values: Sequence[object]) -> Rule | None:
    """Find the first rule that stops the call; one that cannot be said does."""
    for rule in rules:
        if rule.check(values[rule.at]) is not rule.good:
            return rule
    return None


def _observed(verdict: Verdict) -> Allow:
    """Let it through, and say what would have been."""
    match verdict:
        case Allow():
            return verdict
        case Ask():
            return Allow(rule=verdict.rule, counted=verdict.counted, would=verdict)
        case Deny() | Throttle():
            return Allow(rule=verdict.rule, would=verdict)


def _passed(verdict: Verdict, call: Call, overrides: Overrides, states: Sequence[LimitState], now_ms: int) -> Verdict:
    """Let through what a pass is for; a single call's pass is used only where nothing else would do."""
    if isinstance(verdict, Allow) or verdict.rule == HIDE:
        return verdict
    until_ms = overrides.everything_until_ms
    if until_ms is not None and now_ms < until_ms and call.risk is not Risk.CONFIGURE:
        return Allow(rule=OVERRIDE_EVERYTHING, counted=counted(states))
    if isinstance(verdict, Ask) and overrides.sessions and call.session:
        session = session_override(call.tool, grant=call.grant, session=call.session)
        if session in overrides.sessions:
            return Allow(rule=OVERRIDE_SESSION, counted=counted(states))
    if Override(tool=call.tool, whose=call.grant) in overrides.once:
        return Allow(rule=OVERRIDE_ONCE, counted=counted(states))
    return verdict


def _closest(verdict: Verdict, states: Sequence[LimitState]) -> ClosestLimit | None:
    late = verdict.would if isinstance(verdict, Allow) else verdict
    if isinstance(late, Deny):
        return None
    if isinstance(late, Throttle):
        return ClosestLimit(counter_key=late.counter_key, used=late.used, most=late.most)
    return closest(states)
