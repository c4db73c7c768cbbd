"""The real Claude Code asks in a terminal, and the owner may answer elsewhere: the first answer counts."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.claude_terminal import ENTER, claude_terminal
from tests.support.model_api import ToolCall, Turn
from tray_app.app.client.remote import AppSaysNo

__all__ = ["claude_binary", "stage"]
pytestmark = pytest.mark.timeout(300)  # the first test may have to install the client

ASK_ALWAYS = ("--permission-mode", "default")
ESCAPE = b"\x1b"
OPTIONS = [{"label": "SQLite", "description": "One file"}, {"label": "Postgres", "description": "A server"}]
ONE = {"question": "Which one?", "header": "DB", "options": OPTIONS, "multiSelect": False}
MORE = {"question": "Which extras?", "header": "Extras", "options": OPTIONS, "multiSelect": True}


def runs(command: str) -> Turn:
    return Turn(calls=[ToolCall(name="Bash", input={"command": command, "description": "Run"})])


def questions(stage: Stage, count: int, *, within_s: float = 10) -> list[Mapping[str, Any]]:
    """What waits, once it is so many."""
    deadline = time.monotonic() + within_s
    found: list[Mapping[str, Any]] = []
    while time.monotonic() < deadline:
        found = stage.remote.get("questions")["questions"]
        if len(found) == count:
            break
        time.sleep(0.05)
    assert len(found) == count, found
    return found


def answer(stage: Stage, asked: Mapping[str, Any], word: str, own: str = "") -> None:
    stage.remote.post("questions/answer", {"id": asked["id"], "word": word, "own": own})


def refused(stage: Stage, asked: Mapping[str, Any], word: str) -> str:
    with pytest.raises(AppSaysNo) as no:
        answer(stage, asked, word)
    return str(no.value.reason.args["words"])


def said_to_model(stage: Stage) -> str:
    return json.dumps(stage.model.asked[-1].body, ensure_ascii=False)


def test_a_command_runs_once_it_is_allowed_and_words_of_a_denial_reach_the_model(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(runs("touch one.txt"), runs("touch two.txt"), Turn(text="I see."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make two files", cwd=stage.project) as terminal:
        session_id = terminal.wait_until("waiting", "permission prompt")
        [asked] = questions(stage, 1)
        assert (asked["session"], asked["tool"], asked["project"]) == (session_id, "Bash", stage.project.name)
        assert asked["details"][0]["value"] == "touch one.txt"
        answer(stage, asked, "allow")
        again = questions(stage, 1)[0]
        while again["id"] == asked["id"]:
            again = questions(stage, 1)[0]
        answer(stage, again, "deny", "use pnpm 请")
        terminal.wait_until("idle")
    assert (stage.project / "one.txt").exists()
    assert not (stage.project / "two.txt").exists()
    assert "use pnpm 请" in said_to_model(stage)
    assert "denied before" in refused(stage, again, "allow")


@pytest.mark.slow
@pytest.mark.parametrize(("key", "made"), [(ENTER, True), (ESCAPE, False)])
def test_answered_in_the_terminal_it_waits_nowhere_while_the_command_runs(stage: Stage, key: bytes, made: bool) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(runs("touch one.txt; until [ -e go.txt ]; do sleep 0.1; done"), Turn(text="It is there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make a file", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        [asked] = questions(stage, 1)
        terminal.press(key)
        questions(stage, 0)
        (stage.project / "go.txt").touch()
        assert "already answered at the computer" in refused(stage, asked, "deny")
        terminal.wait_until("idle")
    assert (stage.project / "one.txt").exists() is made


def test_questions_and_plans_are_answered_as_in_the_terminal(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(
        Turn(calls=[ToolCall(name="AskUserQuestion", input={"questions": [ONE]})]),
        Turn(calls=[ToolCall(name="ExitPlanMode", input={"plan": "# Move it\n\n1. Write tests"})]),
        Turn(text="I see."),
    )
    with claude_terminal(stage.claude, "--permission-mode", "plan", "Plan it", cwd=stage.project) as terminal:
        [asked] = questions(stage, 1)
        assert (asked["kind"], [each["word"] for each in asked["answers"]]) == (
            "choice",
            ["option-0", "option-1", "deny"],
        )
        answer(stage, asked, "option-1")
        plan = questions(stage, 1)[0]
        while plan["kind"] != "plan":
            plan = questions(stage, 1)[0]
        assert "Postgres" in said_to_model(stage)
        assert [each["word"] for each in plan["answers"]] == ["deny"]  # no plan was written down: nothing to read
        answer(stage, plan, "deny", "first the tests")
        terminal.wait_until("idle")
    assert "first the tests" in said_to_model(stage)


def test_without_a_terminal_the_answer_is_waited_for_and_none_is_a_denial(stage: Stage) -> None:
    from concurrent.futures import ThreadPoolExecutor

    stage.connect()
    stage.start_app()
    stage.model.script(runs("touch one.txt"), Turn(text="It is there."))
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(stage.ask, "Make a file", *ASK_ALWAYS)
        [asked] = questions(stage, 1)
        answer(stage, asked, "allow")
        assert running.result(30).text == "It is there."
    assert (stage.project / "one.txt").exists()


def test_an_app_that_is_killed_leaves_the_dialog_and_allows_nothing(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(runs("touch one.txt"), Turn(text="It is there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make a file", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        [asked] = questions(stage, 1)
        stage.kill_app()
        stage.start_app()
        assert questions(stage, 0) == []
        assert "Nobody asks this" in refused(stage, asked, "allow")
        assert not (stage.project / "one.txt").exists()
        terminal.wait_until("waiting", "permission prompt")
        terminal.press(ENTER)
        terminal.wait_until("idle")
    assert (stage.project / "one.txt").exists()
