"""The policy as the tray's menu shows it, in both languages and every state."""

from typing import Any

import pytest

from tests.support.menus import draw, line
from tests.support.snapshots import MINUTE, NOON, refusal, robot, snapshot, tool
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import AllowEverything, AllowOnce, Explain, OpenPolicy, SetStance
from tray_app.core.menu.item import Item, Mark
from tray_app.core.policy.model import Mode, Risk, Stance
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import PolicyView, Snapshot

TEXT = "dingtalk_send_text"
MANY = (tool(), tool(), tool(stance=Stance.ASK), tool(stance=Stance.DENY), tool(hidden=True))


def policy(**changes: Any) -> Snapshot:
    return snapshot(policy=PolicyView(**{"from_file": True, "tools": (tool(),), **changes}))


def drawn(item: Item) -> list[str]:
    """Its label and the lines below, radio buttons as a desktop draws them."""
    below = []
    for each in item.children:
        mark = "" if each.mark is Mark.NONE else "(o) " if each.checked else "( ) "
        below.append("---" if each.separator else mark + each.label)
    return [item.label, *below]


MODES = [
    (policy(), "file ok · 1 allowed", "文件正常 · 允许 1 项"),
    (
        policy(tools=MANY, from_file=False),
        "Built-in policy: may send; @all asks you",
        "内置策略：可发送，@所有人需批准",
    ),
    (policy(mode=Mode.OBSERVE), "only observing, refuses nothing · file ok", "仅观察，不拒绝 · 文件正常"),
    (policy(everything_until_ms=NOON + 7 * MINUTE), "everything allowed until 12:07", "12:07 前全部放行"),
    (policy(everything_until_ms=NOON), "file ok · 1 allowed", "文件正常 · 允许 1 项"),
]


@pytest.mark.parametrize(("value", "english", "chinese"), MODES)
def test_the_first_line_says_how_the_policy_stands(value: Snapshot, english: str, chinese: str) -> None:
    assert line(draw(value), "policy.mode").label == english
    assert line(draw(value, Language.ZH), "policy.mode").label == chinese


def test_a_file_with_a_fault_is_said() -> None:
    fault = Problem(kind=ProblemKind.POLICY, reason=text("menu.not_set_up"), hint=text("menu.not_set_up"))
    value = snapshot(policy=PolicyView(from_file=True), problems=(fault,))
    assert line(draw(value), "policy.mode").label == "file has a fault"


def test_a_tool_shows_its_risk_its_counter_and_three_choices() -> None:
    assert drawn(line(draw(policy()), f"policy.{TEXT}")) == [
        "send_text: allow · 3/18",
        "sends to the group",
        "3/18 this minute",
        "---",
        "(o) Allow",
        "( ) Ask me each time",
        "( ) Deny",
    ]
    assert drawn(line(draw(policy(), Language.ZH), f"policy.{TEXT}")) == [
        "send_text：允许 · 3/18",
        "向群发送",
        "本分钟 3/18",
        "---",
        "(o) 允许",
        "( ) 每次询问您",
        "( ) 拒绝",
    ]


def test_rules_of_the_built_in_policy_are_not_said_to_stand_in_a_file() -> None:
    lines = drawn(line(draw(policy(tools=(tool(custom=True),), from_file=False)), f"policy.{TEXT}"))
    assert "The built-in policy has more rules for it" in lines


@pytest.mark.parametrize("stance", Stance)
def test_the_marked_choice_is_what_the_policy_says(stance: Stance) -> None:
    item = line(draw(policy(tools=(tool(stance=stance),))), f"policy.{TEXT}")
    radios = [each for each in item.children if each.mark is Mark.RADIO]
    assert [each.action for each in radios] == [SetStance(TEXT, each) for each in Stance]
    assert [each.checked for each in radios] == [each is stance for each in Stance]


def test_a_hidden_tool_and_one_with_more_rules_say_so_and_a_hidden_one_has_no_choice_marked() -> None:
    lines = drawn(line(draw(policy(tools=(tool(hidden=True, custom=True),))), f"policy.{TEXT}"))
    assert lines == [
        "send_text: hidden · 3/18",
        "sends to the group",
        "3/18 this minute",
        "Hidden from agents; a choice shows it again",
        "policy.json has more rules for it",
        "---",
        "( ) Allow",
        "( ) Ask me each time",
        "( ) Deny",
    ]


COUNTERS: list[tuple[dict[str, Any], str | None]] = [
    ({"window_ms": 3_600_000, "used": 0, "most": 100}, "0/100 this hour"),
    ({"window_ms": 86_400_000}, "3/18 in 24 hours"),
    ({"window_ms": 10_000}, "3/18 in 10 s"),
    ({"used": None, "most": None, "window_ms": None}, "5/20 this minute (robot ops)"),
    ({"used": None, "most": None, "window_ms": None, "risk": Risk.READ}, None),
]


@pytest.mark.parametrize(("changes", "said"), COUNTERS)
def test_the_counter_is_the_tools_tightest_or_its_robots(changes: dict[str, Any], said: str | None) -> None:
    robots = (robot("team", default=False), robot("ops", minute_used=5, minute_max=20))
    value = snapshot(robots=robots, policy=PolicyView(tools=(tool(**changes),)))
    used = draw(value).find(f"policy.{TEXT}.used")
    assert (used.label if used else None) == said


def test_the_last_refusal_says_rule_counter_and_when_it_frees_and_is_let_through_by_its_own_id() -> None:
    menu = draw(policy(last_refusal=refusal()))
    assert drawn(line(menu, "policy.denied")) == [
        "Why was the last call denied?",
        "11:59 · send_text · claude-code",
        "The owner's policy allows 18 of these calls…",
        "Rule: tools.dingtalk_send_text.limits[0]",
        "18/18 in dingtalk_send_text_rate",
        "Free again at 12:01",
        "---",
        "Allow once",
    ]
    assert line(menu, "policy.denied.r1.once").action == AllowOnce("r1")
    reason = text("gate.limit_minute", used=18, most=18)
    rule = text("policy_menu.rule", rule="tools.dingtalk_send_text.limits[0]")
    assert line(menu, "policy.denied.r1.reason").action == Explain(reason, rule)
    later = draw(policy(last_refusal=refusal(id="r2", frees_ms=NOON)))
    assert later.find("policy.denied.r1.once") is None
    assert line(later, "policy.denied.r2.frees").label == "Free again now"


def test_a_call_of_a_hidden_tool_cannot_be_let_through() -> None:
    menu = draw(policy(last_refusal=refusal(rule="hide", reason=text("policy.hidden"), frees_ms=None)))
    assert line(menu, "policy.denied.r1.reason").label == "The owner has hidden this tool"
    assert menu.find("policy.denied.r1.once") is None


def test_a_refusal_without_counter_says_less_and_none_says_nothing() -> None:
    bare = refusal(reason=None, counter="", used=None, most=None, frees_ms=None, rule="default")
    assert drawn(line(draw(policy(last_refusal=bare), Language.ZH), "policy.denied")) == [
        "上次调用为何被拒绝？",
        "11:59 · send_text · claude-code",
        "策略不允许此调用",
        "规则：default",
        "---",
        "放行一次",
    ]
    none = line(draw(policy()), "policy.denied")
    assert (none.enabled, none.children) == (False, ())


def test_ten_minutes_of_everything_begin_and_end_with_lines_of_their_own() -> None:
    menu = draw(policy())
    assert line(menu, "policy.everything.on").action == AllowEverything()
    assert menu.find("policy.everything.off") is None
    on = draw(policy(everything_until_ms=NOON + 9 * MINUTE))
    end = line(on, "policy.everything.off")
    assert (end.label, end.action) == ("End: everything is allowed until 12:09", AllowEverything(on=False))
    assert (end.mark, end.checked) == (Mark.CHECK, True)
    assert on.find("policy.everything.on") is None
    assert line(on, "policy").label == "Policy · everything allowed until 12:09"
    over = draw(policy(everything_until_ms=NOON - 1))
    assert line(over, "policy.everything.on").label == "Allow everything for 10 minutes"


def test_the_file_can_be_opened() -> None:
    assert line(draw(policy(), Language.ZH), "policy.edit").label == "编辑策略…"
    assert line(draw(policy()), "policy.edit").action == OpenPolicy()


def test_every_words_of_this_part_fit_for_the_longest_tool() -> None:
    longest = tool("dingtalk_notify_task_complete", used=100_000, most=100_000, stance=Stance.DENY)
    for language in Language:
        item = line(draw(policy(tools=(longest,)), language), f"policy.{longest.name}")
        assert all("…" not in each for each in drawn(item))
