"""What is copied on Windows is what is pasted."""

import sys

import pytest

from tray_app.adapters.system.desktop import Desktop

if sys.platform != "win32":
    pytest.skip("Windows' clipboard", allow_module_level=True)

import ctypes
from ctypes import wintypes


def pasted() -> str:
    user, kernel = ctypes.WinDLL("user32"), ctypes.WinDLL("kernel32")
    user.GetClipboardData.restype = wintypes.HANDLE
    kernel.GlobalLock.argtypes = kernel.GlobalUnlock.argtypes = (wintypes.HGLOBAL,)
    kernel.GlobalLock.restype = ctypes.c_wchar_p
    assert user.OpenClipboard(None)
    try:
        memory = user.GetClipboardData(13)
        found: str = kernel.GlobalLock(memory)
        kernel.GlobalUnlock(memory)
        return found
    finally:
        user.CloseClipboard()


@pytest.mark.parametrize("words", ["http://127.0.0.1:8737/ui/", "诊断", "诊断信息 🎉 é\nsecond", "x" * 100_000, ""])
def test_it_holds_the_words_and_nothing_before_them(words: str) -> None:
    assert Desktop({}).copy(words)
    assert pasted() == words.replace("\n", "\r\n")
