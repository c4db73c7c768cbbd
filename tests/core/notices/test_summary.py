"""The words of a summary, in both languages."""

from datetime import date
from typing import Any

import pytest

from tests.support.catalogs import catalogs
from tray_app.core.kernel.texts import Language
from tray_app.core.notices.summary import Span, Worked, message, outcome_line
from tray_app.core.sessions.session import Session, SessionState

MINUTE_MS = 60_000
EN, ZH = catalogs()[Language.EN], catalogs()[Language.ZH]
FRIDAY = date(2025, 11, 21)
TODAY = Span(since=FRIDAY, day=FRIDAY, today=FRIDAY)


def worked(name: str = "s1", *, micros: int | None = 1_000_000, told: bool = False, **facts: Any) -> Worked:
    usual = {"project": "shop", "state": SessionState.ENDED}
    session = Session(session_id=name, **{**usual, **facts})
    return Worked(session=session, active_ms=10 * MINUTE_MS, micros=micros, told=told)


def test_the_title_has_the_outcome_and_the_body_project_by_project_what_needs_somebody_first() -> None:
    found = message(
        [
            worked("s1", last_text="## Done\n\n- **All** 214 tests pass\n- more"),
            worked("s2", failure="rate_limit", title="Refunds", worktree="fix-login"),
            worked("s3", state=SessionState.WAITING, title="Migrate", micros=None),
            worked("s4", told=True),
            worked("s5", project="", state=SessionState.WORKING),
        ],
        TODAY,
        EN,
        operator="Wang",
        moment="18:00",
    )
    assert found.title == "📅 Wang · Today (11-21): 2 finished · 1 failed · 2 open"
    paragraphs = [
        "### 📅 Today (11-21): 2 finished · 1 failed · 2 open",
        "**In all:** sessions: 5 · 50 min · at least $4.00",
        (
            "#### shop: 2 finished · 1 failed · 1 open · 40 min · at least $3.00\n"
            "- ❌ fix-login: Refunds · broke off: usage limit reached · 10 min · $1.00\n"
            "- ⏳ Migrate · 10 min\n"
            "- ✅ All 214 tests pass · 10 min · $1.00\n"
            "- told already, each by itself: 1"
        ),
        "#### Without a project: 1 open · 10 min · $1.00\n- ▶️ still open · 10 min · $1.00",
        "> — Wang · 18:00",
    ]
    assert found.text.split("\n\n") == paragraphs


def test_a_hundred_sessions_are_one_short_message() -> None:
    many = [worked(f"s{number}", project=f"p{number % 20}", last_text="很长的话" * 100) for number in range(200)]
    found = message(many, TODAY, ZH, operator="", moment="18:00")
    assert len(found.text.encode()) < 12_000
    assert found.text.count("- ✅") == 27  # 30 lines with those that count the rest
    assert "…… 还有 8 个项目" in found.text


@pytest.mark.parametrize(
    ("since", "day", "today", "week", "said"),
    [
        (20, 21, 21, False, "今日小结（11-21）"),
        (20, 21, 22, False, "昨日小结（11-21）"),
        (20, 21, 24, False, "11-21 小结"),
        (18, 21, 24, False, "11-18 至 11-21 小结"),
        (14, 21, 21, True, "本周小结（11-14 至 11-21）"),
    ],
)
def test_it_says_of_which_days_it_is(since: int, day: int, today: int, *, week: bool, said: str) -> None:
    days = [date(2025, 11, number) for number in (since, day, today)]
    assert ZH(Span(since=days[0], day=days[1], today=days[2], week=week).words) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"last_text": "\n- done: [it](https://x.y)"}, "done: it"),
        ({"last_text": "## 完成"}, "完成"),
        ({"last_text": "1. 改好了 `a_b`"}, "改好了 a_b"),
        ({"commits": ("first", "last"), "title": "t"}, "last"),
        ({"title": "t"}, "t"),
        ({"last_text": "长" * 200}, "长" * 31 + "…"),
        ({}, ""),
    ],
)
def test_a_sessions_line_is_its_last_words_else_its_commit_else_its_title(facts: dict[str, Any], said: str) -> None:
    assert outcome_line(Session(session_id="s", **facts)) == said
