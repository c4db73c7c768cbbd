"""Runs on Windows in the app's own process: the app, and a thread that writes down each menu that is open.

`probe.py FILE run …`: FILE has a JSON list of menus, the outermost first; of each line its words, whether it is checked
and grey, and where on the screen it is. The words are read from Windows, not from the app.
"""

import ctypes
import json
import runpy
import sys
import threading
import time
from pathlib import Path
from typing import Any

assert sys.platform == "win32"
from ctypes import wintypes  # noqa: E402 - only there has it all these names

_MENU_CLASS, _MN_GETHMENU = "#32768", 0x1E1
_BY_POSITION, _GREY, _CHECKED = 0x400, 0x3, 0x8
_LOOK_S = 0.1
_user = ctypes.WinDLL("user32")
_user.SendMessageW.restype = wintypes.HANDLE
_VISITOR = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)


def _open_menus() -> list[list[dict[str, Any]]]:
    windows: list[int] = []

    def visit(window: int, _more: int) -> bool:
        name = ctypes.create_unicode_buffer(64)
        _user.GetClassNameW(wintypes.HWND(window), name, 64)
        if name.value == _MENU_CLASS and _user.IsWindowVisible(wintypes.HWND(window)):
            windows.append(window)
        return True

    _user.EnumWindows(_VISITOR(visit), 0)
    return [_lines(window) for window in reversed(windows)]


def _lines(window: int) -> list[dict[str, Any]]:
    menu = wintypes.HMENU(_user.SendMessageW(wintypes.HWND(window), _MN_GETHMENU, 0, 0))
    return [_line(menu, number) for number in range(max(0, _user.GetMenuItemCount(menu)))]


def _line(menu: wintypes.HMENU, number: int) -> dict[str, Any]:
    words, place = ctypes.create_unicode_buffer(512), wintypes.RECT()
    _user.GetMenuStringW(menu, number, words, 512, _BY_POSITION)
    _user.GetMenuItemRect(None, menu, number, ctypes.byref(place))
    state = _user.GetMenuState(menu, number, _BY_POSITION) & 0xFF
    return {
        "words": words.value.replace("&&", "&"),
        "checked": bool(state & _CHECKED),
        "grey": bool(state & _GREY),
        "at": [(place.left + place.right) // 2, (place.top + place.bottom) // 2],
    }


def _watch(file: Path) -> None:
    said = None
    while True:
        found = _open_menus()
        if found != said:
            said = found
            beside = file.with_suffix(".new")
            beside.write_text(json.dumps(found), encoding="utf-8")
            beside.replace(file)
        time.sleep(_LOOK_S)


if __name__ == "__main__":
    threading.Thread(target=_watch, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.argv[1:] = sys.argv[2:]
    runpy.run_module("tray_app", run_name="__main__", alter_sys=True)
