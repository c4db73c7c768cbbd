"""The menu's list of what is wrong: each problem in its own words, and what the owner can click against it."""

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from tray_app.core.actions import (
    Action,
    Explain,
    OpenLogs,
    OpenPage,
    OpenPolicy,
    OpenSettings,
    Page,
    RetryEndpoint,
    RetryKeyring,
    SendTest,
)
from tray_app.core.lines import fit
from tray_app.core.menu_item import Item, line, rule
from tray_app.core.snapshot import Problem, ProblemKind, Snapshot
from tray_app.core.texts import Catalog, Text, text


def fixes(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    """Give the list, where anything is wrong."""
    if not snapshot.problems:
        return
    children: list[Item] = []
    seen: Counter[ProblemKind] = Counter()
    for problem in snapshot.problems:
        stem = f"fix.{problem.kind}.{seen[problem.kind]}"  # numbered within its kind: others come and go above it
        seen[problem.kind] += 1
        if children:
            children.append(rule(f"{stem}.rule"))
        children.append(line(f"{stem}.why", catalog(problem.reason), Explain(problem.reason, problem.hint)))
        children += [
            line(f"{stem}.{index}", catalog(label), action)
            for index, (label, action) in enumerate(ways_out(problem, snapshot))
        ]
    yield Item(id="fix", label=fit(catalog("menu.fix")), children=tuple(children))


def ways_out(problem: Problem, snapshot: Snapshot) -> tuple[tuple[Text, Action], ...]:
    """What the owner can click against a problem, the likeliest first; empty where only words help."""
    match problem.kind:
        case ProblemKind.NOT_SET_UP:
            # without any robot the guide leads on to the rest; one whose webhook is missing needs only that
            return ((text("menu.fix_set_up"), OpenPage(Page.ROBOTS if snapshot.robots else Page.START)),)
        case ProblemKind.PORT:
            again = text("menu.fix_port", port=snapshot.port)
            return (again, RetryEndpoint()), (text("menu.fix_next_port"), RetryEndpoint(next_free_port=True))
        case ProblemKind.ENDPOINT:
            return ((text("menu.fix_endpoint"), RetryEndpoint()),)
        case ProblemKind.KEYRING:
            return (text("menu.fix_keyring"), RetryKeyring()), (text("menu.fix_check"), OpenPage(Page.ROBOTS))
        case ProblemKind.STORE:
            return ((text("menu.logs"), OpenLogs()),)
        case ProblemKind.SETTINGS:
            return (text("menu.fix_settings"), OpenSettings()), (text("menu.settings"), OpenPage(Page.SETTINGS))
        case ProblemKind.LAST_SEND:
            return (text("menu.fix_check"), OpenPage(Page.ROBOTS)), (text("menu.test"), SendTest())
        case ProblemKind.CLOCK:
            return ((text("menu.test"), SendTest()),)
        case ProblemKind.POLICY:
            return ((text("menu.fix_policy"), OpenPolicy()),)
        case ProblemKind.QUOTA | ProblemKind.TRAY:
            return ()
        case _:
            assert_never(problem.kind)
