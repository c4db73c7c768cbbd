"""What came of the work is one line: the agent's first, without marks, of a long one the first sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.messages.marks import DONE, FAILED, WARNED
from tray_app.core.reports.outcome import outcome_of

LONG = "退款改用 BigDecimal，214 个用例通过。旧的 float 接口已经删除，所有调用方都已经迁移，文档也更新了。"


@pytest.mark.parametrize(
    ("said", "mark", "words", "rest"),
    [
        ("", DONE, "", ""),
        ("All green.", DONE, "All green", ""),
        ("## 结果\n\n- a", DONE, "结果", "- a"),
        ("\n---\nDone:\n1. a", DONE, "---", "Done:\n1. a"),
        ("- **Fixed** `login` in [docs](https://x.test/a_b)", DONE, "Fixed login in docs", ""),
        (LONG, DONE, "退款改用 BigDecimal，214 个用例通过", LONG.partition("。")[2]),
        (f"**{LONG}**\nb", DONE, "退款改用 BigDecimal，214 个用例通过", f"**{LONG}**\nb"),
        ("word " * 40, DONE, "word " * 12 + "wor…", ("word " * 40).strip()),
        ("✅ 全部通过", DONE, "全部通过", ""),
        ("❌ 3 tests fail", FAILED, "3 tests fail", ""),
        ("⚠ two skipped", WARNED, "two skipped", ""),
        ("部署失败了", DONE, "部署失败了", ""),
        ("失败：没有权限", FAILED, "失败：没有权限", ""),
        ("Failed to deploy. Access denied.", FAILED, "Failed to deploy. Access denied", ""),
        ("use __init__ and **kwargs", DONE, "use __init__ and **kwargs", ""),
    ],
)
def test_the_first_line_is_the_outcome(said: str, mark: str, words: str, rest: str) -> None:
    found = outcome_of(said)
    assert (found.mark, found.words, found.rest) == (mark, words, rest)


@given(st.text(max_size=400))
def test_whatever_is_said_is_one_line_of_a_banner(said: str) -> None:
    found = outcome_of(said)
    assert "\n" not in found.words
    assert len(found.words) <= 64
