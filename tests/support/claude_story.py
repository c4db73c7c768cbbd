"""A session that does a bit of everything, as a script for the model, and what is true of it afterwards."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.model_api import MODEL, ToolCall, Turn, Usage

SMALL_MODEL = "claude-haiku-4-5"
REPORT = "mcp__dingtalk__dingtalk_notify_session_end"
ALLOWED = ("--allowedTools", "Bash,Edit,Write,Agent")
BRANCH = "feature/report"
PROMPT = "Write the notes"

_MAIN = (
    Usage(input=1_000, output=210, cache_5m=4_000, cache_1h=300),
    Usage(input=20, output=90, cache_read=5_300),
    Usage(input=11, output=60, cache_1h=700, cache_read=5_400),
    Usage(input=12, output=45, cache_read=6_100),
)
_LAST = Usage(input=13, output=77, cache_read=6_200)
_BESIDE = Usage(input=500, output=33, cache_5m=900)  # each of the sub-agent's turns

TOOLS = {"Write": 1, "Edit": 1, "Bash": 3, "Agent": 1}  # one of Bash in the sub-agent, one fails
FILE = "notes.md"
KINDS = ("input", "output", "cache_creation", "cache_read")
LINES_ADDED, LINES_REMOVED = 5, 1


def main_turns(project: Path) -> list[Turn]:
    """Write, edit, commit, fail, and ask a sub-agent."""
    path = str(project / FILE)
    write = ToolCall(name="Write", input={"file_path": path, "content": "one\ntwo\nthree\n"})
    edit = ToolCall(name="Edit", input={"file_path": path, "old_string": "two", "new_string": "2\n2.5"})
    task = {"description": "Count lines", "prompt": "Count them", "subagent_type": "general-purpose"}
    steps: list[tuple[str, Sequence[ToolCall]]] = [
        ("I write the notes.", [write]),
        ("", [edit]),
        ("", [_bash("git add -A && git commit -qm 'Add notes'"), _bash("exit 3")]),
        ("", [ToolCall(name="Agent", input={**task, "run_in_background": False})]),
    ]
    return [Turn(text=text, calls=calls, usage=usage) for (text, calls), usage in zip(steps, _MAIN, strict=True)]


def agent_turns() -> list[Turn]:
    """The sub-agent counts lines with another model."""
    return [
        Turn(calls=[_bash("wc -l notes.md")], usage=_BESIDE, model=SMALL_MODEL),
        Turn(text="It has four lines.", usage=_BESIDE, model=SMALL_MODEL),
    ]


def last_turn(*calls: ToolCall, text: str = "") -> Turn:
    """One more turn of the main thread."""
    return Turn(text=text, calls=calls, usage=_LAST)


def tokens(*, last_turns: int) -> dict[str, dict[str, int]]:
    """What it has used by model and kind, with so many turns after those of `main_turns`."""
    return {MODEL: _sum([*_MAIN, *[_LAST] * last_turns]), SMALL_MODEL: _sum([_BESIDE, _BESIDE])}


def repository(project: Path) -> None:
    """Make the project a repository on a branch, with somebody to commit as."""
    for words in (
        ("init", "-q", "-b", BRANCH),
        ("config", "user.name", "Li Lei"),
        ("config", "user.email", "lilei@example.com"),
        ("commit", "-q", "--allow-empty", "-m", "Begin"),
    ):
        subprocess.run(["git", *words], cwd=project, check=True)


def _bash(command: str) -> ToolCall:
    return ToolCall(name="Bash", input={"command": command, "description": "Run"})


def _sum(usages: Sequence[Usage]) -> dict[str, int]:
    return {
        "input": sum(usage.input for usage in usages),
        "output": sum(usage.output for usage in usages),
        "cache_creation": sum(usage.cache_5m + usage.cache_1h for usage in usages),
        "cache_creation_1h": sum(usage.cache_1h for usage in usages),
        "cache_read": sum(usage.cache_read for usage in usages),
    }
