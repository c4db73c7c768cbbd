"""Limits in `policy.json`: `limits` as the hosted format has them, and `rate_limit`, the short form for one of them."""

from tray_app.core.json_nodes import Node
from tray_app.core.policy import LONGEST_WINDOW_MS, SECOND_MS, WINDOWS_MS, Limit, Scope
from tray_app.core.policy_faults import Findings
from tray_app.core.policy_values_reader import choice, elements, is_sound, members, require, whole
from tray_app.core.texts import text

MAX_CALLS = 1_000_000
MAX_COUNTER_CHARS = 128
_LIMIT = ("counter", "window", "max", "scope")
_RATE = ("max", "window")


def read_limits(listed: Node | None, rate: Node | None, *, rate_counter: str, findings: Findings) -> tuple[Limit, ...]:
    """Read `limits`, and `rate_limit` as one more at their end; two that count the same are noted."""
    limits: list[Limit] = []
    seen: dict[tuple[str, int, Scope], Node] = {}
    nodes = () if listed is None else elements(listed, findings)
    for node in nodes if rate is None else (*nodes, rate):
        limit = _rate_limit(node, rate_counter, findings) if node is rate else _limit(node, findings)
        key = (limit.counter, limit.window_ms, limit.scope)
        if limit.window_ms and key in seen:
            line = findings.line(seen[key].at)
            findings.add(node.at, text("policy.same_limit", counter=limit.counter, line=line))
        seen[key] = node
        limits.append(limit)
    return tuple(limits)


def _limit(node: Node, findings: Findings) -> Limit:
    found = members(node, _LIMIT, findings)
    require(node, found, "counter", "window", "max", findings=findings)
    return Limit(
        counter=_counter(found.get("counter"), findings),
        window_ms=_window_ms(found.get("window"), findings),
        most=whole(found.get("max"), 1, MAX_CALLS, findings),
        scope=choice(found.get("scope"), Scope, Scope.GRANT, findings),
    )


def _rate_limit(node: Node, counter: str, findings: Findings) -> Limit:
    found = members(node, _RATE, findings)
    require(node, found, *_RATE, findings=findings)
    most = whole(found.get("max"), 1, MAX_CALLS, findings)
    return Limit(counter=counter, window_ms=_window_ms(found.get("window"), findings), most=most)


def _counter(node: Node | None, findings: Findings) -> str:
    value = None if node is None else node.value()
    if isinstance(value, str) and value.strip() and len(value) <= MAX_COUNTER_CHARS and is_sound(value):
        return value
    if node is not None:
        findings.add(node.at, text("policy.want_counter", most=MAX_COUNTER_CHARS))
    return ""


def _window_ms(node: Node | None, findings: Findings) -> int:
    """Read a window; 0 where there is none that could be used."""
    value = None if node is None else node.value()
    if isinstance(value, str) and value in WINDOWS_MS:
        return WINDOWS_MS[value]
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_WINDOW_MS // SECOND_MS:
        return value * SECOND_MS
    if node is not None:
        findings.add(node.at, text("policy.want_window", most=LONGEST_WINDOW_MS // SECOND_MS))
    return 0
