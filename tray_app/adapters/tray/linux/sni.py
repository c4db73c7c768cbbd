"""The icon on Linux desktops: a StatusNotifierItem with a dbusmenu, without GTK, X or a display.

It registers under its unique bus name (a Flatpak may not own others), sends pixels and never a file path, comes back
when the panel restarts, appears when a panel comes later, and knows whether anything shows it.
"""

import logging
import socket
from collections.abc import Callable
from html import escape
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties, new_method_call, new_signal

from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.linux import notifications
from tray_app.adapters.tray.linux.bus import BUS_NAME, Bus, failed
from tray_app.adapters.tray.linux.loop import Loop
from tray_app.adapters.tray.linux.menu import NAME as MENU_NAME
from tray_app.adapters.tray.linux.menu import PATH as MENU_PATH
from tray_app.adapters.tray.linux.menu import MenuExport
from tray_app.adapters.tray.linux.objects import Exports, Interface, Method, Value
from tray_app.core.menu.actions import Action
from tray_app.core.menu.item import Item
from tray_app.core.menu.menu import Menu
from tray_app.core.state.problems import Problem

_logger = logging.getLogger(__name__)

ITEM_NAME = "org.kde.StatusNotifierItem"
ITEM_PATH = "/StatusNotifierItem"
WATCHER = "org.kde.StatusNotifierWatcher"
_WATCHER = DBusAddress("/StatusNotifierWatcher", bus_name=WATCHER, interface=WATCHER)
_RULES = (
    f"type='signal',sender='{BUS_NAME}',interface='{BUS_NAME}',member='NameOwnerChanged',arg0='{WATCHER}'",
    f"type='signal',sender='{WATCHER}',interface='{WATCHER}'",
    notifications.RULE,
)


class SniBackend:
    """A `Backend` on an authenticated connection to the session bus (see `bus.connect`)."""

    notifies = True  # also where no panel shows the icon

    def __init__(self, sock: socket.socket, icons: Icons, *, no_host: Problem, bus_lost: Problem) -> None:
        self._loop = Loop()
        self._no_host, self._bus_lost = no_host, bus_lost
        self._icons = icons
        self._menu: Menu | None = None
        self._hosted: bool | None = None
        self._events = TrayEvents(opening=_nothing, perform=_nothing, shown=_nothing, absent=_nothing)
        self._export = MenuExport(emit=self._menu_signal, clicked=self._clicked, opening=self._opening)
        self._exports = Exports({ITEM_PATH: [self._item()], MENU_PATH: [self._export.interface()]})
        self._bus = Bus(sock, self._loop, answer=self._exports.answer, heard=self._heard, lost=self._lost)
        self._notes = notifications.Notifications(self._bus, self._perform, lambda: self._pixmaps()[-2])

    def run(self, events: TrayEvents) -> None:
        """Register and serve until `stop`; without a bus or a host it goes on unseen."""
        self._events = events
        self._bus.open(self._named)
        try:
            self._loop.run()
        finally:
            self._bus.close()
            self._loop.close()

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the loop's thread soon."""
        self._loop.post(work)

    def stop(self) -> None:
        """End `run`. The panel drops the icon when the connection closes."""
        self._loop.stop()

    def notify(self, note: Notification) -> None:
        """Show a notification, if there is a server for it."""
        self._notes.show(note)

    def withdraw(self, key: str) -> None:
        """Close the notification with this key."""
        self._notes.withdraw(key)

    def show(self, menu: Menu) -> None:
        """Show this menu, and tell the panel only what differs."""
        before, self._menu = self._menu, menu
        self._export.update(menu.items)
        if before is None or before.picture != menu.picture:
            self._item_signal("NewIcon")
        if before is None or before.tooltip != menu.tooltip:
            self._item_signal("NewToolTip")

    # ---- registering with whatever shows icons

    def _named(self) -> None:
        for rule in _RULES:
            self._bus.daemon("AddMatch", "s", (rule,))
        self._register()

    def _register(self) -> None:
        call = new_method_call(_WATCHER, "RegisterStatusNotifierItem", "s", (self._bus.name,))
        self._bus.call(call, self._registered)

    def _registered(self, reply: Message) -> None:
        if failed(reply):
            self._say_hosted(hosted=False)
        else:
            self._ask_for_host()

    def _ask_for_host(self) -> None:
        self._bus.call(Properties(_WATCHER).get("IsStatusNotifierHostRegistered"), self._host_known)

    def _host_known(self, reply: Message) -> None:
        # a watcher may be there with no panel to show anything (KDE's always is); one that cannot say is believed
        error = reply.header.message_type is MessageType.error
        self._say_hosted(hosted=error or reply.body != (("b", False),))

    def _say_hosted(self, *, hosted: bool) -> None:
        if hosted is not self._hosted:
            self._hosted = hosted
            if hosted:
                self._events.shown()
            else:
                self._events.absent(self._no_host if self._bus.alive else self._bus_lost)

    def _heard(self, signal: Message) -> None:
        fields = signal.header.fields
        match fields.get(HeaderFields.interface), fields.get(HeaderFields.member):
            case _, "NameOwnerChanged" if fields.get(HeaderFields.sender) == BUS_NAME and signal.body[0] == WATCHER:
                if signal.body[2]:
                    self._register()
                else:
                    self._say_hosted(hosted=False)
            case "org.kde.StatusNotifierWatcher", "StatusNotifierHostRegistered" | "StatusNotifierHostUnregistered":
                self._ask_for_host()
            case notifications.NAME, _:
                self._notes.heard(signal)
            case _:
                pass

    def _lost(self) -> None:
        self._hosted = None  # said again, because the reason is another one
        self._say_hosted(hosted=False)

    # ---- the item

    def _item(self) -> Interface:
        methods = {
            "Activate": Method("ii", "", self._activate),
            "SecondaryActivate": Method("ii", "", self._activate),
            "ContextMenu": Method("ii", "", lambda _x, _y: ()),  # the panel draws our dbusmenu; we have no window
            "Scroll": Method("is", "", lambda _delta, _orientation: ()),
            "ProvideXdgActivationToken": Method("s", "", lambda _token: ()),
        }
        signals = {"NewTitle": "", "NewIcon": "", "NewToolTip": "", "NewStatus": "s"}
        return Interface(name=ITEM_NAME, methods=methods, properties=self._item_properties, signals=signals)

    def _item_properties(self) -> dict[str, Value]:
        status, last = self._menu.tooltip if self._menu else ("", "")
        return {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", "dingtalk-tray"),
            "Title": ("s", "dingtalk-tray"),
            "Status": ("s", "Active"),
            "WindowId": ("i", 0),
            "IconName": ("s", ""),
            "IconThemePath": ("s", ""),
            "IconPixmap": ("a(iiay)", self._pixmaps()),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", []),
            "AttentionMovieName": ("s", ""),
            # the second text may hold markup by the specification, so what agents wrote is escaped
            "ToolTip": ("(sa(iiay)ss)", ("", [], status, escape(last, quote=False))),
            "ItemIsMenu": ("b", False),
            "Menu": ("o", MENU_PATH),
        }

    def _pixmaps(self) -> list[tuple[int, int, bytes]]:
        return self._icons.pixmaps(self._menu.picture) if self._menu else []

    def _activate(self, _x: int, _y: int) -> tuple[()]:
        default = self._menu.default() if self._menu else None
        if default is not None:
            self._clicked(default)
        return ()

    def _clicked(self, item: Item) -> None:
        if item.action is not None:
            self._perform(item.action)

    def _perform(self, action: Action) -> None:
        self._events.perform(action)

    def _opening(self) -> None:
        self._events.opening()

    def _item_signal(self, name: str) -> None:
        self._bus.send(new_signal(DBusAddress(ITEM_PATH, interface=ITEM_NAME), name))

    def _menu_signal(self, name: str, signature: str, body: tuple[Any, ...]) -> None:
        self._bus.send(new_signal(DBusAddress(MENU_PATH, interface=MENU_NAME), name, signature, body))


def _nothing(*_: object) -> None:
    """Before `run` nobody listens."""
