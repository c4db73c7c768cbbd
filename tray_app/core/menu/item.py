"""One line of the tray menu: what it says, what a click on it does, what stands below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.words import fit
from tray_app.core.menu.actions import Action


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


def line(
    item_id: str, label: str, action: Action | None = None, *, enabled: bool = True, default: bool = False
) -> Item:
    """Make a line whose words fit."""
    return Item(id=item_id, label=fit(label), action=action, enabled=enabled, default=default)


def note(item_id: str, label: str) -> Item:
    """Make a line that is only read."""
    return line(item_id, label, enabled=False)


def rule(item_id: str) -> Item:
    """Make a line that separates."""
    return Item(id=item_id, separator=True, enabled=False)
