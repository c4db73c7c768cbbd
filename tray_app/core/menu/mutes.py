"""The lines about what is muted: what holds and is undone by a click, and what can be muted."""

from collections.abc import Iterator

from tray_app.core.kernel.texts import text
from tray_app.core.kernel.words import fit
from tray_app.core.menu import sessions as session_lines
from tray_app.core.menu.actions import MuteNotices, UnmuteNotices
from tray_app.core.menu.item import Item, line, rule
from tray_app.core.menu.lines import Speaker
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.mutes import LENGTHS, Mute
from tray_app.core.state.snapshot import Snapshot

_NAME_CHARS = 24


def muted_lines(snapshot: Snapshot, say: Speaker) -> Iterator[Item]:
    """One line for each mute that holds; a click ends it."""
    for mute in snapshot.mutes:
        yield line(f"muted.{mute.id}", _said(mute, say), UnmuteNotices(mute.id))
    if snapshot.mutes:
        yield rule("muted.rule")


def mute_menu(snapshot: Snapshot, say: Speaker, *, most: int) -> Iterator[Item]:
    """For each live session: itself or its project, for how long."""
    children = tuple(_choices(view, say) for view in snapshot.sessions[:most])
    if children:
        yield Item(id="mute", label=fit(say.catalog("mutes.menu")), children=children)


def _choices(view: SessionView, say: Speaker) -> Item:
    words, stem = say.catalog, f"mute.{view.id}"
    name = session_lines.name_of(view, words, room=_NAME_CHARS, branch=True)
    own = [
        line(f"{stem}.session.{to}", words(f"mutes.session_{to}"), MuteNotices(to, session=view.id, name=name))
        for to in LENGTHS
    ]
    project = [
        line(
            f"{stem}.project.{to}",
            words(text(f"mutes.project_{to}", project=fit(view.project, _NAME_CHARS))),
            MuteNotices(to, project=view.project, name=view.project),
        )
        for to in LENGTHS
    ]
    children = (*own, *((rule(f"{stem}.rule"), *project) if view.project else ()))
    title = f"{name} · {fit(view.title, _NAME_CHARS)}" if view.title and view.title != name else name
    return Item(id=stem, label=fit(title), children=children)


def _said(mute: Mute, say: Speaker) -> str:
    name = fit(mute.name, _NAME_CHARS)
    if mute.until_ms is None:
        return say.catalog(text("mutes.line_open", name=name))
    return say.catalog(text("mutes.line", name=name, time=say.time(mute.until_ms)))
