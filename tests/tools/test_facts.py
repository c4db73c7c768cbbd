"""What the policy knows about the tools."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.policies import anything
from tray_app.core.kernel.errors import InvalidArguments
from tray_app.core.policy.model import Risk, TextForm, ToolArgument, ToolFacts
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.facts import facts


def test_each_tool_has_its_risk() -> None:
    risks = {name: fact.risk for name, fact in facts().items()}
    assert tuple(risks) == tuple(TOOLS)
    assert {name for name, risk in risks.items() if risk is Risk.READ} == {"dingtalk_status", "dingtalk_delivery"}
    assert {name for name, risk in risks.items() if risk is Risk.CONFIGURE} == {"dingtalk_configure"}
    assert {name for name, tool in TOOLS.items() if tool.reads_only} == {
        name for name, risk in risks.items() if risk is Risk.READ
    }


def test_arguments_are_paths_into_the_schema() -> None:
    assert facts()["dingtalk_send_feed_card"] == ToolFacts(
        name="dingtalk_send_feed_card",
        risk=Risk.WRITE,
        arguments={
            "links": ToolArgument(kind="array", shortest=1, longest=10),
            "links.*": ToolArgument(kind="object"),
            "links.*.title": ToolArgument(kind="string", shortest=1, longest=200, form=TextForm.SHOWN),
            "links.*.messageUrl": ToolArgument(kind="string", shortest=1, longest=2_000, form=TextForm.SHOWN),
            "links.*.picUrl": ToolArgument(kind="string", shortest=1, longest=2_000, form=TextForm.SHOWN),
            "robot": ToolArgument(kind="string", longest=64),
        },
        required=frozenset({"links", "links.*.title", "links.*.messageUrl", "links.*.picUrl"}),
    )


def test_an_argument_with_few_values_has_them() -> None:
    status = facts()["dingtalk_notify_task_complete"].arguments["status"]
    assert status == ToolArgument(kind="string", choices=("success", "failed", "warning"))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64))
def test_any_arguments_are_read_or_refused_in_words(seed: int) -> None:
    rand = random.Random(seed)
    tool = rand.choice(list(TOOLS.values()))
    names = [*tool.arguments_schema["properties"], "other"]
    try:
        intent_of(tool, {name: anything(rand) for name in names if rand.random() < 0.7})
    except InvalidArguments as refused:
        assert refused.reason.key.startswith("tools.")  # noqa: PT017 - arguments that fit are as good
