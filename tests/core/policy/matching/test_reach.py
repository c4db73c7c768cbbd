"""Patterns that can never match, or always do, are found, and never one that can: held against texts by brute force.

The texts are arguments that the tools and the channel take, as conditions compare them; what the patterns find in them
RE2 itself says.
"""

import json
import random
from collections.abc import Mapping
from functools import cache
from itertools import product

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.messages.mentions import checked_mentions
from tray_app.core.messages.requests import Send, SessionReport, TaskReport
from tray_app.core.messages.validation import check
from tray_app.core.policy.conditions import MISSING, value_at
from tray_app.core.policy.file.reader import findings_in
from tray_app.core.policy.file.witnesses import general
from tray_app.core.policy.matching.reach import Proofs
from tray_app.core.policy.patterns import BadPattern, compiled
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.facts import facts

RULES = CHANNELS["dingtalk"].rules
PATHS = {  # one for each form that texts have
    "content": ("dingtalk_send_text", ("content",)),
    "title": ("dingtalk_send_link", ("title",)),
    "address": ("dingtalk_send_link", ("messageUrl",)),
    "picture": ("dingtalk_send_link", ("picUrl",)),
    "button": ("dingtalk_send_action_card", ("buttons", "0", "title")),
    "mobile": ("dingtalk_send_text", ("atMobiles", "0")),
    "person": ("dingtalk_send_text", ("atUserIds", "0")),
    "robot": ("dingtalk_send_text", ("robot",)),
    "task": ("dingtalk_notify_task_complete", ("taskName",)),
    "details": ("dingtalk_notify_task_complete", ("details",)),
    "main": ("dingtalk_notify_session_end", ("mainTasks", "0")),
}
LETTERS = (
    "a",
    "B",
    "1",
    "_",
    " ",
    "\n",
    "\r",
    "\t",
    "\x85",
    "\u3000",
    "-",
    "+",
    "@",
    "＠",
    "ſ",
    "Ж",
    "<",
    "/",
    "😀",
    "\u200b",
)
OTHERS = (
    *("https://a", "http://a/b?c=d#e", "HTTP://ſ", "dingtalK://a", " https://x ", "13800138000", "+85251234567"),
    *(
        "+86 138-0013-8000",
        "0044 20 7946 0000",
        "+1 212 555 0123",
        "boss",
        "al",
        "alls",
        "Alla",
        "a",
        "@boss",
        "x" * 64,
        "x" * 65,
        "a b",
        "a\r\nb",
    ),
)
ATOMS = (
    *("a", "B", "1", "_", " ", "-", r"\+", "@", ":", "/", ".", r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"\n", r"\r"),
    *(
        r"\t",
        r"\x{3000}",
        r"\x41",
        "ſ",
        "Ж",
        "[^a]",
        "[a-z]",
        r"[^\s]",
        r"[\w-]",
        "[^Ж]",
        r"[^\x{0416}]",
        "[]a]",
        "[^]]",
    ),
    *("^", "$", r"\b", r"\B", r"\A", r"\z", r"\pL", r"[[:alpha:]]", "(?i)", "(?s)", "(?m)", "(?:)", "{", "k", "(?i:s)"),
)
TIMES = ("", "", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{3,}", "*?")


def arguments(tool: str, path: tuple[str, ...], value: str) -> Mapping[str, object]:
    """Give a call of the tool with this text at the path."""
    usual: dict[str, dict[str, object]] = {
        "dingtalk_send_text": {"content": "x"},
        "dingtalk_send_link": {"title": "x", "text": "x", "messageUrl": "https://a/"},
        "dingtalk_send_action_card": {"title": "x", "text": "x"},
        "dingtalk_notify_task_complete": {"taskName": "x", "status": "success"},
        "dingtalk_notify_session_end": {},
    }
    at: object = value
    if path[0] == "buttons":
        at = [{"title": value, "url": "https://a/"}]
    elif len(path) > 1:
        at = [value]
    return {**usual[tool], path[0]: at}


def taken(tool: str, call: Mapping[str, object]) -> bool:
    try:
        intent = intent_of(TOOLS[tool], dict(call))
        match intent:
            case Send(message=message):
                check(message, RULES)
            case SessionReport(mentions=mentions) | TaskReport(mentions=mentions):
                checked_mentions(mentions, RULES)
    except TrayAppError:
        return False
    return True


@cache
def texts(form: str) -> list[str]:
    """All texts of up to two letters, some of three, and others, of which calls are taken."""
    tool, path = PATHS[form]
    rand = random.Random(form)
    three = rand.sample(list(product(LETTERS, repeat=3)), 300)
    some = ["", *LETTERS, *map("".join, product(LETTERS, repeat=2)), *map("".join, three)]
    tried = [*some, *(f"https://{one}" for one in some), *OTHERS]
    calls = [arguments(tool, path, one) for one in tried]
    found = {value_at(call, path) for call in calls if taken(tool, call)} - {MISSING}
    return sorted(one for one in found if isinstance(one, str))


def pattern(rand: random.Random) -> str:
    parts = [rand.choice(ATOMS) + rand.choice(TIMES) for _ in range(rand.randint(1, 4))]
    if rand.random() < 0.3:
        parts.insert(rand.randint(0, len(parts)), "|")
    found = "".join(parts)
    return f"({found}){rand.choice(TIMES)}{rand.choice(ATOMS)}" if rand.random() < 0.3 else found


@pytest.mark.parametrize("form", PATHS)
def test_what_is_said_of_a_pattern_holds_for_every_text(form: str) -> None:
    tool, path = PATHS[form]
    argument = facts()[tool].arguments[general(path)]
    rand, said = random.Random(form), {False: 0, True: 0}
    assert len(texts(form)) > 3
    for _ in range(500):
        wanted = pattern(rand)
        try:
            search = compiled(wanted).search
        except BadPattern:
            continue
        verdict = Proofs().said_of(wanted, path, argument)
        if verdict is None:
            continue
        said[verdict] += 1
        wrong = [one for one in texts(form) if (search(one) is not None) is not verdict]
        assert not wrong, (wanted, verdict, wrong[:3])
    assert min(said.values()) > 5, said


@pytest.mark.parametrize(
    ("form", "never"),
    [
        (
            "content",
            ["a^b", "$x", "x$y", r"(a|b)^c", r"\r", "a\r\nb", "^$", r"^\s+$", r"a\bb", r"\x00", r"(?m)a$b", "a{0}^b$c"],
        ),
        ("title", ["  ", "a  b", "^ ", " $", r"\n", r"\t", r"\s\s", r"^\s", "x{201}", r"(?i)^ "]),
        ("button", ["  ", r"x\n", "^ x"]),
        ("address", [" ", "^ http", "<", "^/", "^ftp$", "^https?$", r"^https?://[a-z]+ ", r'"', r"\n"]),
        ("mobile", ["[a-z]", "^12", r"^\+86-1 3", " ", "--", "^138-", r"^\d{12}", "^86"]),
        ("person", ["^@", " ", r"^$", r"\s", "^all$", "(?i)^ALL$", "^[aA]ll$"]),
        ("robot", [".{65}", r"^\w{65,}$", "$a", r"[\x01-\x08]"]),
        ("task", ["  ", "^ "]),
        ("details", [r"\r", "(?s)a.\r"]),
    ],
)
def test_what_can_never_match_is_named(form: str, never: list[str]) -> None:
    tool, path = PATHS[form]
    argument = facts()[tool].arguments[general(path)]
    assert [one for one in never if Proofs().said_of(one, path, argument) is not False] == []
    assert [one for one in never if any(compiled(one).search(each) for each in texts(form))] == []


@pytest.mark.parametrize(
    ("form", "always"),
    [
        ("content", [".*", "(?s).*", ".", r"\S", "a|", r"\pL*", "(?i)x*", r"[\s\S]"]),
        ("title", [r"^\S", r"\S$", "^.*$", "^.{0,200}$", "."]),
        ("address", ["://", "^[^ ]+$"]),
        ("robot", [r"(?s)^.{0,64}$", "x?"]),
        ("mobile", [r"^\+?\d", r"\d{4}"]),
    ],
)
def test_what_every_text_has_is_named(form: str, always: list[str]) -> None:
    tool, path = PATHS[form]
    assert [one for one in always if not Proofs().said_of(one, path, facts()[tool].arguments[general(path)])] == []


def test_a_length_that_texts_may_exceed_is_no_pattern_of_all_of_them() -> None:
    tool, path = PATHS["content"]
    argument = facts()[tool].arguments["content"]
    for one in (r"^(?s:.){1,500}$", r"[^\x{0416}]", r"[^\x41-\x5a]", "^[^Ж]*$"):  # said to match all of them before
        assert Proofs().said_of(one, path, argument) is None


@pytest.mark.parametrize(
    "big", ["(a?){500}", "((a|b)?){300}$x", ".{0,900}$x", "a.{20}b", "(.*a){20}", "((a{10}){10}){10}"]
)
def test_no_pattern_takes_long(big: str) -> None:
    """Counted in steps: `_MOST_STEPS` bounds them; here only that it ends, and says nothing false."""
    tool, path = PATHS["content"]
    verdict = Proofs().said_of(big, path, facts()[tool].arguments["content"])
    assert verdict is None or all((compiled(big).search(one) is not None) is verdict for one in texts("content"))


def test_over_all_patterns_of_a_reading_no_more_is_walked_than_its_steps() -> None:
    """Counted in steps: the pattern that takes the last is walked to its end, of the next nothing is said."""
    path, argument = ("content",), facts()["dingtalk_send_text"].arguments["content"]
    for remembered in (False, True):  # what is remembered costs the same
        proofs = Proofs(steps=100)
        assert proofs.said_of("x{999}\r", path, argument) is False, remembered
        assert proofs.said_of("y\r", path, argument) is None, remembered
        assert proofs.said_of("x{999}\r", path, argument) is False, remembered
    assert Proofs().said_of("y\r", path, argument) is False


def test_a_policy_of_big_patterns_is_read_with_the_steps_of_one_reading() -> None:
    """Behind them nothing is said, and each reading of the text says the same."""
    rules = [{"path": "args.content", "op": "regex", "value": f"a.{{400}}b{number}"} for number in range(60)]
    last = {"path": "args.content", "op": "regex", "value": "y\r"}
    few, many = ({"dingtalk_send_text": {"deny_if": [*some, last]}} for some in (rules[:1], rules))
    whats = [
        [one.what.key for one in findings_in(json.dumps({"version": "1", "tools": tools}), tools=facts())]
        for tools in (few, many, many)
    ]
    assert whats == [["policy.matches_nothing"], [], []]
