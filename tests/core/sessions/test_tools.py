import pytest

from tray_app.core.sessions.session import Session, ToolUse
from tray_app.core.sessions.tools import plain, tools_used


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mcp__github__create_issue", "create_issue"),
        ("mcp__plugin_a_b__do__both", "do__both"),
        ("mcp__github__", "mcp__github__"),
        ("mcp__github", "mcp__github"),
        ("mcp__", "mcp__"),
        ("Bash", "Bash"),
        ("my__tool", "my__tool"),
        ("", ""),
    ],
)
def test_a_tool_of_a_server_is_called_by_its_own_name(name: str, said: str) -> None:
    assert plain(name) == said


def test_calls_to_this_app_are_counted_apart_and_servers_of_one_tool_together() -> None:
    one = ToolUse(calls=1, failed=1, denied=1)
    tools = {"mcp__a__x": one, "mcp__b__x": one, "mcp__d__dingtalk_send_text": one, "dingtalk_cli": one}
    found = tools_used(Session(session_id="s", tools=tools))
    assert dict(found.tools) == {"x": ToolUse(calls=2, failed=2, denied=2), "dingtalk_cli": one}
    assert (found.calls, found.ours) == (3, 1)
