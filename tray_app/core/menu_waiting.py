"""The menu's list of calls that wait for the owner: what each is, until when it waits, and the answers there are."""

from collections.abc import Iterator

from tray_app.core.actions import SettleApproval, ShowApproval
from tray_app.core.approvals import Answer
from tray_app.core.lines import LABEL_CHARS, Speaker, fit, short_name
from tray_app.core.menu_item import Item, line, note, rule
from tray_app.core.snapshot import Snapshot, WaitingView
from tray_app.core.texts import text

MOST = 12  # lines; the command line lists all
_TITLE_CHARS = 40
_PART_CHARS = 14


def waiting(snapshot: Snapshot, say: Speaker) -> Iterator[Item]:
    """Give the list, newest first, where anything waits."""
    if not snapshot.waiting:
        return
    calls = tuple(_call(view, say) for view in reversed(snapshot.waiting[-MOST:]))
    more = len(snapshot.waiting) - MOST
    if more > 0:
        calls = (*calls, note("waiting.more", say.catalog(text("waiting.more", count=more))))
    heading = say.catalog(text("waiting.heading", count=len(snapshot.waiting)))
    yield Item(id="waiting", label=fit(heading), children=calls)


def _call(view: WaitingView, say: Speaker) -> Item:
    """The id holds the approval's: a click on a line that changed under the hand never answers another call."""
    stem, words = f"waiting.{view.id}", say.catalog
    tool = fit(short_name(view.tool), _TITLE_CHARS)
    title = fit(view.title, min(_TITLE_CHARS, LABEL_CHARS - len(tool) - 3)) or words("menu.untitled")
    answers = tuple(
        line(f"{stem}.{answer}", words(f"waiting.{answer}"), SettleApproval(view.id, answer)) for answer in Answer
    )
    children = (
        note(f"{stem}.until", _until(view, say)),
        note(f"{stem}.why", words(view.reason)),
        rule(f"{stem}.rule.1"),
        *answers,
        rule(f"{stem}.rule.2"),
        line(f"{stem}.show", words("waiting.show"), ShowApproval(view.id)),
    )
    return Item(id=stem, label=fit(f"{tool} · {title}"), children=children)


def _until(view: WaitingView, say: Speaker) -> str:
    until = say.catalog(text("waiting.until", time=say.time(view.expires_ms)))
    return " · ".join((until, *(fit(part, _PART_CHARS) for part in (view.project, view.client) if fit(part))))
