"""The tray menu as one frozen value, drawn from a snapshot: what each line says, and what a click on it does.

The order and the words are the product's face (English and Chinese in `assets/texts/menu.toml`). Ids are stable: a line
keeps its id while its words change, so a desktop can update an open menu in place and a click reaches what was read.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from tray_app.core import session_lines
from tray_app.core.actions import (
    Action,
    CheckConnection,
    CopyDiagnostics,
    CopyUrl,
    Explain,
    OpenLogs,
    OpenPage,
    OpenPolicy,
    OpenSettings,
    Page,
    PauseFor,
    PauseSends,
    Quit,
    ResumeSends,
    RetryEndpoint,
    RetryKeyring,
    SendTest,
    ShowDelivery,
)
from tray_app.core.lines import LABEL_CHARS, MARKS, IconState, LocalTime, Speaker, failed, fit, icon_of
from tray_app.core.snapshot import Pause, Problem, ProblemKind, SendView, SessionView, Snapshot
from tray_app.core.texts import Catalog, Text, text

RECENT = 10
SESSIONS = 12


class Mark(StrEnum):
    """How a line shows a state of its own."""

    NONE = "none"
    CHECK = "check"
    RADIO = "radio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. Without action and children it is only read; `checked` means something where `mark` is not NONE."""

    id: str
    label: str = ""
    action: Action | None = None
    enabled: bool = True
    mark: Mark = Mark.NONE
    checked: bool = False
    default: bool = False
    children: tuple["Item", ...] = ()
    separator: bool = False

    def walk(self) -> Iterator["Item"]:
        """Give this line and everything below it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The whole face of the tray: the icon's shape, the words beside it, the lines."""

    icon: IconState
    tooltip: tuple[str, str]
    items: tuple[Item, ...]

    def find(self, item_id: str) -> Item | None:
        """Return the line with this id, wherever it is."""
        return next((item for item in self.walk() if item.id == item_id), None)

    def default(self) -> Item | None:
        """Return the line that a click on the icon itself stands for."""
        return next((item for item in self.walk() if item.default), None)

    def walk(self) -> Iterator[Item]:
        """Every line of every level, from top to bottom."""
        for item in self.items:
            yield from item.walk()


def rows(snapshot: Snapshot, catalog: Catalog, *, local: LocalTime) -> Menu:
    """Draw the menu. Total: any snapshot gives a menu, and equal snapshots give equal menus."""
    say = Speaker(catalog=catalog, local=local, now_ms=snapshot.now_ms)
    status, last = say.status(snapshot), say.last(snapshot)
    items = (
        _line("status", status, enabled=False),
        _last(snapshot, last),
        *_fixes(snapshot, catalog),
        _rule(1),
        _pause(snapshot.pause, say),
        _tests(snapshot, catalog),
        _rule(2),
        _sessions(snapshot, catalog),
        _recent(snapshot, say),
        _rule(3),
        _line("overview", catalog("menu.overview"), OpenPage(Page.OVERVIEW), default=True),
        _claude(snapshot, catalog),
        _line("set_up", catalog("menu.set_up"), OpenPage(Page.SETUP)),
        _line("logs", catalog("menu.logs"), OpenLogs()),
        _line("diagnostics", catalog("menu.diagnostics"), CopyDiagnostics()),
        _line("about", catalog(text("menu.about", version=snapshot.version)), enabled=False),
        _rule(4),
        _line("quit", catalog("menu.quit"), Quit()),
    )
    return Menu(icon=icon_of(snapshot), tooltip=(status, last), items=items)


def _line(
    item_id: str, label: str, action: Action | None = None, *, enabled: bool = True, default: bool = False
) -> Item:
    return Item(id=item_id, label=fit(label), action=action, enabled=enabled, default=default)


def _rule(number: int) -> Item:
    return Item(id=f"rule.{number}", separator=True, enabled=False)


def _last(snapshot: Snapshot, words: str) -> Item:
    newest = snapshot.recent[0] if snapshot.recent else None
    if newest is None or not failed(newest):
        return _line("last", words, enabled=False)
    return _line("last", words, ShowDelivery(newest.id))


def _pause(pause: Pause | None, say: Speaker) -> Item:
    catalog = say.catalog
    if pause is None:
        lengths = tuple(_line(f"pause.{to}", catalog(f"menu.pause_{to}"), PauseSends(to)) for to in PauseFor)
        return Item(id="pause", label=fit(catalog("menu.pause")), children=lengths)
    label = catalog(text("menu.resume", count=pause.blocked))
    if pause.until_ms is not None:
        # the end is left out where the line has no room for it: line 1 says it too
        full = catalog(text("menu.resume_until", time=say.time(pause.until_ms), count=pause.blocked))
        label = full if len(full) <= LABEL_CHARS else label
    return Item(id="resume", label=fit(label), action=ResumeSends(), mark=Mark.CHECK, checked=True)


def _tests(snapshot: Snapshot, catalog: Catalog) -> Item:
    """One line, or one per robot below it. Paused means paused: a test is a message too."""
    ready = [robot for robot in snapshot.robots if robot.ready]
    label = fit(catalog("menu.test"))
    can = bool(ready) and snapshot.pause is None
    if len(ready) <= 1:
        return Item(id="test", label=label, action=SendTest(), enabled=can)
    children = tuple(_line(f"test.{robot.name}", robot.name, SendTest(robot.name)) for robot in ready)
    return Item(id="tests", label=label, children=children, enabled=can)


def _sessions(snapshot: Snapshot, catalog: Catalog) -> Item:
    """One line for each live session, those that wait first (the snapshot's order), then the day's total, the page."""
    shown = snapshot.sessions[:SESSIONS]
    lines = [_session_line(view, snapshot, catalog) for view in shown]
    if not lines:
        lines.append(_line("sessions.none", catalog("sessions.none"), enabled=False))
    if len(snapshot.sessions) > SESSIONS:
        more = text("sessions.more", count=len(snapshot.sessions) - SESSIONS)
        lines.append(_line("sessions.more", catalog(more), enabled=False))
    total = (
        Item(id="sessions.rule", separator=True, enabled=False),
        _line("sessions.today", catalog(session_lines.today(snapshot)), enabled=False),
        _line("sessions.page", catalog("sessions.open_page"), OpenPage(Page.SESSIONS)),
    )
    return Item(id="sessions", label=fit(catalog(session_lines.heading(snapshot))), children=(*lines, *total))


def _session_line(view: SessionView, snapshot: Snapshot, catalog: Catalog) -> Item:
    title = text("cli.verbatim", words=session_lines.line(view, catalog, now_ms=snapshot.now_ms))
    return _line(f"session.{view.id}", catalog(title), OpenPage(Page.SESSIONS, view.id))


def _recent(snapshot: Snapshot, say: Speaker) -> Item:
    children = tuple(_recent_line(send, say) for send in snapshot.recent[:RECENT])
    return Item(id="recent", label=fit(say.catalog("menu.recent")), children=children, enabled=bool(children))


def _recent_line(send: SendView, say: Speaker) -> Item:
    """`10:42 ✓ session report · api`: where it is too long the title gives way, so that the project stays readable."""
    entry = "menu.recent_line_project" if send.project else "menu.recent_line"
    project, time = fit(send.project, LABEL_CHARS // 3), say.time(send.at_ms)
    spent = len(say.catalog(text(entry, time=time, mark=MARKS[send.stage], title="", project=project)))
    title = fit(say.title(send), max(LABEL_CHARS - spent, 1))
    words = say.catalog(text(entry, time=time, mark=MARKS[send.stage], title=title, project=project))
    return _line(f"recent.{send.id}", words, ShowDelivery(send.id))


def _claude(snapshot: Snapshot, catalog: Catalog) -> Item:
    """What is changed is shown before, which takes a page: both lines with dots open the same one."""
    children = (
        _line("claude.connect", catalog("menu.claude_connect"), OpenPage(Page.CONNECT)),
        _line("claude.check", catalog("menu.claude_check"), CheckConnection()),
        _line("claude.disconnect", catalog("menu.claude_disconnect"), OpenPage(Page.CONNECT)),
        Item(id="claude.rule", separator=True, enabled=False),
        _line("claude.url", catalog("menu.claude_url"), CopyUrl(), enabled=bool(snapshot.url)),
    )
    return Item(id="claude", label=fit(catalog("menu.claude")), children=children)


def _fixes(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    if not snapshot.problems:
        return
    children: list[Item] = []
    seen: Counter[ProblemKind] = Counter()
    for problem in snapshot.problems:
        stem = f"fix.{problem.kind}.{seen[problem.kind]}"  # numbered within its kind: others come and go above it
        seen[problem.kind] += 1
        if children:
            children.append(Item(id=f"{stem}.rule", separator=True, enabled=False))
        children.append(_line(f"{stem}.why", catalog(problem.reason), Explain(problem.reason, problem.hint)))
        children += [
            _line(f"{stem}.{index}", catalog(label), action)
            for index, (label, action) in enumerate(ways_out(problem, snapshot))
        ]
    yield Item(id="fix", label=fit(catalog("menu.fix")), children=tuple(children))


def ways_out(problem: Problem, snapshot: Snapshot) -> tuple[tuple[Text, Action], ...]:
    """What the owner can click against a problem, the likeliest first; empty where only words help."""
    match problem.kind:
        case ProblemKind.NOT_SET_UP:
            return ((text("menu.fix_set_up"), OpenPage(Page.SETUP)),)
        case ProblemKind.PORT:
            again = text("menu.fix_port", port=snapshot.port)
            return (again, RetryEndpoint()), (text("menu.fix_next_port"), RetryEndpoint(next_free_port=True))
        case ProblemKind.ENDPOINT:
            return ((text("menu.fix_endpoint"), RetryEndpoint()),)
        case ProblemKind.KEYRING:
            return (text("menu.fix_keyring"), RetryKeyring()), (text("menu.fix_check"), OpenPage(Page.SETUP))
        case ProblemKind.STORE:
            return ((text("menu.logs"), OpenLogs()),)
        case ProblemKind.SETTINGS:
            return ((text("menu.fix_settings"), OpenSettings()),)
        case ProblemKind.LAST_SEND:
            return (text("menu.fix_check"), OpenPage(Page.SETUP)), (text("menu.test"), SendTest())
        case ProblemKind.CLOCK:
            return ((text("menu.test"), SendTest()),)
        case ProblemKind.POLICY:
            return ((text("menu.fix_policy"), OpenPolicy()),)
        case ProblemKind.QUOTA | ProblemKind.TRAY:
            return ()
        case _:
            assert_never(problem.kind)
