"""The tray menu as one frozen value, drawn from a snapshot: what each line says, and what a click on it does.

The order and the words are the product's face (English and Chinese in `assets/texts/menu.toml`). Ids are stable: a line
keeps its id while its words change, so a desktop can update an open menu in place and a click reaches what was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.kernel.words import LABEL_CHARS, LocalTime, fit
from tray_app.core.menu import sessions as session_lines
from tray_app.core.menu.actions import (
    CheckConnection,
    CopyDiagnostics,
    CopyUrl,
    OpenLogs,
    OpenPage,
    Page,
    PauseSends,
    Quit,
    ResumeSends,
    SendTest,
    ShowDelivery,
    SwitchLogin,
)
from tray_app.core.menu.item import Item, Mark, line, rule
from tray_app.core.menu.lines import MARKS, IconState, Speaker, failed, icon_of
from tray_app.core.menu.mutes import mute_menu, muted_lines
from tray_app.core.menu.policy import policy
from tray_app.core.menu.sections import fixes, waiting
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.state.login import LoginStart
from tray_app.core.state.snapshot import PauseView, SendView, Snapshot

RECENT = 10
SESSIONS = 12
MOST_COUNTED = 9  # on the icon


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The whole face of the tray: the icon's shape and the number on it, the words beside it, the lines."""

    icon: IconState
    tooltip: tuple[str, str]
    items: tuple[Item, ...]
    count: int = 0

    @property
    def picture(self) -> str:
        """Name the icon's files: the shape, and the number on its badge (`attention3`, beyond 9 `attention9plus`)."""
        counted = self.count if self.icon is IconState.ATTENTION else 0  # a pause shows as nothing but a pause
        number = "9plus" if counted > MOST_COUNTED else str(counted or "")
        return f"{self.icon}{number}"

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
        line("status", status, enabled=False),
        _last(snapshot, last),
        *waiting(snapshot, say),
        *fixes(snapshot, catalog),
        rule("rule.1"),
        _pause(snapshot.pause, say),
        _tests(snapshot, catalog),
        rule("rule.2"),
        _sessions(snapshot, say),
        _recent(snapshot, say),
        policy(snapshot, say),
        rule("rule.3"),
        line("overview", catalog("menu.overview"), OpenPage(Page.OVERVIEW), default=True),
        *_agents(snapshot, catalog),
        line("robots", catalog("menu.robots"), OpenPage(Page.ROBOTS)),
        *_phone(snapshot, catalog),
        line("settings", catalog("menu.settings"), OpenPage(Page.SETTINGS)),
        *_login(snapshot, catalog),
        line("logs", catalog("menu.logs"), OpenLogs()),
        line("diagnostics", catalog("menu.diagnostics"), CopyDiagnostics()),
        line("about", catalog(text("menu.about", version=snapshot.version)), enabled=False),
        rule("rule.4"),
        line("quit", _quit(snapshot, catalog), Quit()),
    )
    held = say.held(snapshot)
    below = last if held is None or held == status else held
    return Menu(icon=icon_of(snapshot), tooltip=(status, below), items=items, count=snapshot.waits)


def _quit(snapshot: Snapshot, catalog: Catalog) -> str:
    """Say what waits: a message goes on waiting until it expires, what is no message is lost with the app."""
    return catalog(text("waiting.quit", count=snapshot.waits) if snapshot.waits else text("menu.quit"))


def _last(snapshot: Snapshot, words: str) -> Item:
    newest = snapshot.recent[0] if snapshot.recent else None
    if newest is None or not failed(newest):
        return line("last", words, enabled=False)
    return line("last", words, ShowDelivery(newest.id))


def _pause(pause: PauseView | None, say: Speaker) -> Item:
    catalog = say.catalog
    if pause is None:
        lengths = tuple(line(f"pause.{to}", catalog(f"menu.pause_{to}"), PauseSends(to)) for to in PauseFor)
        return Item(id="pause", label=fit(catalog("menu.pause")), children=lengths)
    label = catalog(text("menu.resume", count=pause.blocked))
    if pause.until_ms is not None:
        # the end is left out where the line has no room for it: line 1 says it too
        full = catalog(text("menu.resume_until", time=say.time(pause.until_ms), count=pause.blocked))
        label = full if len(full) <= LABEL_CHARS else label
    return Item(id="resume", label=fit(label), action=ResumeSends(), mark=Mark.CHECK, checked=True)


def _phone(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    """How the phone's robot stands, where there is one."""
    if snapshot.phone is not None:
        said = snapshot.phone.hears if snapshot.phone.paired else "unpaired"
        yield line("phone", catalog(text(f"phone.menu_{said}")), OpenPage(Page.ROBOTS))


def _login(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    """A switch, where this system has one."""
    if snapshot.login is not LoginStart.UNKNOWN:
        on = snapshot.login is LoginStart.ON
        label = fit(catalog("autostart.menu"))
        yield Item(id="login", label=label, action=SwitchLogin(on=not on), mark=Mark.CHECK, checked=on)


def _tests(snapshot: Snapshot, catalog: Catalog) -> Item:
    """One line, or one per robot below it. Paused means paused: a test is a message too."""
    ready = [robot for robot in snapshot.robots if robot.ready]
    label = fit(catalog("menu.test"))
    can = bool(ready) and snapshot.pause is None
    if len(ready) <= 1:
        return Item(id="test", label=label, action=SendTest(), enabled=can)
    children = tuple(line(f"test.{robot.name}", robot.name, SendTest(robot.name)) for robot in ready)
    return Item(id="tests", label=label, children=children, enabled=can)


def _sessions(snapshot: Snapshot, say: Speaker) -> Item:
    """What is muted, one line for each live session, those that wait first, then the day's total, the page."""
    catalog = say.catalog
    shown = snapshot.sessions[:SESSIONS]
    lines = [_session_line(view, snapshot, catalog) for view in shown]
    if not lines:
        lines.append(line("sessions.none", catalog("sessions.none"), enabled=False))
    if len(snapshot.sessions) > SESSIONS:
        more = text("sessions.more", count=len(snapshot.sessions) - SESSIONS)
        lines.append(line("sessions.more", catalog(more), enabled=False))
    total = (
        rule("sessions.rule"),
        line("sessions.today", session_lines.today_line(snapshot, catalog), enabled=False),
        *mute_menu(snapshot, say, most=SESSIONS),
        line("sessions.page", catalog("sessions.open_page"), OpenPage(Page.SESSIONS)),
    )
    children = (*muted_lines(snapshot, say), *lines, *total)
    return Item(id="sessions", label=fit(catalog(session_lines.heading(snapshot))), children=children)


def _session_line(view: SessionView, snapshot: Snapshot, catalog: Catalog) -> Item:
    twins = sum((one.project, one.worktree) == (view.project, view.worktree) for one in snapshot.sessions)
    said = session_lines.line(view, catalog, now_ms=snapshot.now_ms, alone=twins == 1)
    title = text("cli.verbatim", words=said)
    return line(f"session.{view.id}", catalog(title), OpenPage(Page.SESSIONS, view.id))


def _recent(snapshot: Snapshot, say: Speaker) -> Item:
    lines = [_recent_line(send, say) for send in snapshot.recent[:RECENT]]
    if lines:
        lines.append(rule("recent.rule"))
    opened = line("recent.history", say.catalog("history.menu_open"), OpenPage(Page.HISTORY))
    return Item(id="recent", label=fit(say.catalog("menu.recent")), children=(*lines, opened))


def _recent_line(send: SendView, say: Speaker) -> Item:
    """`10:42 ✓ session report · api`: where it is too long the title gives way, so that the project stays readable."""
    entry = "menu.recent_line_project" if send.project else "menu.recent_line"
    project, time = fit(send.project, LABEL_CHARS // 3), say.time(send.at_ms)
    spent = len(say.catalog(text(entry, time=time, mark=MARKS[send.stage], title="", project=project)))
    title = fit(say.title(send), max(LABEL_CHARS - spent, 1))
    words = say.catalog(text(entry, time=time, mark=MARKS[send.stage], title=title, project=project))
    return line(f"recent.{send.id}", words, ShowDelivery(send.id))


def _agents(snapshot: Snapshot, catalog: Catalog) -> Iterator[Item]:
    """One line for each kind. What is changed is shown before, which takes a page: both lines with dots open it."""
    for number, agent in enumerate(snapshot.agents):
        name = f"agent.{agent.name}"
        page = OpenPage(Page.CONNECT, agent.name if number else "")  # the page's own address is the first one's
        children = (
            line(f"{name}.connect", catalog("menu.agent_connect"), page),
            line(f"{name}.check", catalog("menu.agent_check"), CheckConnection(agent.name)),
            line(f"{name}.disconnect", catalog("menu.agent_disconnect"), page),
            rule(f"{name}.rule"),
            line(f"{name}.url", catalog("menu.agent_url"), CopyUrl(), enabled=bool(snapshot.url)),
            *([] if number else [line("agent.others", catalog("menu.agent_others"), OpenPage(Page.CONNECT))]),
        )
        yield Item(id=name, label=fit(catalog(text("menu.agent", agent=agent.title))), children=children)
