"""What the policy says to one call: a function of the policy, the call, the counters, the owner's passes and the time.

The order of the rules: hidden, the tool's own stance (or `default`), `require`, `deny_if`, limits, approval. Whatever
was refused or throttled counts nowhere; a call that has to be asked counts, until it is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import HIDE, Rule, Rulebook, ToolRules, rulebook
from tray_app.core.policy.conditions import value_at
from tray_app.core.policy.limits import Closest, Meter, closest, counted, longest_wait, meters_of
from tray_app.core.policy.model import Policy, Risk, Scope
from tray_app.core.policy.overrides import NO_PASSES, Pass, Passes, of_session
from tray_app.core.policy.verdict import Allow, Ask, Deny, Tally, Throttle, Verdict

PASS_EVERYTHING, PASS_ONCE, PASS_SESSION = "pass.everything", "pass.once", "pass.session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool. `grant` is the client's name (its token), `session` empty where it is not known."""

    tool: str
    risk: Risk
    arguments: Mapping[str, object]
    grant: str
    session: str = ""

    def holders(self) -> Mapping[Scope, str]:
        """Who is counted: a call of an unknown session counts as its client's."""
        return {Scope.GRANT: self.grant, Scope.SESSION: self.session or self.grant, Scope.GLOBAL: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The verdict and the counters that it changed, to be kept in place of the old ones.

    `closest` is the limit closest to its end before this call (of a throttled one: the limit that throttled it); None
    where none applies, and for what was refused.
    """

    verdict: Verdict
    counters: Mapping[Tally, Window]
    closest: Closest | None = None


def decide(
    policy: Policy, call: Call, counters: Mapping[Tally, Window], *, passes: Passes = NO_PASSES, now_ms: int
) -> Decided:
    """Decide about one call at `now_ms` (steady milliseconds). Total, and the same for the same values.

    (But for patterns that take their whole time: those read the careful way.) Whoever decides more than once keeps the
    policy's rulebook, and decides by that.
    """
    return decide_by(rulebook(policy), call, counters, passes=passes, now_ms=now_ms)


def decide_by(
    rulebook: Rulebook, call: Call, counters: Mapping[Tally, Window], *, passes: Passes = NO_PASSES, now_ms: int
) -> Decided:
    """Decide as `decide` does, by a policy that is worked out already."""
    rules = rulebook.of(call.tool)
    meters = meters_of(rules.limits, call.holders(), counters, now_ms)
    verdict = _said(rules, call, meters, now_ms)
    verdict = _observed(verdict) if rulebook.observes else _passed(verdict, call, passes, meters, now_ms)
    if isinstance(verdict, Allow | Ask) and verdict.counted:
        changed = {meter.tally: meter.window.with_event(now_ms, window_ms=meter.tally.window_ms) for meter in meters}
    else:
        changed = {meter.tally: meter.window for meter in meters if meter.mended}
    return Decided(verdict=verdict, counters=changed, closest=_closest(verdict, meters))


def give_back(window: Window, at_ms: int) -> Window:
    """Take out one event that was counted at `at_ms`; nothing where it has left the window meanwhile."""
    return window.without_event(at_ms)


def _said(rules: ToolRules, call: Call, meters: Sequence[Meter], now_ms: int) -> Verdict:
    """Judge by the file alone."""
    values = [value_at(call.arguments, path) for path in rules.paths]
    stopped = _first(rules.refuse, values)
    if stopped is not None:
        return Deny(rule=stopped.name, reason=stopped.reason)
    late = longest_wait(meters, now_ms)
    if late is not None:
        return late
    tallies, stopped = counted(meters), _first(rules.ask, values)
    if stopped is not None:
        return Ask(rule=stopped.name, reason=stopped.reason, counted=tallies)
    return Allow(rule=rules.name, counted=tallies)


def _first(rules: Iterable[Rule], values: Sequence[object]) -> Rule | None:
    """Find the first rule that stops the call; one that cannot be said in time does."""
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


def _passed(verdict: Verdict, call: Call, passes: Passes, meters: Sequence[Meter], now_ms: int) -> Verdict:
    """Let through what a pass is for; a single call's pass is used only where nothing else would do."""
    if isinstance(verdict, Allow) or verdict.rule == HIDE:
        return verdict
    until_ms = passes.everything_until_ms
    if until_ms is not None and now_ms < until_ms and call.risk is not Risk.CONFIGURE:
        return Allow(rule=PASS_EVERYTHING, counted=counted(meters))
    if isinstance(verdict, Ask) and passes.sessions:
        session = of_session(call.tool, grant=call.grant, session=call.session)
        if session in passes.sessions:
            return Allow(rule=PASS_SESSION, counted=counted(meters))
    if Pass(tool=call.tool, whose=call.grant) in passes.once:
        return Allow(rule=PASS_ONCE, counted=counted(meters))
    return verdict


def _closest(verdict: Verdict, meters: Sequence[Meter]) -> Closest | None:
    late = verdict.would if isinstance(verdict, Allow) else verdict
    if isinstance(late, Deny):
        return None
    if isinstance(late, Throttle):
        return Closest(tally=late.tally, used=late.used, most=late.most)
    return closest(meters)
