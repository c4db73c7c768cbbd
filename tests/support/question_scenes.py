"""One question of each kind that Claude Code asks, as it posts them."""

from collections.abc import Mapping
from typing import Any

from tests.support.policy_scenes import StillPolicy, StillQuestions, question
from tray_app.core.claude_code.questions import read_question

_OPTIONS = [
    {"label": "SQLite", "description": "一个文件，无需服务"},
    {"label": "Postgres", "description": "A server, as in production"},
]
_DATABASE = {"question": "测试用哪个数据库？", "header": "DB", "options": _OPTIONS, "multiSelect": False}
_EXTRAS = {"question": "Which extras?", "header": "Extras", "options": _OPTIONS, "multiSelect": True}
_RULE = {
    "type": "addRules",
    "rules": [{"toolName": "Bash", "ruleContent": "kubectl rollout:*"}],
    "behavior": "allow",
    "destination": "localSettings",
}


def _posted(tool: str, given: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    known = {"hook_event_name": "PermissionRequest", "session_id": "0a1b2c3d", "cwd": "/home/li/code/payments-api"}
    return {**known, "tool_name": tool, "tool_input": given, **more}


POSTED: Mapping[str, Mapping[str, Any]] = {
    "command": _posted(
        "Bash",
        {
            "command": "set -e\nkubectl rollout restart deploy/api\nkubectl rollout status deploy/api",
            "description": "Restart",
        },
        permission_suggestions=[_RULE],
    ),
    "edit": _posted(
        "Edit",
        {
            "file_path": "/home/li/code/payments-api/refund.py",
            "old_string": "x = 1.0\ny",
            "new_string": "x = Decimal(1)\ny",
        },
    ),
    "choice": _posted("AskUserQuestion", {"questions": [_DATABASE]}),
    "choices": _posted("AskUserQuestion", {"questions": [_DATABASE, _EXTRAS]}),
    "plan": _posted("ExitPlanMode", {"plan": "# 退款改用 Decimal\n\n1. 先写测试\n2. 再改 `refund.py`"}),
}


def asking_policy(*kinds: str) -> StillPolicy:
    """Give an app in which these are asked (all, where none is named); the id of each is its kind."""
    asked = tuple(question(kind, read_question(POSTED[kind])) for kind in kinds or POSTED)
    return StillPolicy(questions=StillQuestions(asked=asked))
