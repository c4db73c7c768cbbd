"""The tray's sessions: one line each, those that wait first and marked, the day's total below."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.snapshots import MINUTE, NOON, shanghai, snapshot
from tray_app.core.kernel.texts import Language
from tray_app.core.kernel.words import LABEL_CHARS, fit
from tray_app.core.menu.actions import MuteNotices, OpenPage, Page, UnmuteNotices
from tray_app.core.menu.item import Item
from tray_app.core.menu.menu import SESSIONS, rows
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.mutes import LENGTHS, Mute
from tray_app.core.sessions.session import SessionState
from tray_app.core.state.snapshot import Snapshot

CATALOGS = catalogs()
WORKING = SessionView(
    id="s1",
    agent="claude-code",
    project="api",
    title="Fix it",
    state=SessionState.WORKING,
    since_ms=NOON - 12 * MINUTE - 59_000,
    tools=38,
    tokens=182_345,
    branch="fix/refund",
    micros=3_100_000,
)
WAITING = replace(WORKING, id="s2", project="web", state=SessionState.WAITING, waiting_for="permission", asks="Bash ls")
IDLE = replace(WORKING, id="s3", project="", state=SessionState.IDLE, micros=None)


def sessions(value: Snapshot, language: Language = Language.EN) -> Item:
    found = rows(value, CATALOGS[language], local=shanghai).find("sessions")
    assert found is not None
    return found


def labels(item: Item) -> list[str]:
    return [child.label for child in item.children if not child.separator]


def test_each_session_says_what_it_does_and_how_much() -> None:
    today = DayView(tokens=1_234_567, micros=3_104_000)
    item = sessions(snapshot(sessions=(WAITING, WORKING, IDLE), today=today))
    assert item.label == "Sessions (3, 1 waiting)"
    assert labels(item) == [
        "! web · Fix it · 12 min · asks: Bash ls",
        "api · Fix it · 12 min · $3.10",
        "Fix it · idle · price unknown",
        "Today: 1.2M tokens · about $3.10",
        "Mute notices",
        "Open the sessions page",
    ]


def test_a_name_stays_whole_beside_a_long_question() -> None:
    asks = "Bash npm publish --access public --tag next"
    item = sessions(snapshot(sessions=(replace(WAITING, project="billing", title="", asks=asks),)))
    assert labels(item)[0].startswith("! billing · 12 min · asks: Bash npm")


def test_in_chinese_too() -> None:
    item = sessions(snapshot(sessions=(WAITING, WORKING), today=DayView(micros=None)), Language.ZH)
    assert [item.label, *labels(item)] == [
        "会话（2，1 个在等您）",
        "! web · Fix it · 12 分钟 · 询问：Bash ls",
        "api · Fix it · 12 分钟 · $3.10",
        "今天：0 Token · 价格未知",
        "静音自动通知",
        "打开会话页面",
    ]


def test_without_a_session_it_says_so() -> None:
    item = sessions(snapshot())
    words = ["Sessions", "No session is running", "Today: 0 tokens · about $0.00", "Open the sessions page"]
    assert [item.label, *labels(item)] == words


def test_a_click_opens_the_page_of_the_session_or_of_all() -> None:
    first, *_, last = sessions(snapshot(sessions=(WAITING,))).children
    assert (first.action, last.action) == (OpenPage(Page.SESSIONS, WAITING.id), OpenPage(Page.SESSIONS))


def test_the_line_changes_once_a_minute() -> None:
    texts = {labels(sessions(snapshot(sessions=(WORKING,), now_ms=NOON + ms)))[0] for ms in range(0, 60_000, 1_000)}
    assert len(texts) == 2


def test_many_sessions_are_counted_not_listed() -> None:
    many = tuple(replace(IDLE, id=f"s{number}") for number in range(40))
    item = sessions(snapshot(sessions=many))
    assert labels(item)[SESSIONS] == "and 28 more"
    assert len(labels(item)) == SESSIONS + 4


def test_a_session_or_its_project_is_muted_for_a_time_and_what_is_muted_is_undone_by_a_click() -> None:
    mutes = (
        Mute(id="m1", project="web", name="web", until_ms=NOON + 60 * MINUTE),
        Mute(id="m2", session="s1", name="api"),
    )
    item = sessions(snapshot(sessions=(WORKING, IDLE), mutes=mutes))
    assert labels(item)[:2] == ["Muted until 13:00: web · undo", "Muted: api · undo"]
    assert [child.action for child in item.children[:2]] == [UnmuteNotices("m1"), UnmuteNotices("m2")]
    (mute,) = (child for child in item.children if child.id == "mute")
    assert labels(mute) == ["api (fix/refund) · Fix it", "Fix it"]
    of_api, alone = mute.children
    assert [child.action for child in of_api.children if child.action] == [
        *(MuteNotices(to, session="s1", name="api (fix/refund)") for to in LENGTHS),
        *(MuteNotices(to, project="api", name="api") for to in LENGTHS),
    ]
    assert labels(of_api)[::3] == ["This session for 1 hour", "All of api for 1 hour"]
    assert len(labels(alone)) == 3  # it has no project


@given(
    name=st.text(max_size=80),
    state=st.sampled_from(SessionState),
    tools=st.integers(0, 10**9),
    tokens=st.integers(0, 10**13),
    since_ms=st.integers(0, 2 * NOON),
    language=st.sampled_from(Language),
)
def test_any_session_gives_a_line_that_fits(
    name: str, state: SessionState, tools: int, tokens: int, since_ms: int, language: Language
) -> None:
    view = replace(WORKING, project=name, state=state, tools=tools, tokens=tokens, since_ms=since_ms)
    label = sessions(snapshot(sessions=(view,)), language).children[0].label
    assert 0 < len(label) <= LABEL_CHARS
    assert label.isprintable()


@pytest.mark.parametrize("language", Language)
def test_a_long_project_gives_way_to_what_the_session_does(language: Language) -> None:
    view = replace(IDLE, project="a-very-long-name-of-a-project-folder")
    label = sessions(snapshot(sessions=(view,)), language).children[0].label
    assert label.endswith((" · idle · price unknown", " · 空闲 · 价格未知"))


def test_a_worktree_stands_beside_its_project() -> None:
    item = sessions(snapshot(sessions=(replace(WORKING, project="shop", worktree="fix"),)))
    assert labels(item)[0] == "shop (fix) · Fix it · 12 min · $3.10"


def test_equal_names_are_told_apart_by_their_branches() -> None:
    twin = replace(WORKING, id="s4", branch="main")
    shown = labels(sessions(snapshot(sessions=(WORKING, twin, replace(WORKING, id="s5", project="web")))))
    assert shown[:3] == [
        "api (fix/refund) · Fix it · 12 min · $3.10",
        "api (main) · Fix it · 12 min · $3.10",
        "web · Fix it · 12 min · $3.10",
    ]


@pytest.mark.parametrize(("week", "drawn"), [((0,) * 7, ""), ((2, 0, 9, 4, 1, 12, 3), " ▃▁▇▄▂█▃")])
def test_todays_line_has_a_chart_of_the_week(week: tuple[int, ...], drawn: str) -> None:
    shown = snapshot(today=DayView(tokens=1_000, micros=3_100_000), week=week)
    assert labels(sessions(shown))[1] == f"Today: 1k tokens · about $3.10{drawn}"
    long = replace(shown, today=DayView(tokens=10**12, micros=None, priced=10**15))
    assert labels(sessions(long))[1] == fit("Today: 1000B tokens · at least $1,000,000,000.00")


def test_a_day_with_an_unknown_price_says_what_it_cost_at_least() -> None:
    day = DayView(tokens=1_000, micros=None, priced=103_000_000)
    assert labels(sessions(snapshot(today=day)))[1] == "Today: 1k tokens · at least $103.00"
