"""A desktop that shows notifications."""

from collections.abc import Callable

from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.core.menu.menu import Menu


class Screen:
    """A tray backend that shows everything at once; `notes` and `withdrawn` say what."""

    notifies = True

    def __init__(self) -> None:
        self.notes: list[Notification] = []
        self.withdrawn: list[str] = []

    def run(self, events: TrayEvents) -> None:
        events.shown()

    def post(self, work: Callable[[], None]) -> None:
        work()

    def stop(self) -> None:
        pass

    def show(self, menu: Menu) -> None:
        pass

    def notify(self, note: Notification) -> None:
        self.notes.append(note)

    def withdraw(self, key: str) -> None:
        self.withdrawn.append(key)
