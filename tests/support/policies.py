"""Policies and policy files of every kind: valid ones as values for hypothesis, nearly right ones as text by chance."""

import json
import random
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tray_app.core.policy.file.witnesses import differs, is_always_there, passes
from tray_app.core.policy.matching.reach import Proofs
from tray_app.core.policy.model import Condition, Limit, LimitScope, Mode, Op, Policy, Stance, ToolFacts, ToolPolicy
from tray_app.tools.facts import facts

TOOLS = facts()
NAMES = tuple(TOOLS)
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
LISTS = st.lists(SCALARS, min_size=1, max_size=3).map(tuple)
PATTERNS = st.sampled_from(["^a", r"\d{3}", "(?i)secret", "(a|aa)+$", "[é-ü]", "a|b"])
COUNTERS = st.sampled_from(["a", "b", "计数"])
WINDOWS_MS = st.sampled_from([60_000, 3_600_000, 86_400_000]) | st.integers(1, 86_400).map(lambda s: s * 1_000)
NUMBERS = st.integers() | st.floats(-1e9, 1e9)
EQUAL, AMONG = (Op.EQ, Op.NEQ), (Op.IN, Op.NOT_IN)
ORDERED = (Op.LT, Op.LTE, Op.GT, Op.GTE)


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.replace("*", "0").split("."))


@st.composite
def conditions(draw: st.DrawFn, tool: str) -> Condition:
    usable = {path: _values(path, TOOLS[tool]) for path in sorted(TOOLS[tool].arguments)}
    path = draw(st.sampled_from([path for path, values in usable.items() if values]))
    op = draw(st.sampled_from(list(usable[path])))
    found = Condition(path=_path(path), op=op, value=draw(usable[path][op]), reason=draw(WORDS))
    assume(op is Op.EXISTS or differs(found, TOOLS[tool], TOOLS[tool].arguments[path], Proofs()))
    return found


def _values(path: str, tool: ToolFacts) -> dict[Op, st.SearchStrategy[Any]]:
    """Comparisons with an argument that can tell one call from another, and what it may be compared with."""
    argument = tool.arguments[path]
    there = is_always_there(_path(path), tool)
    found: dict[Op, st.SearchStrategy[Any]] = {} if there else {Op.EXISTS: st.booleans()}
    match argument.kind:
        case "string":
            one: st.SearchStrategy[Any] = st.sampled_from(argument.choices) if argument.choices else WORDS
            found |= {Op.REGEX: PATTERNS, Op.CONTAINS: WORDS.filter(bool)}
        case "boolean":
            one = st.booleans()
        case "integer":
            one = NUMBERS
            found |= dict.fromkeys(ORDERED, NUMBERS)
        case "array":
            return found | dict.fromkeys(EQUAL, LISTS) | {Op.CONTAINS: SCALARS.filter(lambda value: value != "")}
        case _:
            return found
    among = st.tuples(one, LISTS).map(lambda drawn: (drawn[0], *drawn[1]))
    return found | dict.fromkeys(EQUAL, one) | dict.fromkeys(AMONG, among)


def limits() -> st.SearchStrategy[tuple[Limit, ...]]:
    one = st.builds(
        Limit, counter=COUNTERS, window_ms=WINDOWS_MS, most=st.integers(1, 1_000), scope=st.sampled_from(LimitScope)
    )
    unique = st.lists(one, max_size=3, unique_by=lambda limit: (limit.counter, limit.window_ms, limit.scope))
    return unique.map(tuple)


@st.composite
def tool_policies(draw: st.DrawFn, tool: str) -> ToolPolicy:
    some = st.lists(conditions(tool), max_size=5, unique_by=lambda one: (one.path, one.op, repr(one.value)))
    found = [] if not TOOLS[tool].arguments else draw(some)
    first, second = sorted(draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
    for path in {one.path for one in found[:second]}:
        wanted = [one for one in found[:first] if one.path == path]
        assume(passes(wanted, [one for one in found[first:second] if one.path == path], TOOLS[tool]))
    return ToolPolicy(
        stance=draw(st.sampled_from(Stance)),
        reason=draw(WORDS),
        limits=draw(limits()),
        require=tuple(found[:first]),
        deny_if=tuple(found[first:second]),
        ask_if=tuple(found[second:]),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Give any policy that a file can hold without a fault."""
    named = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    return Policy(
        default=draw(st.sampled_from([Stance.ALLOW, Stance.DENY])),
        mode=draw(st.sampled_from(Mode)),
        hide=frozenset(draw(st.lists(st.sampled_from(NAMES), max_size=3))),
        hide_all=draw(st.booleans()),
        limits=_above(draw(limits())),
        tools={name: draw(tool_policies(name)) for name in named},
    )


def _above(found: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Limits of all tools must leave room for those of one."""
    return tuple(
        Limit(counter=limit.counter, window_ms=limit.window_ms, most=limit.most + 1_000, scope=limit.scope)
        for limit in found
    )


def fuzzed(rand: random.Random) -> str:
    """Give a policy file that is nearly right: one with a few damages, as a document or as a text."""
    document = _document(rand)
    for _ in range(rand.randint(0, 3)):
        document = _damaged(document, rand)
    source = json.dumps(document, ensure_ascii=rand.random() < 0.5, indent=rand.choice([None, 2]))
    for _ in range(rand.choice([0, 0, 1, 3])):
        at = rand.randrange(len(source) + 1)
        source = source[:at] + rand.choice(_BITS) + source[at + rand.randint(0, 3) :]
    return source


def anything(rand: random.Random, depth: int = 3) -> Any:
    """Give any JSON value."""
    kinds = rand.randrange(8 if depth else 6)
    if kinds == 6:
        return [anything(rand, depth - 1) for _ in range(rand.randint(0, 3))]
    if kinds == 7:
        return {rand.choice(_KEYS): anything(rand, depth - 1) for _ in range(rand.randint(0, 3))}
    words = [rand.choice(_KEYS), "", "a" * rand.choice([1, 5, 3_000]), "\ud800", "计数", "(", "a{999999}"]
    numbers = [0, 1, -1, 10 ** rand.randint(0, 40), rand.random() * 1e9, 1e-300]
    return rand.choice([None, True, False, rand.choice(numbers), rand.choice(words), rand.choice(words)])


_KEYS = (
    *("version", "default", "mode", "hide", "all_tools", "tools", "limits", "counter", "window", "max", "scope"),
    *("action", "reason", "rate_limit", "require", "deny_if", "require_approval_if", "path", "op", "value", "verison"),
    *("1", "allow", "deny", "observe", "minute", "grant", "args.content", "args.atAll", "regex", "exists", "*", *NAMES),
)
_BITS = ("", ",", ":", '"', "{", "}", "[", "]", "\\", "1", "NaN", "\n", "\0", "\ufeff", "e999", "true", "/*", "\ud83d")


def _document(rand: random.Random) -> Any:
    def condition() -> Any:
        op = rand.choice(list(Op))
        value: Any = {Op.REGEX: "a|b", Op.IN: ["x"], Op.NOT_IN: [1], Op.EXISTS: False}.get(op, rand.randint(0, 9))
        return {"path": rand.choice(["args.robot", "args.atAll", "args.content.x"]), "op": op.value, "value": value}

    def limit() -> Any:
        window = rand.choice(["minute", "hour", "day", rand.randint(1, 86_400)])
        return {"counter": f"c{rand.random()}", "window": window, "max": rand.randint(1, 99), "scope": "session"}

    def tool() -> Any:
        said = {"action": rand.choice([*Stance]), "limits": [limit()], "rate_limit": {"max": 5, "window": 60}}
        said |= {key: [condition()] for key in ("require", "deny_if", "require_approval_if")}
        return {key: value for key, value in said.items() if rand.random() < 0.5}

    return {
        "version": "1",
        "default": rand.choice(["allow", "deny"]),
        "hide": rand.sample(NAMES, rand.choice([0, 0, 1])),
        "all_tools": {"limits": [limit()]},
        "tools": {name: tool() for name in rand.sample(NAMES, rand.randint(0, 3))},
    }


def _damaged(document: Any, rand: random.Random) -> Any:
    """Replace, drop or add something somewhere."""
    deeper = rand.random() < 0.8
    if isinstance(document, dict) and document and deeper:
        key = rand.choice(list(document))
        return {**document, key: _damaged(document[key], rand)}
    if isinstance(document, list) and document and deeper:
        at = rand.randrange(len(document))
        return [*document[:at], _damaged(document[at], rand), *document[at + 1 :]]
    if isinstance(document, dict) and rand.random() < 0.7:
        key = rand.choice([*document, *_KEYS])
        kept = {name: value for name, value in document.items() if name != key}
        return kept if rand.random() < 0.4 else {**kept, key: anything(rand)}
    return anything(rand)
