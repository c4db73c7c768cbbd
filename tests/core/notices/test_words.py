"""A notice reads as what it is about: foreign values are shown as they are, in title, heading and text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.rendered import one_line, visible
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import NOBODY
from tray_app.core.notices.rules import NoticeCause
from tray_app.core.notices.words import Notice, merged, message
from tray_app.core.reports.outcome import outcome_of
from tray_app.core.sessions.session import Asks, PendingCall, Session, Task
from tray_app.core.settings.notices import NoticeKind

ZH = catalogs()[Language.ZH]
WAITS = NoticeCause(kind=NoticeKind.WAITING, session_id="s", since_ms=0, turn_ms=0, asks=Asks.PERMISSION)
COMMAND = "rm -rf __pycache__ src/*.pyc build/*.o && echo <done>"
SESSION = Session(session_id="s", project="api", pending=(PendingCall(tool="Bash", about=COMMAND, runs=True),))
VALUE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    alphabet="ab_*`~<>[]()#!|&;:\\$+-=.1 \n"
)


def read(session: Session, cause: NoticeCause = WAITS) -> tuple[str, str]:
    """Title and text as a person reads them."""
    told = Notice(cause=cause, session=session, agent="Claude Code", now_ms=60_000, details=True)
    made = message(told, ZH, operator="Ann_B", moment="now", mentions=NOBODY)
    return made.title, visible(made.text)


def test_a_command_is_read_as_it_would_run() -> None:
    title, shown = read(SESSION)
    asked = f"⏳ api 在等您：允许运行 {COMMAND}？"
    assert title == asked
    assert shown.startswith(asked)
    assert shown.count(COMMAND) == 1  # once is enough


def test_last_words_are_read_as_the_agent_wrote_them() -> None:
    said = "<div>\nuse __init__ and **kwargs\n# no heading"
    assert f" {one_line(said)} — Ann_B" in read(replace(SESSION, last_text=said))[1]
    four = f"{said}\nfour"
    assert f" {one_line(said)} … — Ann_B" in read(replace(SESSION, last_text=four))[1]


@given(value=VALUE, last=VALUE)
def test_no_value_of_a_session_is_changed_by_markdown(value: str, last: str) -> None:
    done = replace(WAITS, kind=NoticeKind.TASK_DONE)
    name = one_line(value)
    session = Session(session_id="s", project=f"p{value}", branch=value, tasks=(Task(title=f"t{value}", done=True),))
    shown = read(replace(session, last_text=last), done)[1]
    assert one_line(f"✅ {one_line(f'p{value}')[:59]}").rstrip() in shown
    assert (f"Claude Code · {name} · now" if name else "Claude Code · now") in shown
    assert one_line(f"✓ t{value}") in shown
    assert one_line(outcome_of(last).words) in shown


@pytest.mark.parametrize("value", ["```", "<!-- x", "> q", "~~~", "[a]: http://b"])
def test_one_notice_of_several_ends_where_it_ends(value: str) -> None:
    told = Notice(
        cause=WAITS, session=replace(SESSION, last_text=value), agent="Claude Code", now_ms=60_000, details=True
    )
    one = message(told, ZH, operator="", moment="now", mentions=NOBODY)
    several = merged([one, one], ZH, projects=("api", "api"), mentions=NOBODY)
    assert several.title == "2 条合并：2 等待（api）"
    both = visible(several.text)
    assert both.count(f"允许运行 {COMMAND}？") == 2
    assert both.count(value) == 2
