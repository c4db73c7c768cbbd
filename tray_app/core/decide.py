"""What the policy says to one call: a function of the policy, the call, the counters, the owner's passes and the time.

The order of the rules: hidden, the tool's own stance (or `default`), `require`, `deny_if`, limits, approval. Whatever
was refused or throttled counts nowhere; a call that has to be asked counts, until it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.conditions import holds, shown
from tray_app.core.meters import Closest, Meter, closest, counted, longest_wait, meters_of
from tray_app.core.passes import NO_PASSES, Pass, Passes, of_session
from tray_app.core.policy import Condition, Mode, Op, Policy, Risk, Scope, Stance, ToolPolicy
from tray_app.core.ratelimit import Window
from tray_app.core.texts import Text, text
from tray_app.core.verdict import Allow, Ask, Deny, Tally, Throttle, Verdict

HIDE = "hide"
DEFAULT = "default"
PASS_EVERYTHING, PASS_ONCE, PASS_SESSION = "pass.everything", "pass.once", "pass.session"
_GRANT, _SESSION, _REGEX = Scope.GRANT, Scope.SESSION, Op.REGEX  # see core.conditions for why
_CONDITION_S = 0.02  # the most that one pattern may take, and all of a call's together
_DECISION_S = 0.05
_LEAST_S = 0.005  # a busy machine must not make a harmless pattern late


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool. `grant` is the client's name (its token), `session` empty where it is not known."""

    tool: str
    risk: Risk
    arguments: Mapping[str, object]
    grant: str
    session: str = ""

    def whose(self, scope: Scope) -> str:
        """Who is counted: a call of an unknown session counts as its client's."""
        if scope is _GRANT:
            return self.grant
        return self.session or self.grant if scope is _SESSION else ""


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

    (But for patterns that take their whole time: those read the careful way.)
    """
    tool = policy.tools.get(call.tool)
    meters = meters_of(policy, call.tool, call.whose, counters, now_ms)
    verdict = _said(policy, tool, call, meters, now_ms)
    verdict = _observed(verdict) if policy.mode is Mode.OBSERVE else _passed(verdict, call, passes, meters, now_ms)
    if isinstance(verdict, Allow | Ask) and verdict.counted:
        changed = {meter.tally: meter.window.with_event(now_ms, window_ms=meter.tally.window_ms) for meter in meters}
    else:
        changed = {meter.tally: meter.window for meter in meters if meter.mended}
    return Decided(verdict=verdict, counters=changed, closest=_closest(verdict, meters))


def give_back(window: Window, at_ms: int) -> Window:
    """Take out one event that was counted at `at_ms`; nothing where it has left the window meanwhile."""
    return window.without_event(at_ms)


def _said(policy: Policy, tool: ToolPolicy | None, call: Call, meters: tuple[Meter, ...], now_ms: int) -> Verdict:
    """Judge by the file alone."""
    refused = _refused(policy, tool, call)
    if refused is not None:
        return refused
    late = longest_wait(meters, now_ms)
    if late is not None:
        return late
    asked = None if tool is None else _asked(tool, call, counted(meters))
    return asked or Allow(rule=DEFAULT if tool is None else f"tools.{call.tool}", counted=counted(meters))


def _refused(policy: Policy, tool: ToolPolicy | None, call: Call) -> Deny | None:
    if policy.hides(call.tool):
        return Deny(rule=HIDE, reason=text("policy.hidden"))
    if tool is None:
        return None if policy.default is Stance.ALLOW else Deny(rule=DEFAULT, reason=text("policy.not_listed"))
    path = f"tools.{call.tool}"
    if tool.stance is Stance.DENY:
        return Deny(rule=f"{path}.action", reason=_words(tool.reason) or text("policy.denied"))
    at = _first(tool.require, call, tool, good=True)
    if at is not None:
        return Deny(rule=f"{path}.require[{at}]", reason=_reason(tool, tool.require[at], "policy.unmet"))
    at = _first(tool.deny_if, call, tool, good=False)
    if at is not None:
        return Deny(rule=f"{path}.deny_if[{at}]", reason=_reason(tool, tool.deny_if[at], "policy.met"))
    return None


def _asked(tool: ToolPolicy, call: Call, tallies: tuple[Tally, ...]) -> Ask | None:
    path = f"tools.{call.tool}"
    if tool.stance is Stance.ASK:
        return Ask(rule=f"{path}.action", reason=_words(tool.reason) or text("policy.asks"), counted=tallies)
    at = _first(tool.ask_if, call, tool, good=False)
    if at is None:
        return None
    reason = _reason(tool, tool.ask_if[at], "policy.asks_if")
    return Ask(rule=f"{path}.require_approval_if[{at}]", reason=reason, counted=tallies)


def _first(conditions: tuple[Condition, ...], call: Call, tool: ToolPolicy, *, good: bool) -> int | None:
    """Find the first condition that is not as it should be; one that cannot be said in time is not."""
    timeout_s, arguments = 0.0, call.arguments
    for at, condition in enumerate(conditions):
        if condition.op is _REGEX and not timeout_s:
            timeout_s = _pattern_time_s(tool)
        if holds(condition, arguments, timeout_s=timeout_s) is not good:
            return at
    return None


def _pattern_time_s(tool: ToolPolicy) -> float:
    """Share a decision's time out among its patterns: the core has no clock to take it from one for the next."""
    ops = [condition.op for condition in (*tool.require, *tool.deny_if, *tool.ask_if)]
    return max(_LEAST_S, min(_CONDITION_S, _DECISION_S / ops.count(_REGEX)))


def _reason(tool: ToolPolicy, condition: Condition, ours: str) -> Text:
    """Give the owner's words for a condition or its tool, else ours."""
    return _words(condition.reason or tool.reason) or Text(ours, {"condition": shown(condition)})


def _observed(verdict: Verdict) -> Allow:
    """Let it through, and say what would have been."""
    match verdict:
        case Allow():
            return verdict
        case Ask():
            return Allow(rule=verdict.rule, counted=verdict.counted, would=verdict)
        case Deny() | Throttle():
            return Allow(rule=verdict.rule, would=verdict)


def _passed(verdict: Verdict, call: Call, passes: Passes, meters: tuple[Meter, ...], now_ms: int) -> Verdict:
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


def _closest(verdict: Verdict, meters: tuple[Meter, ...]) -> Closest | None:
    late = verdict.would if isinstance(verdict, Allow) else verdict
    if isinstance(late, Deny):
        return None
    if isinstance(late, Throttle):
        return Closest(tally=late.tally, used=late.used, most=late.most)
    return closest(meters)


def _words(reason: str) -> Text | None:
    """Give the owner's own words, if there are any."""
    return text("policy.own_words", words=reason) if reason else None
