"""Names beside the bars: what a narrow window has room for, and the whole name for who asks."""

import pytest

from tray_app.core.sessions.pages.charts import tools
from tray_app.core.sessions.ranges import ToolSum


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Bash", "Bash"),
        ("mcp__dingtalk__dingtalk_send_markdown", "dingtalk_send_markdown"),
        ("mcp__odd__", "mcp__odd__"),
        ("a__b", "a__b"),
        ("x" * 40, "x" * 25 + "…"),
        ("发" * 20, "发" * 12 + "…"),
    ],
)
def test_a_tools_name_is_cut_to_what_tells_it_from_others(name: str, short: str) -> None:
    (row,) = tools([ToolSum(tool=name, calls=3, failed=1, denied=0)]).rows
    assert (row.name, row.short, row.values) == (name, short, (2, 1, 0))
