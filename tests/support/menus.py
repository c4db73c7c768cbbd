"""The menu as it is drawn from a snapshot."""

from collections.abc import Iterable

from tests.support.catalogs import catalogs
from tests.support.snapshots import shanghai
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.item import Item
from tray_app.core.menu.menu import Menu, rows
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import Snapshot

CATALOGS = catalogs()


def draw(value: Snapshot, language: Language = Language.EN) -> Menu:
    return rows(value, CATALOGS[language], local=shanghai)


def labels(items: Iterable[Item]) -> list[str]:
    return [item.label for item in items if not item.separator]


def line(menu: Menu, item_id: str) -> Item:
    """The one of this id, which must be there."""
    found = menu.find(item_id)
    assert found is not None
    return found


def problem(kind: ProblemKind) -> Problem:
    return Problem(kind=kind, reason=text("menu.not_set_up"), hint=text("menu.settings"))
