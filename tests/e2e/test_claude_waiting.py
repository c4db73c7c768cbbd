"""A person before the real Claude Code: told where it waits and nobody reacts, and not where somebody does."""

import pytest

from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.claude_terminal import ENTER, claude_terminal
from tests.support.model_api import ToolCall, Turn
from tests.support.phone_stage import until
from tests.support.rendered import visible

__all__ = ["claude_binary", "stage"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the first test may have to install the client

ASK_ALWAYS = ("--permission-mode", "default")


def runs(command: str) -> Turn:
    return Turn(calls=[ToolCall(name="Bash", input={"command": command, "description": "Run"})])


def test_a_permission_nobody_gives_is_told_once_and_one_given_in_time_is_not(stage: Stage) -> None:
    stage.settings("[notices.waiting]\ndetails = true\nafter_s = 2\n")
    stage.connect()
    stage.start_app()
    stage.model.script(runs("touch quick.txt"), runs("touch slow.txt"), Turn(text="Both are there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make two files", cwd=stage.project) as terminal:
        session_id = terminal.wait_until("waiting", "permission prompt")
        terminal.press(ENTER)  # in time
        [seen] = stage.robot.wait_for(1)
        assert seen.title == f"⏳ {stage.project.name} is waiting for you: allow it to run touch slow.txt?"
        assert stage.session(session_id, state="waiting")["waiting_for"] == "permission"
        terminal.press(ENTER)
        terminal.wait_until("idle")
        assert stage.session(session_id, state="idle")["tools"]["Bash"]["calls"] == 2
        assert terminal.leave() == 0
    assert stage.session(session_id, state="ended")["end_reason"] == "prompt_input_exit"
    [row] = stage.history(rows=1)
    assert (row["session"], row["source"], row["tool"]) == (session_id, "auto", "waiting")
    assert len(stage.robot.received) == 1


def test_a_session_whose_process_is_killed_ends_without_a_goodbye(stage: Stage) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(text="Here I am."))
    with claude_terminal(stage.claude, "Say something", cwd=stage.project) as terminal:
        session_id = terminal.wait_until("idle")
        assert stage.session(session_id, state="idle")["pid"] == terminal.pid
        terminal.kill()
        assert stage.session(session_id, state="ended")["end_reason"] is None


OPTIONS = [{"label": "SQLite", "description": "One file"}, {"label": "Postgres", "description": "A server"}]
QUESTION = {"question": "Which one?", "header": "DB", "options": OPTIONS, "multiSelect": False}


@pytest.mark.parametrize(
    ("call", "asks", "told"),
    [
        (
            ToolCall(name="AskUserQuestion", input={"questions": [QUESTION]}),
            "Which one?",
            "- SQLite: One file - Postgres: A server",
        ),
        (
            ToolCall(name="ExitPlanMode", input={"plan": "# Move __it__\n\n1. Write tests"}),
            "approve its plan: Move __it__?",
            "# Move __it__ 1. Write tests",
        ),
    ],
)
def test_a_question_is_told_with_its_options_and_a_plan_with_its_lines(
    stage: Stage, call: ToolCall, asks: str, told: str
) -> None:
    stage.settings("[notices.waiting]\ndetails = true\nafter_s = 1\n")
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(calls=[call]), Turn(text="I see."))
    with claude_terminal(stage.claude, "--permission-mode", "plan", "Plan it", cwd=stage.project) as terminal:
        [seen] = stage.robot.wait_for(1)
        assert seen.title == f"⏳ {stage.project.name} is waiting for you: {asks}"
        assert told in visible(seen.text)
        terminal.press(ENTER)
        terminal.wait_until("idle")


def test_clear_is_no_end_of_a_session_and_leaving_is(stage: Stage) -> None:
    stage.settings("[notices.session_end]\nmin_minutes = 0\n")
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(text="Here I am."), Turn(text="And here."))
    with claude_terminal(stage.claude, "Say something", cwd=stage.project) as terminal:
        first = terminal.wait_until("idle")
        terminal.press(b"/clear")
        terminal.press(ENTER)
        assert stage.session(first, state="ended")["end_reason"] == "clear"
        terminal.press(b"Once more")
        terminal.press(ENTER)
        terminal.wait_until("busy")
        second = terminal.wait_until("idle")
        assert second != first
        until(lambda: stage.session(second, state="idle")["tokens_by_model"])  # its reply is written, and was read
        assert terminal.leave() == 0
    [seen] = stage.robot.wait_for(1)
    assert seen.title == f"✅ {stage.project.name}: And here"
    [row] = stage.history(rows=1)
    assert (row["session"], row["tool"]) == (second, "session_end")
