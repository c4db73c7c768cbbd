"""What Claude Code's PermissionRequest hook sends, as it was seen."""

from typing import Any

RULE = {
    "type": "addRules",
    "rules": [{"toolName": "Bash", "ruleContent": "npm test"}],
    "behavior": "allow",
    "destination": "localSettings",
}
OPTIONS = [{"label": "SQLite", "description": "One file"}, {"label": "Postgres"}]
DB: dict[str, Any] = {"question": "Which?", "header": "DB", "options": OPTIONS, "multiSelect": False}
EXTRAS: dict[str, Any] = {"question": "Extras?", "header": "E", "options": OPTIONS, "multiSelect": True}


def asked(tool: str = "Bash", given: object = None, **more: object) -> dict[str, Any]:
    """One that asks to run a command; `more` are other fields."""
    return {
        "hook_event_name": "PermissionRequest",
        "session_id": "abc-1",
        "cwd": "/code/shop",
        "tool_name": tool,
        "tool_input": {"command": "npm test"} if given is None else given,
        **more,
    }
