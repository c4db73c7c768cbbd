"""Windows' user32, shell32 and kernel32 as far as pystray's real `_win32.py` calls them, recording every call.

It keeps Windows' rules: a window belongs to the thread that made it, messages wait for that thread, an open menu pumps
messages by itself, a destroyed menu cannot be used. What breaks a rule is kept in `violations`.
"""

# ruff: noqa: N802 - the functions carry Windows' names

import ctypes
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

_POSTABLE = {"PostMessageW", "GetModuleHandleW", "RegisterWindowMessageW", "RegisterClassExW"}
RIGHT_CLICK, LEFT_CLICK, TOAST_CLICK = 0x0205, 0x0202, 0x0405
QUERY_END, END, CLOSE, TIMER, TASKBAR_CREATED, DISPLAY_CHANGE = 0x11, 0x16, 0x10, 0x113, 0xC123, 0x7E
_ADD, _REMOVE = 0, 2
WM_NULL, WM_NOTIFY, WM_QUIT = 0, 0x400 + 11, 0x0012


@dataclass
class FakeMenu:
    """One HMENU: its lines as (words, state, type, id, submenu)."""

    items: list[tuple[str | None, int, int, int, int | None]] = field(default_factory=list)
    alive: bool = True


class FakeWindows:
    """One desktop. `on_menu(menu)` is called while a menu is shown and returns the id that the user picks (0: none)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.violations: list[str] = []
        self.menus: dict[int, FakeMenu] = {}
        self.tips: list[str] = []
        self.toasts: list[tuple[str, str]] = []
        self.silent: list[bool] = []  # of each toast
        self.loaded: list[tuple[str, int, int]] = []
        self.answers: dict[int, int] = {}
        self.icon_shown = threading.Event()
        self.taskbar = True  # there, and not too busy
        self.icons: list[str] = []  # of the taskbar: those that it has, by their tooltips
        self.timers: set[int] = set()
        self._settled: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()
        self.loop_ended = False
        self.on_menu: Callable[[FakeMenu], int] = lambda _menu: 0
        self._messages: queue.Queue[tuple[int, int, int, int]] = queue.Queue()
        self._procedure: Any = None
        self._owner: int | None = None
        self._shown: int | None = None
        self._next = 100

    # ---- what the test does

    def mouse(self, message: int) -> None:
        """Let the user click on the icon."""
        self._messages.put((self.window, WM_NOTIFY, 0, message))

    def tell(self, message: int, wparam: int) -> None:
        """Send the icon's window a message of the system's own; `answers` has what it said."""
        self._messages.put((self.window, message, wparam, 0))

    def settle(self) -> None:
        """Wait until every message that was sent before has been answered."""
        done = threading.Event()
        self._settled.put(done)
        self._messages.put((self.window, WM_NULL, 0, 0))
        assert done.wait(10)

    def words(self, menu: FakeMenu) -> list[str]:
        """The menu's lines as text, submenus indented."""
        drawn: list[str] = []
        for label, _state, _kind, _number, below in menu.items:
            drawn.append("---" if label is None else label)
            if below is not None:
                drawn += [f"  {line}" for line in self.words(self.menus[below])]
        return drawn

    def number(self, menu: FakeMenu, words: str) -> int:
        """The id of the line with these words."""
        for label, _state, _kind, number, below in menu.items:
            if label == words:
                return number
            if below is not None and (found := self.number(self.menus[below], words)):
                return found
        return 0

    # ---- what Windows does

    window = 1

    def called(self, name: str, args: tuple[Any, ...]) -> Any:
        """Record a call, check the rules, and do it."""
        self.calls.append((name, threading.current_thread().name))
        if self._owner is not None and name not in _POSTABLE and threading.get_ident() != self._owner:
            self.violations.append(f"{name} on thread {threading.current_thread().name}")
        return getattr(self, f"_{name}", lambda *_: 1)(*args)

    def _handle(self) -> int:
        self._next += 1
        return self._next

    def _RegisterClassExW(self, window_class: Any) -> int:
        self._procedure = window_class.lpfnWndProc
        return 7

    def _CreateWindowExW(self, *_: Any) -> int:
        self._owner = threading.get_ident()
        return self.window if ("CreateWindowExW", threading.current_thread().name) not in self.calls[:-1] else 2

    def _PostMessageW(self, window: int, message: int, wparam: int, lparam: int) -> int:
        if not window:
            self.violations.append("PostMessage to no window")
        self._messages.put((window, message, wparam, lparam))
        return 1

    def _PostQuitMessage(self, _code: int) -> int:
        self._messages.put((0, WM_QUIT, 0, 0))
        return 1

    def _GetMessageW(self, message: Any, *_: Any) -> int:
        got = self._messages.get(timeout=20)
        message._obj.hWnd, message._obj.message, message._obj.wParam, message._obj.lParam = got
        self.loop_ended = got[1] == WM_QUIT
        return int(not self.loop_ended)

    def _DispatchMessageW(self, message: Any) -> int:
        told = message._obj
        if told.message == WM_NULL:
            self._settled.get().set()
            return 0
        self.answers[told.message] = int(self._procedure(told.hWnd, told.message, told.wParam, told.lParam))
        return self.answers[told.message]

    def _CreatePopupMenu(self) -> int:
        handle = self._handle()
        self.menus[handle] = FakeMenu()
        return handle

    def _InsertMenuItemW(self, handle: int, _at: int, _by_position: bool, info: Any) -> int:
        told = info._obj
        label = None if told.fType & 0x800 else told.dwTypeData
        self.menus[handle].items.append((label, told.fState, told.fType, told.wID, told.hSubMenu))
        return 1

    def _DestroyMenu(self, handle: int) -> int:
        menu = self.menus[handle]
        if not menu.alive:
            self.violations.append("a menu was destroyed twice")
        if handle == self._shown:
            self.violations.append("a menu was destroyed while shown")
        menu.alive = False
        for *_, below in menu.items:
            if below is not None:
                self._DestroyMenu(below)
        return 1

    def _TrackPopupMenuEx(self, handle: int, *_: Any) -> int:
        if not self.menus[handle].alive:
            self.violations.append("a destroyed menu was shown")
        self._shown = handle
        try:
            picked = self.on_menu(self.menus[handle])
            while not self._messages.empty():  # an open menu pumps messages by itself
                got = self._messages.get()
                if got[1] == WM_QUIT:
                    self._messages.put(got)  # and leaves this one to the loop
                    break
                if got[1] == WM_NULL:
                    self._settled.get().set()
                    continue
                self._procedure(*got)
            return picked
        finally:
            self._shown = None

    def _RegisterWindowMessageW(self, _name: str) -> int:
        return TASKBAR_CREATED

    def _SetTimer(self, _window: int, number: int, _ms: int, _then: None) -> int:
        self.timers.add(number)
        return number

    def _KillTimer(self, _window: int, number: int) -> int:
        self.timers.discard(number)
        return 1

    def _Shell_NotifyIconW(self, code: int, data: Any) -> int:
        if not self.taskbar or bool(self.icons) == (code == _ADD):
            return 0  # one that is there is not added, one that is not is neither changed nor removed
        self.icons = [] if code == _REMOVE else [data.szTip or self.icons[0]] if self.icons else [data.szTip]
        if data.uFlags & 0x4:
            self.tips.append(data.szTip)
        if data.uFlags & 0x10:
            self.toasts.append((data.szInfoTitle, data.szInfo))
            self.silent.append(bool(data.dwInfoFlags & 0x10))
        if code == _ADD:
            self.icon_shown.set()
        return 1

    def _LoadImageW(self, _instance: Any, path: str, _kind: int, width: int, height: int, _flags: int) -> int:
        self.loaded.append((path, width, height))
        return self._handle()

    def _GetSystemMetrics(self, number: int) -> int:
        return {49: 20, 50: 20}[number]


class _Function:
    """A function of a DLL: ctypes' attributes, and errors raised as `errcheck` says."""

    errcheck: Any = None

    def __init__(self, windows: FakeWindows, name: str) -> None:
        self._windows, self._name = windows, name

    def __call__(self, *args: Any) -> Any:
        result = self._windows.called(self._name, args)
        return self.errcheck(result, self, args) if self.errcheck else result


@contextmanager
def fake_windows(patch: pytest.MonkeyPatch) -> Iterator[FakeWindows]:
    """Let pystray's real Windows backend import and run here, against a fake desktop."""
    windows = FakeWindows()

    class Dll:
        def __init__(self, _name: str) -> None:
            self._functions: dict[str, _Function] = {}

        def __getattr__(self, name: str) -> _Function:
            return self._functions.setdefault(name, _Function(windows, name))

    patch.setattr(ctypes, "WinDLL", Dll, raising=False)
    patch.setattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE, raising=False)
    patch.setattr(ctypes, "HRESULT", ctypes.c_long, raising=False)
    patch.setattr(ctypes, "WinError", lambda: OSError("fake Windows said no"), raising=False)
    try:
        yield windows
    finally:
        for name in ("pystray._win32", "pystray._util.win32", "tray_app.adapters.tray.pystray.windows"):
            package, _, module = name.rpartition(".")
            if sys.modules.pop(name, None) is not None:
                vars(sys.modules[package]).pop(module, None)  # else `from package import module` finds the old one
