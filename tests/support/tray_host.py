"""A desktop in a test: StatusNotifierWatcher, panel and notification server, written with dbus-fast.

It shares no code with the app, reads the menu as text (`[x]`, `(o)`, `{disabled}`, `>`), and clicks lines by words.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's own")

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.support.patience import PATIENCE_S

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
NOTES = "org.freedesktop.Notifications"
PROPERTIES = "org.freedesktop.DBus.Properties"


class DBusRefusal(Exception):
    """The app answered with a D-Bus error."""

    def __init__(self, reply: Message) -> None:
        super().__init__(f"{reply.error_name}: {reply.body}")
        self.name = reply.error_name


@dataclass
class Line:
    """One menu line as the desktop got it."""

    number: int
    properties: dict[str, Any]
    children: list["Line"] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The words, read as a toolkit reads them: a doubled underscore is one."""
        return str(self.properties.get("label", "")).replace("__", "_")

    def text(self, depth: int = 0) -> list[str]:
        """This line and those below it, drawn as text."""
        if self.properties.get("type") == "separator":
            return ["  " * depth + "---"]
        drawn = self.label
        if kind := self.properties.get("toggle-type"):
            on = bool(self.properties.get("toggle-state"))
            drawn = (f"[{'x' if on else ' '}] " if kind == "checkmark" else f"({'o' if on else ' '}) ") + drawn
        if not self.properties.get("enabled", True):
            drawn = "{" + drawn + "}"
        if self.children:
            drawn += " >"
        return ["  " * depth + drawn, *(line for child in self.children for line in child.text(depth + 1))]


class TrayHost:
    """A panel with one tray icon in it."""

    def __init__(self, bus: MessageBus, *, panel: bool = True) -> None:
        self.bus, self.panel = bus, panel
        self.items: list[tuple[str, str]] = []
        self.signals: list[tuple[str, list[Any]]] = []
        self.notes: list[list[Any]] = []
        self.closed: list[int] = []  # by the app, not by the reader
        self.nonsense: tuple[str, list[Any]] | None = None  # what the notification server answers instead
        self._menus: dict[str, str] = {}
        self.capabilities = ["body", "body-markup", "actions"]
        self._changed = asyncio.Event()
        bus.add_message_handler(self._handle)

    @classmethod
    async def connect(cls, address: str, *, watcher: bool = True, panel: bool = True, notes: bool = True) -> "TrayHost":
        """Join the bus; `watcher` without `panel` is a session that keeps a list nobody shows."""
        host = cls(await MessageBus(address).connect(), panel=panel)
        for rule in (f"type='signal',interface='{MENU}'", f"type='signal',interface='{ITEM}'"):
            await host.ask(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.AddMatch", "s", [rule]
            )
        if notes:
            await host.bus.request_name(NOTES)
        if watcher:
            await host.bus.request_name(WATCHER)
        return host

    def leave(self) -> None:
        """Leave the bus, as a panel that crashes does."""
        self.bus.disconnect()

    # ---- what the app calls

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL:
            if message.interface in {MENU, ITEM}:
                self.signals.append((str(message.member), list(message.body)))
                self._changed.set()
            return None
        match message.interface, message.member:
            case "org.kde.StatusNotifierWatcher", "RegisterStatusNotifierItem":
                self.items.append((str(message.sender), str(message.body[0])))
                reply = Message.new_method_return(message)
            case "org.freedesktop.DBus.Properties", "Get" if message.body[0] == WATCHER:
                reply = Message.new_method_return(message, "v", [Variant("b", self.panel)])
            case "org.freedesktop.Notifications", _ if self.nonsense is not None:
                reply = Message.new_method_return(message, *self.nonsense)
            case "org.freedesktop.Notifications", "GetCapabilities":
                reply = Message.new_method_return(message, "as", [self.capabilities])
            case "org.freedesktop.Notifications", "Notify":
                self.notes.append(list(message.body))
                reply = Message.new_method_return(message, "u", [len(self.notes)])
            case "org.freedesktop.Notifications", "CloseNotification":
                self.closed.append(int(message.body[0]))
                self.close_note(self.closed[-1])
                reply = Message.new_method_return(message)
            case _:
                return None
        self._changed.set()
        return reply

    def panel_appears(self) -> None:
        """Tell that a panel joined the watcher."""
        self.panel = True
        self.bus.send(Message.new_signal("/StatusNotifierWatcher", WATCHER, "StatusNotifierHostRegistered"))

    def press(self, note: int, key: str) -> None:
        """Press a button of the `note`-th notification (from 1)."""
        self.bus.send(Message.new_signal("/org/freedesktop/Notifications", NOTES, "ActionInvoked", "us", [note, key]))

    def close_note(self, note: int) -> None:
        """Close the `note`-th notification (from 1), as its reader does."""
        self.bus.send(
            Message.new_signal("/org/freedesktop/Notifications", NOTES, "NotificationClosed", "uu", [note, 2])
        )

    # ---- what a desktop asks

    async def ask(self, to: str, path: str, method: str, signature: str = "", body: Any = ()) -> list[Any]:
        """Call `interface.method`; raises DBusRefusal for an error."""
        interface, _, member = method.rpartition(".")
        call = Message(
            destination=to, path=path, interface=interface or None, member=member, signature=signature, body=list(body)
        )
        async with asyncio.timeout(PATIENCE_S):
            reply = await self.bus.call(call)
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise DBusRefusal(reply)
        return list(reply.body)

    async def item(self, method: str, signature: str = "", body: Any = ()) -> list[Any]:
        """Call a method of the icon, once it has registered."""
        await self.until(lambda: bool(self.items))
        return await self.ask(self.items[-1][1], "/StatusNotifierItem", method, signature, body)

    async def properties(self) -> dict[str, Any]:
        """Everything the icon says of itself."""
        (said,) = await self.item(f"{PROPERTIES}.GetAll", "s", [ITEM])
        return {name: value.value for name, value in said.items()}

    async def menu(self, method: str, signature: str = "", body: Any = ()) -> list[Any]:
        """Call a method of the menu the icon names."""
        await self.until(lambda: bool(self.items))
        service = self.items[-1][1]
        if service not in self._menus:
            (path,) = await self.item(f"{PROPERTIES}.Get", "ss", [ITEM, "Menu"])
            self._menus[service] = path.value
        return await self.ask(service, self._menus[service], f"{MENU}.{method}", signature, body)

    async def layout(self) -> Line:
        """Open the menu and read it whole."""
        await self.menu("AboutToShow", "i", [0])
        _revision, root = await self.menu("GetLayout", "iias", [0, -1, []])
        return _line(root)

    async def lines(self) -> list[str]:
        """Read the menu as text."""
        return [text for child in (await self.layout()).children for text in child.text()]

    async def find(self, *words: str) -> Line:
        """Return the line reached through lines that begin with these words."""
        line = await self.layout()
        for word in words:
            found = [child for child in line.children if child.label.startswith(word)]
            assert found, f"no line {word!r} among {[child.label for child in line.children]}"
            line = found[0]
        return line

    async def click(self, *words: str) -> None:
        """Click the line reached through lines that begin with these words."""
        await self.event((await self.find(*words)).number)

    async def event(self, number: int, kind: str = "clicked") -> None:
        """Send an event to the line with this number."""
        await self.menu("Event", "isvu", [number, kind, Variant("i", 0), 0])

    async def until(self, true: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait, on what arrives, until it is true; fails after a bound."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._changed.clear()
                said = true()
                if said if isinstance(said, bool) else await said:
                    return
                await self._changed.wait()

    def nudge(self) -> None:
        """Let `until` look again (something outside the bus changed). Call on the loop's thread."""
        self._changed.set()


def _line(layout: list[Any]) -> Line:
    number, properties, children = layout
    said = {name: value.value for name, value in properties.items()}
    return Line(number, said, [_line(child.value) for child in children])
