"""docs/claude-code.md says what the code does, and each statement's test exists."""

import re
from pathlib import Path

from tray_app import hook_cli
from tray_app.adapters.claude_code.connect.entries import ClaudeEntries
from tray_app.core.claude_code.hooks import EVENTS
from tray_app.core.settings.notices import MINUTE_MS, NoticeSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "claude-code.md").read_text("utf-8")
HOOKS = PAGE.partition("## What the hooks tell")[2].partition("| statement")[0]


def test_every_test_it_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 15
    missing = [f"{path}::{name}" for path, name in named if not defines(ROOT / path, name)]
    assert missing == []


def defines(file: Path, name: str) -> bool:
    return file.exists() and f"def {name}(" in file.read_text("utf-8")


def test_it_names_every_event_field_and_variable_of_the_hooks_and_no_other() -> None:
    named = set(re.findall(r"`(\w+)`", HOOKS))
    also = {"stop_hook_active", "background_tasks"}
    assert named == {*EVENTS, *hook_cli._FIELDS, *hook_cli._VARIABLES, *also}
    assert f"{hook_cli._LONGEST:,} characters" in HOOKS


def test_it_names_what_is_changed() -> None:
    wiring = ClaudeEntries(
        url="http://127.0.0.1:8737/mcp", helper="dingtalk-tray mcp-headers", hook=("python", "hook_cli.py")
    )
    keys = {str(key) for step in (*wiring.server_steps(), *wiring.settings_steps()) for key in step.path}
    assert keys == {"mcpServers", "dingtalk", "permissions", "allow", "hooks", *EVENTS}
    for word in (
        "server `dingtalk`",
        "`permissions.allow`",
        "`mcp__dingtalk`",
        *(f"`{name}`" for name in wiring.entry if name != "url"),
    ):
        assert word in PAGE


def test_defaults_of_notices_are_as_the_page_says() -> None:
    usual = NoticeSettings()
    waiting, ended, task = usual.waiting, usual.session_end, usual.task_done
    assert (waiting.enabled, waiting.after_ms, waiting.remind_ms) == (True, 10 * MINUTE_MS, 0)
    assert "on, after 10 min, once, without the command" in PAGE
    assert not waiting.details
    assert usual.failure.enabled
    assert (ended.enabled, ended.each, ended.after_ms) == (True, False, 10 * MINUTE_MS)
    assert (usual.summary.enabled, usual.summary.at, usual.summary.weekday) == (True, 18 * 60, None)
    assert "in the summary of the day, at 18:00; a message for each, of sessions longer than 10 min" in PAGE
    assert (task.enabled, task.after_ms) == (False, 5 * MINUTE_MS)
    assert "off; after 5 min where switched on" in PAGE
