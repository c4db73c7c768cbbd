"""Bodies of Claude Code's hooks, as the client sends them (captured from 2.1.330, made anonymous)."""

from typing import Any

SESSION = "00000001-0000-4000-8000-000000000001"
_COMMON = {
    "session_id": SESSION,
    "transcript_path": f"/home/user/.claude/projects/-home-user-code-demo/{SESSION}.jsonl",
    "cwd": "/home/user/code/demo",
    "prompt_id": "00000005-0000-4000-8000-000000000005",
    "permission_mode": "default",
    "effort": {"level": "medium"},
}
_TASK = {"id": "ac5cef8f41ee576f4", "type": "subagent", "status": "running", "description": "sub task"}
_OWN: dict[str, dict[str, Any]] = {
    "SessionStart": {"source": "startup", "model": "claude-opus-4-8"},
    "SessionEnd": {"reason": "prompt_input_exit"},
    "Stop": {
        "stop_hook_active": False,
        "last_assistant_message": "All done. 完成 🎉",
        "background_tasks": [_TASK],
        "session_crons": [],
    },
    "StopFailure": {"error": "rate_limit", "last_assistant_message": "API Error: 429"},
    "Notification": {"message": "Claude needs your permission", "notification_type": "permission_prompt"},
    "SubagentStop": {
        "agent_id": "ac5cef8f41ee576f4",
        "agent_type": "general-purpose",
        "stop_hook_active": False,
        "last_assistant_message": "sub result",
        "background_tasks": [_TASK],
    },
    "UserPromptSubmit": {"prompt": "please build it"},
    "PreToolUse": {
        "tool_name": "mcp__dingtalk__dingtalk_notify_session_end",
        "tool_input": {"summary": "built a.txt"},
        "tool_use_id": "toolu_1924dce5d0224e228aba5ae9",
        "mcp_server": {"name": "dingtalk", "source": "user"},
    },
}
HOOKS = {name: {**_COMMON, "hook_event_name": name, **own} for name, own in _OWN.items()}
