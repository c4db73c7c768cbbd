"""Windows' clipboard by its own calls: `clip.exe` guesses the encoding, and it keeps a byte order mark as a letter."""

import sys
import time

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _UNICODE_TEXT, _MOVEABLE = 13, 2
    _NO_SCREEN = wintypes.HWND(-3)  # HWND_MESSAGE: a window for messages alone
    _PATIENCE_S, _AGAIN_S = 1.0, 0.02  # another program has it open for a moment
    _user = ctypes.WinDLL("user32", use_last_error=True)
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _user.CreateWindowExW.argtypes = (
        *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD),
        *(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int),
        *(wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID),
    )
    _user.CreateWindowExW.restype = wintypes.HWND
    _user.DestroyWindow.argtypes = _user.OpenClipboard.argtypes = (wintypes.HWND,)
    _user.SetClipboardData.argtypes = (wintypes.UINT, wintypes.HANDLE)
    _user.SetClipboardData.restype = wintypes.HANDLE
    _kernel.GlobalAlloc.argtypes = (wintypes.UINT, ctypes.c_size_t)
    _kernel.GlobalAlloc.restype = wintypes.HGLOBAL
    _kernel.GlobalLock.argtypes = _kernel.GlobalUnlock.argtypes = _kernel.GlobalFree.argtypes = (wintypes.HGLOBAL,)
    _kernel.GlobalLock.restype = wintypes.LPVOID

    def put(words: str) -> bool:
        """Put text there; whether it is there now."""
        owner = _user.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, _NO_SCREEN, None, None, None)
        if not owner:
            return False
        try:
            if not _opened(owner):
                return False
            try:
                return bool(_user.EmptyClipboard()) and _set(words)
            finally:
                _user.CloseClipboard()
        finally:
            _user.DestroyWindow(owner)

    def _opened(owner: int) -> bool:
        until = time.monotonic() + _PATIENCE_S
        while not _user.OpenClipboard(owner):
            if time.monotonic() >= until:
                return False
            time.sleep(_AGAIN_S)
        return True

    def _set(words: str) -> bool:
        """Hand over a piece of memory, which is Windows' own from then on."""
        text = words.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-16-le", "surrogatepass") + b"\0\0"
        memory = _kernel.GlobalAlloc(_MOVEABLE, len(text))
        place = memory and _kernel.GlobalLock(memory)
        if not place:
            return False
        ctypes.memmove(place, text, len(text))
        _kernel.GlobalUnlock(memory)
        if _user.SetClipboardData(_UNICODE_TEXT, memory):
            return True
        _kernel.GlobalFree(memory)
        return False

else:

    def put(_words: str) -> bool:
        """Do nothing: elsewhere programs of the desktop do it."""
        return False


__all__ = ["put"]
