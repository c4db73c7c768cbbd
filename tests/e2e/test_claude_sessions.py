"""Whole sessions of the real Claude Code, connected as people connect it: what is measured, reported and told."""

import subprocess
from dataclasses import replace
from typing import Any

import pytest

from tests.support import claude_story as story
from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.model_api import Asked, Refusal, ToolCall, Turn, Usage
from tests.support.transcripts import iteration
from tray_app.adapters.claude_code.transcripts import TranscriptReader
from tray_app.core.claude_code.pricing import picos
from tray_app.core.sessions.counting.money import micros
from tray_app.core.sessions.figures import short
from tray_app.core.sessions.session import Tokens

__all__ = ["claude_binary", "stage"]
pytestmark = pytest.mark.timeout(300)  # the first test may have to install the client

REPORT = ToolCall(name=story.REPORT)
LOW_CREDIT = "Your credit balance is too low to access the Anthropic API."
SHORT_SESSIONS_TOO = "[notices.session_end]\nmin_minutes = 0\n"


def estimate(used: dict[str, dict[str, int]]) -> int:
    """Millionths of a dollar at list price."""
    return micros(sum(picos(model, Tokens(**kinds)) or 0 for model, kinds in used.items()))


def assert_measured(session: dict[str, Any], stage: Stage, *, last_turns: int, reports: int) -> None:
    """Everything that the script has made happen, and nothing else."""
    used = story.tokens(last_turns=last_turns)
    by_model = {
        model: {name: count for name, count in kinds.items() if name != "total"}
        for model, kinds in session["tokens_by_model"].items()
    }
    assert by_model == used
    assert {name: use["calls"] for name, use in session["tools"].items()} == {
        **story.TOOLS,
        **({story.REPORT: reports} if reports else {}),
    }
    assert session["tools"]["Bash"]["failed"] == 1
    assert session["files_changed"] == [str(stage.project / story.FILE)]
    assert (session["prompts"], session["subagents"], session["errors"]) == (1, 1, 0)
    assert (session["project"], session["branch"]) == (stage.project.name, story.BRANCH)
    assert (session["title"], session["commits"]) == (story.PROMPT, ["Add notes"])
    assert (session["lines_added"], session["lines_removed"]) == (story.LINES_ADDED, story.LINES_REMOVED)
    assert 0 < session["last_ms"] - session["started_ms"] < 60_000


def test_a_report_without_arguments_says_what_was_measured(stage: Stage) -> None:
    story.repository(stage.project)
    stage.connect()
    stage.start_app()
    stage.model.script(
        *story.main_turns(stage.project),
        story.last_turn(REPORT),
        story.last_turn(text="All done."),
        agents=story.agent_turns(),
    )
    answer = stage.ask(story.PROMPT, *story.ALLOWED)
    assert (answer.text, answer.err) == ("All done.", "")
    [seen] = stage.robot.received
    used = story.tokens(last_turns=1)  # up to the report itself
    total = sum(by_model[name] for name in story.KINDS for by_model in used.values())
    cost = f"${estimate(used) / 1_000_000:.2f}"
    assert seen.title.startswith(f"📋 {stage.project.name}, interim report: ")
    lines = seen.text.splitlines()
    assert "**Commits** 1: Add notes" in lines
    assert f"**Files** 1 (+5 −1): {story.FILE}" in lines
    (figures,) = (line for line in lines if line.startswith("📊"))
    assert figures.endswith(f" · 6 tool calls · {short(total)} tokens · about {cost}")
    assert f" · {story.BRANCH} · " in lines[-1]
    session = stage.session(answer.session_id, state="ended")
    assert_measured(session, stage, last_turns=2, reports=1)
    assert session["end_reason"] == "other"
    assert session["messages_sent"] == 1
    assert session["cost_usd"] == pytest.approx(answer.full["total_cost_usd"])  # the client's own figure wins
    assert session["cost_by_client"]
    assert session["cost_usd"] > 0
    [row] = stage.history(rows=1)
    assert (row["session"], row["project"]) == (answer.session_id, stage.project.name)


@pytest.mark.slow
def test_a_session_in_a_worktree_is_its_projects_and_one_that_a_program_runs_can_be_muted(stage: Stage) -> None:
    story.repository(stage.project)
    tree = stage.project.parent / "trees" / "hotfix"
    subprocess.run(["git", "worktree", "add", "-q", "--detach", str(tree)], cwd=stage.project, check=True)
    stage.settings("[notices]\nscripted = false\n" + SHORT_SESSIONS_TOO)
    stage.connect()
    stage.start_app()
    main, stage.project = stage.project, tree
    stage.model.script(Turn(text="The answer is four."))
    answer = stage.ask("What is two and two?")
    session = stage.session(answer.session_id, state="ended")
    facts = {"project": main.name, "worktree": "hotfix", "cwd": str(tree), "main_folder": str(main), "scripted": True}
    assert {name: session[name] for name in facts} == facts
    stage.settings(SHORT_SESSIONS_TOO)
    stage.model.script(Turn(text="The answer is five."))
    told = stage.ask("What is two and three?")
    [row] = stage.history(rows=1)  # of the second alone
    assert (row["session"], row["project"], row["title"].split(":")[0]) == (
        told.session_id,
        main.name,
        f"✅ {main.name} (hotfix)",
    )


@pytest.mark.slow
def test_the_app_killed_and_started_again_within_a_session_counts_right(stage: Stage) -> None:
    def after_a_crash(_asked: Asked) -> Turn:
        stage.kill_app()
        stage.start_app()
        return ask_agent

    story.repository(stage.project)
    stage.connect()
    stage.start_app()
    *before, ask_agent = story.main_turns(stage.project)
    stage.model.script(
        *before,
        after_a_crash,
        story.last_turn(REPORT),
        story.last_turn(text="All done."),
        agents=story.agent_turns(),
    )
    answer = stage.ask(story.PROMPT, *story.ALLOWED)
    [seen] = stage.robot.received
    assert " · 6 tool calls · " in seen.text
    assert_measured(stage.session(answer.session_id, state="ended"), stage, last_turns=2, reports=1)


_PARTS = [Tokens(input=900, output=30, cache_read=60_000), Tokens(input=100, output=70, cache_read=60_900)]
_ADVISED = [
    iteration(_PARTS[0]),
    iteration(Tokens(input=90_314, output=644), kind="advisor_message", model="claude-opus-5"),
    iteration(_PARTS[1]),
]
_SEARCHED = {"server_tool_use": {"web_search_requests": 7, "web_fetch_requests": 2}}
_LONG = Usage(input=1_000, output=100, cache_read=120_900)


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("claude-haiku-5-5", replace(_LONG, more={"iterations": _ADVISED})),
        ("claude-opus-5", replace(_LONG, more={"inference_geo": "us", **_SEARCHED})),
    ],
    ids=["advice, and a price by each request's length", "in one country, with web searches"],
)
def test_the_estimate_is_the_clients_own_figure(stage: Stage, model: str, usage: Usage) -> None:
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(text="The answer is four.", usage=usage, model=model))
    answer = stage.ask("What is two and two?", "--model", model)
    session = stage.session(answer.session_id, state="ended")
    (read,) = TranscriptReader([stage.claude.config], now_ms=lambda: session["last_ms"]).scan().changed.values()
    ours = sum(one.micros or 0 for one in read.estimates.values()) / 1e6
    assert ours == pytest.approx(answer.full["total_cost_usd"], abs=1e-6)
    assert session["cost_usd"] == pytest.approx(answer.full["total_cost_usd"])
    assert session["context_tokens"] == (_PARTS[1].prompt if "iterations" in usage.more else 121_900)
    assert ("claude-opus-5" in session["tokens_by_model"]) == (model == "claude-opus-5" or "iterations" in usage.more)


@pytest.mark.slow
def test_the_end_of_a_session_is_told_by_itself_and_not_again_where_the_agent_has_told_it(stage: Stage) -> None:
    stage.settings(SHORT_SESSIONS_TOO)
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(text="The answer is four."))
    silent = stage.ask("What is two and two?")
    [seen] = stage.robot.wait_for(1)
    assert seen.title == f"✅ {stage.project.name}: The answer is four"
    stage.model.script(Turn(calls=[REPORT]), Turn(text="Reported."))
    telling = stage.ask("What is two and three?")
    automatic, called, withheld = stage.history(rows=3)
    assert (automatic["session"], automatic["stage"], automatic["source"]) == (silent.session_id, "sent", "auto")
    assert (called["session"], called["stage"]) == (telling.session_id, "sent")
    assert (withheld["session"], withheld["source"]) == (telling.session_id, "auto")
    assert withheld["stage"] != "sent"
    assert withheld["reason"] == "not sent: the agent has already reported this itself"
    assert len(stage.robot.received) == 2


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        pytest.param(Refusal(status=429, kind="rate_limit_error"), "usage limit reached", marks=pytest.mark.slow),
        pytest.param(Refusal(status=529, kind="overloaded_error"), "the service is overloaded", marks=pytest.mark.slow),
        (Refusal(status=400, kind="invalid_request_error", message=LOW_CREDIT), "billing problem"),
    ],
    ids=["rate-limit", "overloaded", "billing"],
)
def test_a_turn_that_fails_is_told(stage: Stage, refusal: Refusal, words: str) -> None:
    stage.settings("[notices.failure]\nafter_s = 0\n")
    stage.connect()
    stage.start_app()
    stage.model.script(refusal)
    answer = stage.ask("Go on")
    assert answer.is_error
    [seen] = stage.robot.wait_for(1)
    assert seen.title == f"❌ {stage.project.name} has stopped: {words}"
    [row] = stage.history(rows=1)
    assert (row["session"], row["source"], row["tool"]) == (answer.session_id, "auto", "failure")
