"""The icon on macOS: pystray's, with its traps closed.

Stock pystray calls AppKit on whatever thread changed something, and recent systems end the process for that. Here every
AppKit call is made on the main thread, and other threads only hand work over with `AppHelper.callAfter`.
"""

import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import AppKit
import Foundation
from PyObjCTools import AppHelper, MachSignals
from pystray import _darwin

from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.adapters.tray.guarded import guarded
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.pystray.menu import pystray_menu
from tray_app.core.menu.item import Item
from tray_app.core.menu.lines import IconState
from tray_app.core.menu.menu import Menu
from tray_app.core.settings.settings import Sound

_ACCESSORY = 1  # NSApplicationActivationPolicyAccessory: no Dock icon, no menu bar
_SOUND = "Glass"  # comes with every macOS
_POINTS = 18.0  # a menu bar icon's height


class MacBackend:
    """A `Backend` in the menu bar."""

    notifies = True

    def __init__(self, icons: Icons) -> None:
        self._icons = icons
        self._icon: _Icon | None = None

    def run(self, events: TrayEvents) -> None:
        """Show the icon and run AppKit's loop on this thread, which must be the main one, until `stop`."""
        AppKit.NSApplication.sharedApplication().setActivationPolicy_(_ACCESSORY)
        self._icon = _Icon(events, self._icons)
        self.post(events.shown)
        self._icon.run(setup=_nothing)

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the main thread; before `run` it waits there."""
        AppHelper.callAfter(guarded, work)

    def stop(self) -> None:
        """End `run`."""
        self.post(self._stop)

    def _stop(self) -> None:
        if self._icon is not None:
            self._icon.stop()

    def show(self, menu: Menu) -> None:
        """Keep the menu for its next opening; show icon and tooltip now."""
        if self._icon is not None:
            self._icon.show(menu)

    def notify(self, note: Notification) -> None:
        """Show a notification without buttons. `osascript` takes 0.1 s, so it runs beside the main thread."""
        if self._icon is not None:
            aloud = note.sound is Sound.ON
            send = partial(_show, note.without_buttons(), note.title or "dingtalk-tray", aloud=aloud)
            threading.Thread(target=guarded, args=(send,), daemon=True).start()

    def withdraw(self, key: str) -> None:
        """Leave it: what `osascript` has shown cannot be taken back."""


def _show(words: str, title: str, *, aloud: bool) -> None:
    said, head = (part.replace("\\", "\\\\").replace('"', '\\"') for part in (words, title))
    sound = f' sound name "{_SOUND}"' if aloud else ""  # without a name there is none
    _darwin.subprocess.check_call(["osascript", "-e", f'display notification "{said}" with title "{head}"{sound}'])


class _MenuDelegate(Foundation.NSObject):
    """Asked by AppKit right before the menu is seen. `icon` is set after `init`."""

    icon: "_Icon"

    def menuNeedsUpdate_(self, _menu: object) -> None:  # noqa: N802 - AppKit's name
        self.icon.opened()


class _Icon(_darwin.Icon):
    """pystray's icon; `icon` is the picture's name here, a template that follows light and dark."""

    icon: str
    title: str

    def __init__(self, events: TrayEvents, icons: Icons) -> None:
        super().__init__("dingtalk-tray", icon=IconState.NORMAL, title="dingtalk-tray")
        self._events, self._icons = events, icons
        self._shown: Menu | None = None
        self._built: Menu | None = None
        self._menu_delegate = _MenuDelegate.alloc().init()
        self._menu_delegate.icon = self
        self._ns_menu = AppKit.NSMenu.alloc().initWithTitle_(self.name)
        self._ns_menu.setAutoenablesItems_(False)
        self._ns_menu.setDelegate_(self._menu_delegate)
        self._menu_handle: tuple[Any, list[Callable[..., None]]] = (self._ns_menu, [])

    def show(self, menu: Menu) -> None:
        """Show icon and tooltip; the first menu makes the icon visible."""
        self._shown = menu
        if self.icon != menu.picture:
            self.icon = menu.picture
        self.title = "\n".join(menu.tooltip)
        self.visible = True

    def opened(self) -> None:
        """Fill the menu anew, if it changed since it was last seen."""
        self._events.opening()
        menu = self._shown
        if menu is None or menu == self._built:
            return
        self._built = menu
        callbacks: list[Callable[..., None]] = []
        self._ns_menu.removeAllItems()
        for entry in pystray_menu(menu.items, self._clicked):
            self._ns_menu.addItem_(self._create_menu_item(entry, callbacks))
            callbacks.append(self._handler(entry))
        self._menu_handle = (self._ns_menu, callbacks)

    def _clicked(self, item: Item) -> None:
        if item.action is not None:
            self._events.perform(item.action)

    def _update_menu(self) -> None:
        """Hang our one menu to the icon; it is filled when it opens."""
        if self._status_item.menu() is None:
            self._status_item.setMenu_(self._ns_menu)

    def _update_icon(self) -> None:
        self._icon_image = None
        self._assert_image()
        self._icon_valid = True

    def _assert_image(self) -> None:
        if self._icon_image is not None:
            return
        image = AppKit.NSImage.alloc().initWithSize_((_POINTS, _POINTS))
        for scale in ("", "@2x"):
            path = str(self._icons.find(f"tray/{self.icon}Template{scale}.png"))
            picture = AppKit.NSImageRep.imageRepWithContentsOfFile_(path)
            picture.setSize_((_POINTS, _POINTS))  # in points: so both fit the same place, sharp on Retina
            image.addRepresentation_(picture)
        image.setTemplate_(True)
        self._icon_image = image
        self._status_item.button().setImage_(image)

    def _run(self) -> None:
        """As pystray, but its own SIGINT handler would end the process without a clean stop."""
        self._mark_ready()
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):  # Python's own way to run it waits until AppKit's loop returns
                MachSignals.signal(number, handler)
        try:
            self._app.run()
        finally:
            self._status_bar.removeStatusItem_(self._status_item)


def _nothing(_icon: object) -> None:
    """Replace pystray's setup, which would show the icon from a thread of its own."""
