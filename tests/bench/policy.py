"""The policy: a decision by 50 rules, reading a file of 50 rules, 10,000 damaged files and calls without a crash."""

import json
import random
import time
import timeit
from collections.abc import Callable
from typing import TypeAlias

from tests.support.policies import TOOLS, anything, fuzzed
from tray_app.core.kernel.errors import InvalidArguments
from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import CompiledPolicy, compile_policy
from tray_app.core.policy.evaluate import Call, decide_by
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.verdict import Allow, CounterKey
from tray_app.tools import TOOLS as MCP_TOOLS
from tray_app.tools.arguments import intent_of

_TEXT = "dingtalk_send_text"
_TARGET_US = 50.0
Counters: TypeAlias = dict[CounterKey, Window]


def measure_policy(*, scale: float) -> dict[str, float]:
    """Figures by name. Raises AssertionError where the parser or a decision breaks."""
    source = json.dumps(fifty_rules(), indent=2)
    rules = compile_policy(read_policy(source, tools=TOOLS))
    call = Call(tool=_TEXT, risk=TOOLS[_TEXT].risk, arguments=_arguments(), grant="claude-code", session="s")
    counters: Counters = {}
    now_ms = 0

    def once() -> None:
        nonlocal now_ms
        now_ms += 120_000  # 720 a day: windows as full as a busy owner's
        decided = decide_by(rules, call, counters, now_ms=now_ms)
        assert isinstance(decided.verdict, Allow)
        counters.update(decided.counters)

    examples = int(10_000 * scale)
    began = time.perf_counter()
    for seed in range(examples):
        _fuzz(rules, random.Random(seed))
    return {
        f"a decision by 50 rules, µs (at most {_TARGET_US:.0f})": _each_us(once, 100),
        "reload of 50 rules (read and parse), ms": _each_us(lambda: compile_policy(read_policy(source, tools=TOOLS)), 2)
        / 1_000,
        f"{examples} damaged policies and calls, s": time.perf_counter() - began,
    }


def fifty_rules() -> dict[str, object]:
    """One tool with 44 conditions, four of them patterns, and six limits; a usual call is held to all of them."""
    refuse = [
        rule
        for n in range(10)
        for rule in (
            {"path": "args.content", "op": "eq", "value": f"never {n}"},
            {"path": "args.content", "op": "contains", "value": f"not this {n}"},
            {"path": "args.robot", "op": "in", "value": ["x", "y", f"z{n}"]},
            {"path": "args.atMobiles", "op": "contains", "value": f"{n}"},
        )
    ]
    refuse += [{"path": "args.content", "op": "regex", "value": f"(?i)passw[o0]rd{n}:"} for n in range(4)]
    limits = [
        {"counter": f"c{n}", "window": ["minute", "hour", "day"][n % 3], "max": 1_000 + n, "scope": "grant"}
        for n in range(6)
    ]
    return {
        "version": "1",
        "all_tools": {"limits": limits[:3]},
        "tools": {_TEXT: {"deny_if": refuse, "limits": limits[3:]}},
    }


def _arguments() -> dict[str, object]:
    return {
        "content": "构建完成，120 个测试通过。The build is done. " * 5,
        "robot": "dev",
        "atMobiles": ["13800000000"],
    }


def _each_us(work: Callable[[], object], times: int, rounds: int = 40) -> float:
    """Give the mean of the quickest round: what else runs on this machine is not what is measured."""
    return min(timeit.repeat(work, number=times, repeat=rounds)) / times * 1_000_000


def _fuzz(rules: CompiledPolicy, rand: random.Random) -> None:
    """One damaged policy and one call with any arguments; whatever is raised is a fault."""
    findings_in(fuzzed(rand), tools=TOOLS)
    tool = rand.choice(list(TOOLS.values()))
    arguments = {name: anything(rand) for name in [*sorted(tool.arguments), "other"] if rand.random() < 0.7}
    decide_by(rules, Call(tool=tool.name, risk=tool.risk, arguments=arguments, grant="g"), {}, now_ms=0)
    try:
        intent_of(MCP_TOOLS[tool.name], arguments)
    except InvalidArguments:
        return
