"""The real Claude Code asks several things at once, for itself and for its sub-agents: each is one question."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.e2e.test_claude_questions import ASK_ALWAYS, answer, questions, refused, runs
from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.claude_terminal import ENTER, ClaudeTerminal, claude_terminal
from tests.support.model_api import ToolCall, Turn
from tests.support.phone_stage import until

__all__ = ["claude_binary", "stage"]
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
DONE = Turn(text="I see.")


def helper(name: str) -> ToolCall:
    given = {"description": name, "prompt": f"Make {name}", "subagent_type": "general-purpose"}
    return ToolCall(name="Agent", input=given)


def asked_about(asked: Sequence[Mapping[str, Any]]) -> set[str]:
    return {one["details"][0]["value"] for one in asked}


def test_two_commands_of_one_turn_are_asked_one_after_the_other(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    one, two = runs("touch one.txt").calls[0], runs("touch two.txt").calls[0]
    stage.model.script(Turn(calls=[one, two]), DONE)
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make two files", cwd=stage.project) as terminal:
        [first] = questions(stage, 1)
        answer(stage, first, "allow")
        until(lambda: asked_about(stage.remote.get("questions")["questions"]) == {"touch two.txt"})
        assert not (stage.project / "two.txt").exists()
        [second] = questions(stage, 1)
        answer(stage, second, "deny")
        terminal.wait_until("idle")
    assert (stage.project / "one.txt").exists()
    assert not (stage.project / "two.txt").exists()


def test_two_that_are_asked_at_once_are_answered_each_by_itself(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    fetches = [ToolCall(name="WebFetch", input={"url": f"http://localhost:9/{n}", "prompt": "Read"}) for n in (1, 2)]
    stage.model.script(Turn(calls=fetches), DONE)
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Read two pages", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        first, second = questions(stage, 2)
        answer(stage, first, "deny", "not this one")
        assert questions(stage, 1)[0]["id"] == second["id"]
        assert "denied before" in refused(stage, first, "allow")
        terminal.wait_until("idle", pressing=ENTER)
        questions(stage, 0)
        assert "already answered at the computer" in refused(stage, second, "deny")
    [(said, _), (other, _)] = stage.model.asked[-1].results
    assert said == "not this one"
    assert other != said


def test_of_two_that_are_asked_at_once_the_one_answered_in_the_terminal_waits_nowhere_and_the_other_waits_on(
    stage: Stage,
) -> None:
    stage.connect()
    stage.start_app()
    urls = ["http://localhost:9/1", "http://localhost:9/2"]
    fetches = [ToolCall(name="WebFetch", input={"url": url, "prompt": "Read"}) for url in urls]
    stage.model.script(Turn(calls=fetches), DONE)
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Read two pages", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        both = questions(stage, 2)
        press_until_one_is_left(stage, terminal)
        [left] = questions(stage, 1)
        assert terminal.wait_until("waiting", "permission prompt")  # the other dialog is there
        [gone] = [one for one in both if one["id"] != left["id"]]
        assert "already answered at the computer" in refused(stage, gone, "allow")
        answer(stage, left, "deny", "not this one")
        terminal.wait_until("idle")
    number = urls.index(asked_about([left]).pop())
    assert stage.model.asked[-1].results[number] == ("not this one", True)
    assert stage.model.asked[-1].results[1 - number][0] != "not this one"


def press_until_one_is_left(stage: Stage, terminal: ClaudeTerminal) -> None:
    """Press as a person does: again only where nothing came of it for long, for keys before a dialog are dropped."""
    pressed_s = time.monotonic() - 4

    def is_left() -> bool:
        nonlocal pressed_s
        if time.monotonic() - pressed_s > 5:
            terminal.press(ENTER)
            pressed_s = time.monotonic()
        return len(stage.remote.get("questions")["questions"]) == 1

    until(is_left)


def test_what_sub_agents_ask_waits_on_when_the_turn_is_over_and_each_is_answered_by_itself(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    asking = [runs("touch one.txt"), runs("touch two.txt"), DONE, DONE]
    stage.model.script(Turn(calls=[helper("one"), helper("two")]), *[DONE] * 4, agents=asking)
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Let two make files", cwd=stage.project) as terminal:
        both = questions(stage, 2)
        assert {one["sub_agent"] for one in both} == {"general-purpose"}
        first, second = sorted(both, key=lambda one: str(one["details"][0]["value"]))
        until(lambda: any(one["background_tasks"] for one in stage.remote.get("sessions")["sessions"]))
        assert asked_about(questions(stage, 2)) == {"touch one.txt", "touch two.txt"}
        answer(stage, first, "allow")
        assert [one["id"] for one in questions(stage, 1)] == [second["id"]]
        until((stage.project / "one.txt").exists)
        answer(stage, second, "deny")
        terminal.wait_until("idle")
    assert not (stage.project / "two.txt").exists()
