"""The icon on Windows: pystray's, with its traps closed.

Stock pystray rebuilds the menu in whatever thread changed it, also while it is open. Here the menu is built on the
icon's own thread when it opens and destroyed after it closed; other threads only post messages to that thread.
"""

import ctypes
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pystray import _win32
from pystray._util import win32

from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.adapters.tray.guarded import guarded
from tray_app.adapters.tray.icons import Icons
from tray_app.adapters.tray.pystray.menu import pystray_menu, utf16
from tray_app.core.menu.actions import Quit
from tray_app.core.menu.item import Item
from tray_app.core.menu.lines import IconState
from tray_app.core.menu.menu import Menu
from tray_app.core.settings.settings import Sound

_logger = logging.getLogger(__name__)

_WM_CLOSE, _WM_QUERYENDSESSION, _WM_ENDSESSION, _WM_TIMER = 0x10, 0x11, 0x16, 0x113
_NIN_BALLOONUSERCLICK = win32.WM_USER + 5
_WM_WORK = win32.WM_USER + 12  # pystray uses 10 and 11
_SM_CXSMICON, _SM_CYSMICON = 49, 50
_PER_MONITOR = 2
_AGAIN_MS = 2_000
_NIIF_NOSOUND = 0x10
TIP_UNITS, INFO_UNITS, INFO_TITLE_UNITS = 127, 255, 63  # the fields of NOTIFYICONDATAW, less their closing NUL


class WindowsBackend:
    """A `Backend` in the notification area."""

    notifies = True

    def __init__(self, icons: Icons) -> None:
        self._icons = icons
        self._work: deque[Callable[[], None]] = deque()
        self._icon: _Icon | None = None
        self._noted = ""

    def run(self, events: TrayEvents) -> None:
        """Show the icon and pump this thread's messages until `stop`."""
        _aware_of_dpi()
        self._icon = _Icon(events, self._icons, self._work)
        self.post(events.shown)
        self._icon.run(setup=_nothing)

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the icon's thread; before `run` it waits there."""
        self._work.append(work)
        if self._icon is not None:
            self._icon.wake()

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
        """Show a toast; Windows draws no buttons on it, so that its last line must not be what is cut."""
        if self._icon is not None:
            body = (
                replace(note, body=utf16(note.body, INFO_UNITS - len(note.elsewhere) - 1)) if note.elsewhere else note
            )
            words = utf16(body.without_buttons(), INFO_UNITS) or " "
            self._icon.toast(words, utf16(note.title, INFO_TITLE_UNITS), silent=note.sound is Sound.OFF)
            self._noted = note.key
            self._icon.about = note.about

    def withdraw(self, key: str) -> None:
        """Take the toast away, if it is the one that is shown."""
        if self._icon is not None and key == self._noted:
            self._icon.remove_notification()


class _Icon(_win32.Icon):
    """pystray's icon; `icon` is the picture's name here, and it comes from our .ico in the right size."""

    icon: str
    title: str
    _icon_handle: int | None

    def __init__(self, events: TrayEvents, icons: Icons, work: deque[Callable[[], None]]) -> None:
        super().__init__("dingtalk-tray", icon=IconState.NORMAL, title="dingtalk-tray")
        self._events, self._icons, self._work = events, icons, work
        self._shown: Menu | None = None
        self._menu_handle: tuple[object, list[Callable[..., None]]] | None = None
        self._is_open = False
        self.about = Notification(title="", body="").about
        self._message_handlers |= {
            _WM_WORK: self._on_work,
            _WM_QUERYENDSESSION: self._may_end,
            _WM_ENDSESSION: self._on_session_end,
            _WM_CLOSE: self._on_close,
            _WM_TIMER: self._on_timer,
        }

    def toast(self, words: str, title: str, *, silent: bool) -> None:
        """Show a toast; Windows gives it a sound of its own unless it is told not to."""
        flags = {"dwInfoFlags": _NIIF_NOSOUND} if silent else {}
        self._message(win32.NIM_MODIFY, win32.NIF_INFO, szInfo=words, szInfoTitle=title or self.title or "", **flags)

    def wake(self) -> None:
        """Have the icon's thread look for work. From any thread."""
        if self._hwnd:  # else `_mark_ready` looks by itself
            win32.PostMessage(self._hwnd, _WM_WORK, 0, 0)

    def show(self, menu: Menu) -> None:
        """Show icon and tooltip; the first menu makes the icon visible.

        At login the taskbar may not be there yet, or too busy to answer: then it is tried again.
        """
        self._shown = menu
        try:
            if self.icon != menu.picture:
                self.icon = menu.picture
            self.title = utf16("\n".join(menu.tooltip), TIP_UNITS)
            self.visible = True
        except OSError:
            _logger.info("the taskbar did not take the icon; it is asked again")
            self._visible = False
            win32.windll.user32.SetTimer(self._hwnd, 1, _AGAIN_MS, None)

    def _message(self, code: int, flags: int, **data: object) -> None:
        """As pystray, which takes no notice of a taskbar's no. Raises OSError."""
        about = {"cbSize": ctypes.sizeof(win32.NOTIFYICONDATAW), "hWnd": self._hwnd, "hID": id(self), "uFlags": flags}
        if not win32.Shell_NotifyIcon(code, win32.NOTIFYICONDATAW(**about, **data)):
            raise OSError("the taskbar did not take it")

    def _update_icon(self) -> None:
        self._release_icon()
        self._assert_icon_handle()
        self._icon_valid = True
        if self.visible:
            self._message(win32.NIM_MODIFY, win32.NIF_ICON, hIcon=self._icon_handle)

    def _show(self) -> None:
        with suppress(OSError):  # it may have been taken though the answer was no: a second one would be refused
            self._hide()
        super()._show()

    def _anew(self, *_message: int) -> None:
        """Show it again: to a new taskbar, or in the size of another resolution."""
        self._release_icon()
        self._visible = False
        if self._shown is not None:
            self.show(self._shown)

    _on_taskbarcreated = _on_display_change = _anew

    def _on_timer(self, number: int, _lparam: int) -> None:
        win32.windll.user32.KillTimer(self._hwnd, number)
        if not self.visible:
            self._anew()

    def _on_close(self, _wparam: int, _lparam: int) -> None:
        """`taskkill` without /f asks like this, as does whoever closes all windows before an update."""
        self._events.perform(Quit())

    def _mark_ready(self) -> None:
        super()._mark_ready()
        self.wake()

    def _on_work(self, _wparam: int, _lparam: int) -> None:
        while self._work:
            guarded(self._work.popleft())

    def _may_end(self, _wparam: int, _lparam: int) -> bool:
        """Let the session end: pystray's answer to what it does not know means no."""
        return True

    def _on_session_end(self, ends: int, _lparam: int) -> None:
        """End in order now: Windows ends the process as soon as this returns. Another program may have refused."""
        if ends:
            self._events.ending()

    def _on_notify(self, wparam: int, lparam: int) -> None:
        if lparam == _NIN_BALLOONUSERCLICK and self.about is not None:
            self._events.perform(self.about)
        elif lparam in {win32.WM_LBUTTONUP, _NIN_BALLOONUSERCLICK}:
            default = self._shown.default() if self._shown else None
            if default is not None:
                self._clicked(default)
        elif lparam == win32.WM_RBUTTONUP and not self._is_open:
            self._is_open = True
            try:
                self._events.opening()
                self._build()
                super()._on_notify(wparam, lparam)
            finally:
                self._destroy()
                self._is_open = False

    def _build(self) -> None:
        items = self._shown.items if self._shown else ()
        callbacks: list[Callable[..., None]] = []
        # a single & marks the next letter as the line's key
        entries = pystray_menu(items, self._clicked, words=lambda label: label.replace("&", "&&"))
        handle = self._create_menu(entries, callbacks)
        self._menu_handle = (handle, callbacks) if handle else None

    def _destroy(self) -> None:
        if self._menu_handle is not None:
            with suppress(OSError):
                win32.DestroyMenu(self._menu_handle[0])
            self._menu_handle = None

    def _clicked(self, item: Item) -> None:
        if item.action is not None:
            self._events.perform(item.action)

    def _update_menu(self) -> None:
        """Do nothing: the menu is built when it opens."""

    def _assert_icon_handle(self) -> None:
        if not self._icon_handle:
            metric = win32.windll.user32.GetSystemMetrics
            path = str(self._icons.find(f"tray/{self.icon}.ico"))
            size = metric(_SM_CXSMICON), metric(_SM_CYSMICON)
            self._icon_handle = win32.LoadImage(None, path, win32.IMAGE_ICON, *size, win32.LR_LOADFROMFILE)


def _aware_of_dpi() -> None:
    """Tell Windows, before the first window, that we draw for each screen's resolution: else the menu is blurred."""
    try:
        win32.windll.shcore.SetProcessDpiAwareness(_PER_MONITOR)
    except (AttributeError, OSError):  # Windows 7, or a manifest has said it already
        _logger.debug("DPI awareness was not set")


def _nothing(_icon: object) -> None:
    """Replace pystray's setup, which would show the icon from a thread of its own."""
