"""What `adapters.tray.tray.Tray` asks of an icon on one kind of desktop, and what that icon tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.menu.actions import Action
from tray_app.core.menu.menu import Menu
from tray_app.core.settings.settings import Sound
from tray_app.core.state.problems import Problem


def _nothing() -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationButton:
    """One button of a desktop notification."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One desktop notification. Desktops without buttons show it without them, and say `elsewhere` instead.

    One with a `key` asks something: it stays until it is answered or withdrawn by that key. `about` is what a click on
    the notification itself does; without it, what a click on the icon does. `sound`: of those that ask.
    """

    title: str
    body: str
    buttons: tuple[NotificationButton, ...] = ()
    elsewhere: str = ""
    key: str = ""
    about: Action | None = None
    sound: Sound = Sound.SYSTEM

    def without_buttons(self) -> str:
        """Give the body for a desktop that shows no buttons."""
        return "\n".join(part for part in (self.body, self.elsewhere) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayEvents:
    """What the icon tells. All are called on the icon's own thread and return at once, but for `ending`."""

    opening: Callable[[], None]  # the menu is about to be seen: draw it again if anything changed
    perform: Callable[[Action], None]
    shown: Callable[[], None]  # a tray shows the icon
    absent: Callable[[Problem | None], None]  # nothing shows it: why, and what to do (None: nobody wanted it)
    ending: Callable[[], None] = _nothing  # the desktop's session ends, and the process with it once this returns


class TrayBackend(Protocol):
    """An icon with a menu. `notifies`: whether its notifications reach a desktop."""

    notifies: bool

    def run(self, events: TrayEvents) -> None:
        """Own the calling thread (the main one) until `stop`; returns also where there is nothing to show."""
        ...

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the icon's thread soon. From any thread; never waits."""
        ...

    def stop(self) -> None:
        """End `run`. From any thread, also from a signal handler; twice is fine."""
        ...

    def show(self, menu: Menu) -> None:
        """Show this menu, icon and tooltip from now on. On the icon's thread only."""
        ...

    def notify(self, note: Notification) -> None:
        """Show a notification. On the icon's thread only; where it fails it is logged."""
        ...

    def withdraw(self, key: str) -> None:
        """Take back a notification that asks what is answered by now, if the desktop can. On the icon's thread only."""
        ...
