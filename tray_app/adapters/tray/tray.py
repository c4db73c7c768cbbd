"""The tray as the app knows it: draws the snapshot, passes clicks on, shows notifications, and decides nothing."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from tray_app.adapters.tray.backend import Notification, NotificationButton, TrayBackend, TrayEvents
from tray_app.core.kernel.texts import Catalog, Text
from tray_app.core.kernel.words import LocalTime, fit
from tray_app.core.menu.actions import Action
from tray_app.core.menu.menu import Menu, rows
from tray_app.core.settings.settings import Sound
from tray_app.core.state.problems import Problem
from tray_app.core.state.snapshot import Snapshot

_logger = logging.getLogger(__name__)

_REDRAW_S = 0.5  # a number that changes faster than this cannot be read
_TITLE_CHARS, _BODY_CHARS, _BODY_LINES = 80, 400, 8  # what a notification shows; a body's line may hold a paragraph
_NOTES_S = 60.0
_QUESTIONS, _ANSWERS = 6, 20  # a minute: agents can cause questions, a person's own clicks cause answers


class Tray:
    """`run` owns the main thread; everything else may be called from any thread and returns at once.

    A signal handler may call `stop` only: the others take a lock that the interrupted code may hold.

    `hosted` says whether a tray shows the icon; `problem` says why not and what to do (None: shown, or not wanted).
    `seen` is True also until that is known. What nobody sees is not drawn.
    """

    def __init__(
        self,
        *,
        backend: TrayBackend,
        read_snapshot: Callable[[], Snapshot],
        perform: Callable[[Action], None],
        catalog: Catalog,
        local: LocalTime,
        on_hosted: Callable[[bool], None] = lambda _hosted: None,
        on_session_end: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = time.monotonic,
        sound: Callable[[], Sound] = lambda: Sound.SYSTEM,
    ) -> None:
        self._backend, self._read, self._perform = backend, read_snapshot, perform
        self._catalog, self._local, self._on_hosted, self._now_s = catalog, local, on_hosted, now_s
        self._on_session_end, self._sound = on_session_end, sound
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._drawn_s = -_REDRAW_S
        self._pending = False
        self._shown: Menu | None = None
        self._asked: deque[float] = deque(maxlen=_QUESTIONS)
        self._answered: deque[float] = deque(maxlen=_ANSWERS)
        self.hosted = False
        self.seen = True
        self.notifies = backend.notifies
        self.problem: Problem | None = None

    def run(self) -> None:
        """Show the icon and serve it until `stop`; call on the main thread."""
        self.ping()
        events = TrayEvents(
            opening=self._redraw,
            perform=self._clicked,
            shown=self._is_shown,
            absent=self._is_absent,
            ending=self._on_session_end,
        )
        try:
            self._backend.run(events)
        finally:
            with self._lock:
                self._pending = True  # no redraw from now on
                if self._timer is not None:
                    self._timer.cancel()

    def stop(self) -> None:
        """End `run`."""
        self._backend.stop()

    def ping(self) -> None:
        """Say that something may have changed. Many pings make one redraw, at most two a second."""
        if not self.seen:
            return  # it draws when it comes to be seen
        with self._lock:
            if self._pending:
                return
            self._pending = True
            wait_s = self._drawn_s + _REDRAW_S - self._now_s()
            if wait_s > 0:
                self._timer = threading.Timer(wait_s, lambda: self._backend.post(self._drawing))
                self._timer.daemon = True
                self._timer.start()
                return
        self._backend.post(self._drawing)

    def notify(
        self,
        title: Text | str,
        body: Text | str,
        buttons: Sequence[tuple[Text | str, Action]] = (),
        *,
        elsewhere: Text | str = "",
        key: str = "",
        about: Action | None = None,
    ) -> bool:
        """Show a desktop notification. False: too many in the last minute, so that it is dropped.

        Texts are said in our language. `elsewhere` is said where there are no buttons; one with a `key` asks something,
        and stays until it is answered or withdrawn. A click on it does what it is `about`.
        """
        now_s, noted = self._now_s(), self._asked if key else self._answered
        with self._lock:
            if len(noted) == noted.maxlen and now_s - noted[0] < _NOTES_S:
                _logger.info("notification left out: more than %d a minute", noted.maxlen)
                return False
            noted.append(now_s)
        note = Notification(
            title=fit(self._say(title), _TITLE_CHARS),
            body="\n".join(fit(line, _BODY_CHARS) for line in self._say(body).splitlines()[:_BODY_LINES]),
            buttons=tuple(NotificationButton(label=fit(self._say(label)), action=action) for label, action in buttons),
            elsewhere=fit(self._say(elsewhere), _TITLE_CHARS),
            key=key,
            about=about,
            sound=self._sound() if key else Sound.SYSTEM,
        )
        self._backend.post(lambda: self._backend.notify(note))
        return True

    def withdraw(self, key: str) -> None:
        """Take back the notification with this key, where the desktop can."""
        self._backend.post(lambda: self._backend.withdraw(key))

    def _say(self, words: Text | str) -> str:
        return self._catalog(words) if isinstance(words, Text) else words

    def _drawing(self) -> None:
        """The redraw that pings asked for."""
        with self._lock:
            self._pending = False
            self._timer = None
        if self.seen:
            self._redraw()

    def _redraw(self) -> None:
        self._drawn_s = self._now_s()
        try:
            menu = rows(self._read(), self._catalog, local=self._local)
        except Exception:
            _logger.exception("the menu could not be drawn; the old one stays")
            return
        if menu != self._shown:
            self._shown = menu
            self._backend.show(menu)

    def _clicked(self, action: Action) -> None:
        try:
            self._perform(action)
        except Exception:
            _logger.exception("a click failed")

    def _is_shown(self) -> None:
        _logger.info("tray icon shown")
        was_seen = self.seen
        self.hosted, self.seen, self.problem = True, True, None
        if not was_seen:
            self._redraw()
        self._on_hosted(True)  # noqa: FBT003 - the only thing it says

    def _is_absent(self, why: Problem | None) -> None:
        _logger.info("no tray icon: %s", why.reason.key if why else "not wanted")
        self.hosted, self.seen, self.problem = False, False, why
        self._on_hosted(False)  # noqa: FBT003 - the only thing it says
