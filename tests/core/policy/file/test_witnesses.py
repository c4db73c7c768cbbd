"""What the reader says of conditions holds for calls: it is held against many that the tools take, chosen by chance."""

import random
from dataclasses import replace

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.messages.mentions import checked_mentions
from tray_app.core.messages.requests import Send, SessionReport, TaskReport
from tray_app.core.messages.validation import check
from tray_app.core.policy.conditions import MISSING, check_of, value_at
from tray_app.core.policy.file.witnesses import differs, general, is_always_there, is_never_there, is_open, passes
from tray_app.core.policy.matching.reach import Proofs
from tray_app.core.policy.model import Condition, JsonValue, Op, ToolFacts
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.facts import facts

RULES = CHANNELS["dingtalk"].rules
ROUNDS = 600
CALLS = 30
SEEDS = range(3)
WORDS = ("a", "b", " ", "\n", "all", "@", "boss", "13800138000", "+86138 0013 8000", "x" * 70, "中", "\0", "https://a/")
NUMBERS = (-1, 0, 0.5, 1, 2, 3, 10**9, 10**9 + 1)
PATTERNS = ("a", "^a", "^$", ".", "(?s).*", r"\S", "b|", "^138", "[^a]", "^success$", "l$")
NAMES = [name for name, tool in facts().items() if tool.arguments]


def text(rand: random.Random) -> str:
    return "".join(rand.choice(WORDS) for _ in range(rand.choice([0, 1, 1, 1, 2, 3])))


def scalar(rand: random.Random) -> str | int | float | bool | None:
    return rand.choice([text(rand), text(rand), rand.choice(NUMBERS), rand.random() < 0.5, None])


def condition(rand: random.Random, path: tuple[str, ...]) -> Condition:
    op = rand.choice([op for op in Op if op is not Op.EXISTS])
    value: JsonValue = scalar(rand)
    if op in {Op.IN, Op.NOT_IN} or (op in {Op.EQ, Op.NEQ} and rand.random() < 0.2):
        value = tuple(scalar(rand) for _ in range(rand.randint(1, 3)))
    elif op is Op.REGEX:
        value = rand.choice(PATTERNS)
    elif op in {Op.LT, Op.LTE, Op.GT, Op.GTE}:
        value = rand.choice(NUMBERS)
    return Condition(path=path, op=op, value=value)


def paths(tool: ToolFacts) -> list[tuple[str, ...]]:
    return [
        tuple(name.replace("*", number).split("."))
        for name in sorted(tool.arguments)
        for number in (("0", "1", "9", "10", "50") if "*" in name else ("",))
    ]


def value_of(name: str, tool: ToolFacts, rand: random.Random) -> object:
    """Give a value of the argument's kind, near its bounds or not; it need not be one that the tool takes."""
    argument = tool.arguments[name]
    match argument.kind:
        case "boolean":
            return rand.random() < 0.5
        case "integer":
            return rand.choice(NUMBERS)
        case "array":
            length = rand.choice([0, 1, 1, 2, 3, (argument.longest or 3), (argument.longest or 3) + 1])
            return [value_of(f"{name}.*", tool, rand) for _ in range(length)]
        case "object":
            inside = [path.rpartition(".")[2] for path in tool.arguments if path.rpartition(".")[0] == name]
            return {each: value_of(f"{name}.{each}", tool, rand) for each in inside}
        case _:
            return rand.choice([*argument.choices, text(rand)])


def calls(tool: ToolFacts, rand: random.Random) -> list[dict[str, object]]:
    """Give arguments that the tool and the channel take: what they refuse no rule ever sees."""
    usual: dict[str, object] = {"messageUrl": "https://a/", "content": "x", "text": "x", "title": "x", "taskName": "x"}
    found: list[dict[str, object]] = []
    for _ in range(CALLS):
        top = [name for name in tool.arguments if "." not in name]
        arguments = {name: value_of(name, tool, rand) for name in top if name in tool.required or rand.random() < 0.4}
        some = {name: usual[name] for name in arguments if name in usual and rand.random() < 0.7}
        found += [tried for tried in (arguments, arguments | some) if taken(tool.name, tried)]
    return found


def taken(tool: str, arguments: dict[str, object]) -> bool:
    try:
        intent = intent_of(TOOLS[tool], arguments)
        match intent:
            case Send(message=message):
                check(message, RULES)
            case SessionReport(mentions=mentions) | TaskReport(mentions=mentions):
                checked_mentions(mentions, RULES)
    except TrayAppError:
        return False
    return True


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_to_be_the_same_about_every_call_is(seed: int) -> None:
    rand = random.Random(seed)
    said, varied = 0, 0
    made = {name: calls(facts()[name], rand) for name in NAMES}
    for _ in range(ROUNDS):
        tool = facts()[rand.choice(NAMES)]
        rule = condition(rand, rand.choice(paths(tool)))
        values = [value_at(arguments, rule.path) for arguments in made[tool.name]]
        there = [value for value in values if value is not MISSING]
        answers = {check_of(rule)(value) for value in there}
        if is_never_there(rule.path, tool):
            assert not there, rule
        elif differs(rule, tool, tool.arguments[general(rule.path)], Proofs()):
            varied += 1
        else:
            said += 1
            assert len(answers) < 2, (rule, answers)
        if is_always_there(rule.path, tool):
            assert len(there) == len(values), rule
    assert min(said, varied) > ROUNDS // 20


@pytest.mark.parametrize("seed", SEEDS)
def test_conditions_that_are_said_to_let_no_call_past_let_none_past(seed: int) -> None:
    rand = random.Random(seed)
    stuck = 0
    made = {name: calls(facts()[name], rand) for name in NAMES}
    for _ in range(ROUNDS):
        tool = facts()[rand.choice(NAMES)]
        path = rand.choice([path for path in paths(tool) if not is_never_there(path, tool)])
        rules = [condition(rand, path) for _ in range(rand.randint(2, 3))]
        if rand.random() < 0.3:
            rules[0] = replace(rules[0], op=Op.EXISTS, value=rand.random() < 0.5)
        wanted = rules[: rand.randint(0, len(rules))]
        refused = rules[len(wanted) :]
        if passes(wanted, refused, tool):
            continue
        stuck += 1
        for arguments in made[tool.name]:
            value = value_at(arguments, path)
            past = all(check_of(each)(value) for each in wanted) and not any(check_of(each)(value) for each in refused)
            assert not past, (wanted, refused, value)
    assert stuck > ROUNDS // 20


@pytest.mark.parametrize("seed", SEEDS)
def test_what_tells_calls_apart_is_never_said_to_be_the_same(seed: int) -> None:
    """The other way round: of a value that a call has, and one of another call, each comparison tells them apart."""
    rand = random.Random(seed)
    for name in NAMES:
        tool, made = facts()[name], calls(facts()[name], rand)
        for path in paths(tool):
            there = [value for value in (value_at(arguments, path) for arguments in made) if value is not MISSING]
            for value in rand.sample(there, min(3, len(there))):
                if isinstance(value, str | int | float) and any(each != value for each in there):
                    rule = Condition(path=path, op=Op.EQ, value=value)
                    argument = tool.arguments[general(path)]
                    assert is_open(rule, argument) or differs(rule, tool, argument, Proofs()), rule
