"""What waits for the owner, as the icon, the tooltip and the menu show it."""

import pytest

from tests.support.menus import draw
from tests.support.snapshots import held, paused, snapshot
from tray_app.core.approvals.answer import Answer
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import Quit, SettleApproval, ShowApproval
from tray_app.core.menu.lines import IconState
from tray_app.core.menu.menu import Menu
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import EndpointState, Snapshot

LATE = text("menu.not_set_up")


def drawn(menu: Menu, item_id: str) -> list[str]:
    item = menu.find(item_id)
    assert item is not None
    return [item.label, *("---" if each.separator else each.label for each in item.children)]


def test_nothing_waits_and_nothing_is_said() -> None:
    menu = draw(snapshot())
    assert (menu.find("waiting"), menu.count, menu.picture) == (None, 0, "normal")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            Language.EN,
            [
                "send_text · everybody!",
                "Until 12:29 · api · claude-code",
                "The owner decides about each call of this to…",
                "---",
                "Approve once",
                "For this session",
                "Always allow this tool",
                "Deny",
                "---",
                "Show full text",
            ],
        ),
        (
            Language.ZH,
            [
                "send_text · everybody!",
                "12:29 前有效 · api · claude-code",
                "此工具的每次调用都需机主批准",
                "---",
                "批准一次",
                "本次会话内均批准",
                "始终允许此工具",
                "拒绝",
                "---",
                "显示全文",
            ],
        ),
    ],
)
def test_a_waiting_call_says_until_when_and_why_and_offers_every_answer(language: Language, lines: list[str]) -> None:
    assert drawn(draw(snapshot(waiting=(held(1),)), language), "waiting.a1") == lines


def test_each_answer_settles_the_call_it_stands_below_and_no_other() -> None:
    menu = draw(snapshot(waiting=(held(2), held(1))))
    for number in (1, 2):
        for answer in Answer:
            item = menu.find(f"waiting.a{number}.{answer}")
            assert item is not None
            assert item.action == SettleApproval(f"a{number}", answer)
        show = menu.find(f"waiting.a{number}.show")
        assert show is not None
        assert show.action == ShowApproval(f"a{number}")


def test_the_newest_stands_first_and_more_than_twelve_are_counted() -> None:
    waiting = tuple(held(number, f"n{number}") for number in range(20, 0, -1))
    lines = drawn(draw(snapshot(waiting=waiting)), "waiting")
    assert lines[0] == "Waiting for you (20)"
    assert lines[1:13] == [f"send_text · n{number}" for number in range(1, 13)]
    assert lines[13:] == ["8 more: dingtalk-tray approvals"]


def test_what_an_agent_wrote_is_one_short_printable_line() -> None:
    forged = held(1, "ok\n\x1b[2J\u202eevil " + "x" * 90, client="c\x00" * 40, project="p" * 90)
    menu = draw(snapshot(waiting=(forged,)))
    assert drawn(menu, "waiting.a1")[:2] == [
        "send_text · ok [2Jevil xxxxxxxxxxxxxxxxxxxxx…",
        "Until 12:29 · ppppppppppppp… · ccccccccccccc…",
    ]


STATES = [
    snapshot(robots=()),
    snapshot(problems=(Problem(kind=ProblemKind.KEYRING, reason=LATE, hint=LATE),)),
    snapshot(endpoint=EndpointState.PORT_IN_USE),
]


@pytest.mark.parametrize("state", STATES)
def test_what_waits_shows_in_the_icon_and_the_tooltip_whatever_else_is_so(state: Snapshot) -> None:
    from dataclasses import replace

    menu = draw(replace(state, waiting=(held(2), held(1))))
    assert (menu.icon, menu.picture) == (IconState.ATTENTION, "attention2")
    assert "◆ 2 calls wait for your approval" in menu.tooltip


def test_the_first_line_counts_what_waits_and_a_fault_still_comes_first() -> None:
    menu = draw(snapshot(waiting=(held(1),), pause=paused()))
    assert menu.tooltip == ("⏸ Paused until 14:30 · 1 waiting for you", "◆ 1 call waits for your approval")
    assert (menu.icon, menu.picture) == (IconState.PAUSED, "paused")
    assert draw(snapshot(waiting=(held(1),)), Language.ZH).tooltip[0] == "◆ 有 1 个调用等待您批准"
    faulty = draw(snapshot(waiting=(held(1),), endpoint=EndpointState.PORT_IN_USE))
    assert faulty.tooltip == ("✖ Port 8737 is in use", "◆ 1 call waits for your approval")


def test_beyond_nine_the_badge_says_so() -> None:
    for count, picture in ((1, "attention1"), (9, "attention9"), (10, "attention9plus"), (50, "attention9plus")):
        waiting = tuple(held(number) for number in range(count))
        assert draw(snapshot(waiting=waiting)).picture == picture


def test_quit_says_what_waits() -> None:
    menu = draw(snapshot(waiting=(held(1), held(2))))
    leave = menu.find("quit")
    assert leave is not None
    assert (leave.label, leave.action) == ("Quit (2 waiting for you)", Quit())
