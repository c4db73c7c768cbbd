"""A person is told all that is asked: each line of a command, a plan's first lines, a question with its options."""

import pytest

from tests.support.catalogs import catalogs
from tests.support.rendered import visible
from tray_app.core.claude_code.tools import tool_call
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import NOBODY
from tray_app.core.notices.rules import NoticeCause
from tray_app.core.notices.words import Notice, message
from tray_app.core.sessions.session import Asks, PendingCall, Session
from tray_app.core.settings.notices import NoticeKind

WORDS = catalogs()
QUESTIONS = {
    "questions": [
        {
            "question": "Which database?",
            "header": "DB",
            "options": [{"label": "SQLite", "description": "Simple"}, {"label": "Postgres"}],
            "multiSelect": False,
        },
        {"question": "Which extras?", "options": [{"label": "Auth"}, {"label": "Cache"}], "multiSelect": True},
    ]
}
PLAN = "# Move the __parser__\n\n1. Delete `old.py`\n2. Write tests\n"


def read(
    tool: str,
    arguments: object,
    *,
    asks: Asks = Asks.PERMISSION,
    idle: bool = False,
    zh: bool = True,
    details: bool = True,
) -> tuple[str, str]:
    """Title and text of a notice about this call, as a person reads them."""
    call = tool_call("c1", tool, arguments)
    pending = PendingCall(tool=call.name, about=call.about, runs=call.runs, more=call.more, kind=call.kind)
    cause = NoticeCause(kind=NoticeKind.WAITING, session_id="s", since_ms=0, turn_ms=0, asks=asks, idle=idle)
    told = Notice(
        cause=cause,
        session=Session(session_id="s", project="api", pending=(pending,)),
        agent="Claude Code",
        now_ms=0,
        details=details,
    )
    made = message(told, WORDS[Language.ZH if zh else Language.EN], operator="", moment="now", mentions=NOBODY)
    return made.title, visible(made.text)


def test_each_line_of_a_command_is_told() -> None:
    title, shown = read("Bash", {"command": "set -e\n\nrm -rf /srv/data\n", "description": "Clean up"})
    assert title == "⏳ api 在等您：允许运行 set -e（还有 1 行）？"
    assert "：允许运行 set -e（还有 1 行）？ set -e rm -rf /srv/data 已等待" in shown
    title, _ = read("Bash", {"command": "set -e\na\nb"}, zh=False)
    assert title == "⏳ api is waiting for you: allow it to run set -e (+ 2 lines)?"


@pytest.mark.parametrize("count", [30, 500])
def test_lines_that_have_no_room_are_counted(count: int) -> None:
    title, shown = read("Bash", {"command": "\n".join(f"step{n:04}" for n in range(count))})
    assert f"（还有 {count - 1} 行）" in title
    assert "step0014 …（还有" in shown
    assert f"…（还有 {count - 15} 行）" in shown


def test_the_end_of_a_long_line_is_told_below_it() -> None:
    command = "cd /srv && " + "echo working && " * 12 + "rm -rf data"
    title, shown = read("Bash", {"command": command})
    assert title.endswith("…？")
    assert command in shown


def test_what_is_cut_off_one_long_line_is_counted_too() -> None:
    _, shown = read("Bash", {"command": "echo " + "a" * 1_200 + "; rm -rf data"}, zh=False)
    assert "aa… … (+ 5 lines)" in shown
    _, shown = read("Bash", {"command": "echo " + "a" * 5_000 + "; rm -rf data"}, zh=False)
    assert "… (+ 44 lines)" in shown


@pytest.mark.parametrize("padding", [" " * 4_000, "\t" * 500, "\u3000" * 3_000])
def test_blanks_push_nothing_out_of_sight(padding: str) -> None:
    title, _ = read("Bash", {"command": f"echo ok{padding}; rm -rf data"})
    assert title == "⏳ api 在等您：允许运行 echo ok ; rm -rf data？"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u00ad", "\x08", "\x1b", "\x9b", "\U000e0041"])
def test_a_character_that_nobody_sees_shows_as_a_mark(hidden: str) -> None:
    title, shown = read("Bash", {"command": f"echo 👨\u200d👩 {hidden}fr\nls {hidden}"})
    assert title == "⏳ api 在等您：允许运行 echo 👨\u200d👩 \ufffdfr（还有 1 行）？"
    assert "ls \ufffd" in shown


def test_a_plan_is_told_with_its_first_lines() -> None:
    title, shown = read("ExitPlanMode", {"plan": PLAN, "planFilePath": "/p.md"})
    assert title == "⏳ api 在等您：批准计划：Move the __parser__？"
    assert "# Move the __parser__ 1. Delete `old.py` 2. Write tests" in shown
    assert read("ExitPlanMode", {})[0] == "⏳ api 在等您：批准它的计划？"


@pytest.mark.parametrize("asks", [Asks.PERMISSION, Asks.INPUT])
def test_a_question_is_told_with_its_options(asks: Asks) -> None:
    title, shown = read("AskUserQuestion", QUESTIONS, asks=asks)
    assert title == "⏳ api 在等您：Which database?"
    assert "：Which database? - SQLite: Simple - Postgres Which extras? - Auth - Cache 已等待" in shown


def test_a_turn_that_is_over_asks_for_no_call() -> None:
    assert read("AskUserQuestion", QUESTIONS, asks=Asks.INPUT, idle=True)[0] == "⏳ api 在等您：需要您的回复"


@pytest.mark.parametrize("arguments", [None, [], {"questions": "x"}, {"questions": [1]}, {"command": 5}, {"plan": []}])
def test_arguments_of_any_shape_break_nothing(arguments: object) -> None:
    for tool in ("Bash", "ExitPlanMode", "AskUserQuestion"):
        assert "api 在等您" in read(tool, arguments)[0]


@pytest.mark.parametrize(
    ("tool", "arguments", "asks", "title"),
    [
        ("Bash", {"command": "deploy --token hunter2"}, Asks.PERMISSION, "allow Bash?"),
        ("mcp__db__drop", {"query": "hunter2"}, Asks.PERMISSION, "allow drop?"),
        ("ExitPlanMode", {"plan": "# hunter2"}, Asks.INPUT, "approve its plan?"),
        ("AskUserQuestion", {"questions": [{"question": "hunter2?"}]}, Asks.INPUT, "it needs your answer"),
    ],
)
def test_without_details_the_group_reads_the_kind_of_thing_asked_alone(
    tool: str, arguments: object, asks: Asks, title: str
) -> None:
    told, shown = read(tool, arguments, asks=asks, zh=False, details=False)
    assert told == f"⏳ api is waiting for you: {title}"
    assert "hunter2" not in told + shown
