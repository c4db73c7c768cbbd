"""AppKit as far as pystray's real `_darwin.py` and our icon call it, recording every call and its thread.

It keeps the one rule recent systems end a process for: AppKit is called on the main thread only. Here that is the
thread that calls first. `violations` holds what broke it.
"""

# ruff: noqa: N802 - the methods carry AppKit's names

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.support.fake_appkit_objects import Made, NSImage, NSImageRep, NSMenu, NSMenuItem


class FakeMac:
    """One Mac. `status` is our icon in the menu bar, once it is there."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.calls: list[str] = []
        self.handed_over = 0
        self.policy: int | None = None
        self.status = StatusItem(self)
        self.shown = threading.Event()
        self.loop_ended = False
        self._main: int | None = None
        self._work: queue.Queue[Callable[[], None]] = queue.Queue()
        self._stopping = False

    def called(self, what: str) -> None:
        """Record a call, and keep the rule."""
        self._main = self._main or threading.get_ident()
        self.calls.append(what)
        if threading.get_ident() != self._main:
            self.violations.append(f"{what} on thread {threading.current_thread().name}")

    def call_after(self, work: Callable[..., None], *args: Any) -> None:
        """Hand work over to the main thread; the only thing other threads may do."""
        self.handed_over += 1
        self._work.put(lambda: work(*args))

    def open_menu(self) -> NSMenu:
        """Let the user open the menu: AppKit asks its delegate first, on the main thread."""
        opened = threading.Event()

        def ask() -> None:
            menu = self.status.shown_menu
            assert menu is not None
            menu.delegate.menuNeedsUpdate_(menu)
            opened.set()

        self._work.put(ask)
        assert opened.wait(10)
        assert self.status.shown_menu is not None
        return self.status.shown_menu

    def click(self, item: NSMenuItem) -> None:
        """Let the user choose a line."""
        self._work.put(lambda: item.target.activate_menu_item(item))

    # ---- NSApplication

    def run(self) -> None:
        """NSApplication's loop: it ends at the first event after `stop_`."""
        self.called("run")
        while not self._stopping:
            self._work.get(timeout=20)()
        self.loop_ended = True

    def stop_(self, _sender: object) -> None:
        self.called("stop_")

    def postEvent_atStart_(self, _event: object, _first: object) -> None:
        self.called("postEvent_atStart_")
        self._stopping = True

    def setActivationPolicy_(self, policy: int) -> None:
        self.called("setActivationPolicy_")
        self.policy = policy

    # ---- NSStatusBar

    def statusItemWithLength_(self, _length: object) -> "StatusItem":
        self.called("statusItemWithLength_")
        return self.status

    def removeStatusItem_(self, _item: object) -> None:
        self.called("removeStatusItem_")


class StatusItem:
    """The icon and its button in one."""

    def __init__(self, mac: FakeMac) -> None:
        self._mac = mac
        self.image: Any = None
        self.tips: list[str] = []
        self.shown_menu: NSMenu | None = None

    def button(self) -> "StatusItem":
        self._mac.called("button")
        return self

    def menu(self) -> NSMenu | None:
        self._mac.called("menu")
        return self.shown_menu

    def setMenu_(self, menu: NSMenu) -> None:
        self._mac.called("setMenu_")
        self.shown_menu = menu

    def setImage_(self, image: Any) -> None:
        self._mac.called("setImage_")
        self.image = image

    def setToolTip_(self, tip: str) -> None:
        self._mac.called("setToolTip_")
        self.tips.append(tip)

    def setHidden_(self, hidden: bool) -> None:
        self._mac.called("setHidden_")
        if not hidden:
            self._mac.shown.set()

    def setTarget_(self, _target: object) -> None:
        self._mac.called("setTarget_")

    def setAction_(self, _action: object) -> None:
        self._mac.called("setAction_")


def _modules(mac: FakeMac) -> dict[str, ModuleType]:
    """The modules pystray and we import, as a Mac has them."""
    names = ("AppKit", "Foundation", "objc", "PyObjCTools", "PyObjCTools.AppHelper", "PyObjCTools.MachSignals")
    made: dict[str, Any] = {name: ModuleType(name) for name in names}
    kinds = {
        kind.__name__: type(kind.__name__, (kind,), {"mac": mac}) for kind in (NSMenu, NSMenuItem, NSImage, NSImageRep)
    }
    rest = ("NSFont", "NSEvent", "NSData", "NSAttributedString", "NSDictionary")
    kinds |= {name: type(name, (Made,), {"mac": mac}) for name in rest}
    appkit, foundation = made["AppKit"], made["Foundation"]
    for name, kind in kinds.items():
        setattr(appkit, name, kind)
        setattr(foundation, name, kind)
    appkit.NSFont = kinds["NSFont"]()
    appkit.NSEvent = kinds["NSEvent"]()
    appkit.NSApplication = type("NSApplication", (), {"sharedApplication": staticmethod(lambda: mac)})
    appkit.NSStatusBar = type("NSStatusBar", (), {"systemStatusBar": staticmethod(lambda: mac)})
    appkit.NSPoint = lambda x, y: (x, y)
    appkit.NSVariableStatusItemLength, appkit.NSApplicationDefined = -1, 15
    appkit.NSOnState, appkit.NSOffState, appkit.NSFontAttributeName = 1, 0, "NSFont"
    foundation.NSObject = type("NSObject", (Made,), {"mac": mac})
    made["objc"].namedSelector = lambda _name: lambda method: method
    made["PyObjCTools.AppHelper"].callAfter = mac.call_after
    made["PyObjCTools.MachSignals"].signal = lambda *_: None
    made["PyObjCTools.MachSignals"].getsignal = lambda *_: None
    made["PyObjCTools"].AppHelper = made["PyObjCTools.AppHelper"]
    made["PyObjCTools"].MachSignals = made["PyObjCTools.MachSignals"]
    return made


@contextmanager
def fake_mac(patch: pytest.MonkeyPatch) -> Iterator[FakeMac]:
    """Let pystray's real macOS backend import and run here, against a fake AppKit."""
    mac = FakeMac()
    for name, module in _modules(mac).items():
        patch.setitem(sys.modules, name, module)
    try:
        yield mac
    finally:
        for name in ("pystray._darwin", "tray_app.adapters.tray.pystray.mac"):
            package, _, module_name = name.rpartition(".")
            if sys.modules.pop(name, None) is not None:
                vars(sys.modules[package]).pop(module_name, None)
