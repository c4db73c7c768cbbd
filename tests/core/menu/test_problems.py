"""What is wrong explains itself in the menu, and offers its ways out."""

import pytest

from tests.support.menus import draw, line, problem
from tests.support.snapshots import snapshot
from tray_app.core.menu.actions import (
    Action,
    Explain,
    OpenLogs,
    OpenPage,
    OpenPolicy,
    OpenSettings,
    Page,
    Restart,
    RetryEndpoint,
    RetryKeyring,
    SendTest,
)
from tray_app.core.state.problems import ProblemKind

FIXES: dict[ProblemKind, list[tuple[str, Action]]] = {
    ProblemKind.PHONE: [("Check the robot's set-up…", OpenPage(Page.ROBOTS))],
    ProblemKind.NOT_SET_UP: [("Set up a robot…", OpenPage(Page.ROBOTS))],
    ProblemKind.PORT: [
        ("Try port 8737 again", RetryEndpoint()),
        ("Use the next free port", RetryEndpoint(next_free_port=True)),
    ],
    ProblemKind.ENDPOINT: [("Start the endpoint again", RetryEndpoint())],
    ProblemKind.KEYRING: [
        ("Try the keyring again", RetryKeyring()),
        ("Check the robot's set-up…", OpenPage(Page.ROBOTS)),
    ],
    ProblemKind.STORE: [("Open log folder", OpenLogs())],
    ProblemKind.PAUSE: [("Open log folder", OpenLogs())],
    ProblemKind.SETTINGS: [("Open the settings file", OpenSettings()), ("Settings…", OpenPage(Page.SETTINGS))],
    ProblemKind.OLD_SETTINGS: [("Open the settings file", OpenSettings()), ("Settings…", OpenPage(Page.SETTINGS))],
    ProblemKind.POLICY: [("Open policy.json", OpenPolicy())],
    ProblemKind.LAST_SEND: [("Check the robot's set-up…", OpenPage(Page.ROBOTS)), ("Send test message", SendTest())],
    ProblemKind.CLOCK: [("Send test message", SendTest())],
    ProblemKind.NETWORK: [],
    ProblemKind.SERVICE: [],
    ProblemKind.QUOTA: [],
    ProblemKind.TRAY: [],
    ProblemKind.LOG: [],
    ProblemKind.RESTART: [("Restart now", Restart())],
    ProblemKind.UPDATE: [],
}


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_problem_explains_itself_and_offers_its_ways_out(kind: ProblemKind) -> None:
    trouble = problem(kind)
    fix = line(draw(snapshot(problems=(trouble,))), "fix")
    assert [(item.label, item.action) for item in fix.children] == [
        ("⚠ Not set up", Explain(trouble.reason, trouble.hint)),
        *FIXES[kind],
    ]


def test_several_problems_stand_apart_and_keep_their_ids() -> None:
    both = draw(snapshot(problems=(problem(ProblemKind.KEYRING), problem(ProblemKind.PORT))))
    alone = draw(snapshot(problems=(problem(ProblemKind.PORT),)))
    assert [item.separator for item in line(both, "fix").children].count(True) == 1
    port = {item.id for item in line(alone, "fix").children}
    assert port <= {item.id for item in line(both, "fix").children}
