"""Who may see a page: one-time links, and the browser sessions they are exchanged for.

A link goes through a command line and a browser's history, so it works once and for two minutes. Only digests of links
and cookies are kept, so what a lookup compares is never the secret itself. Everything ends with the app.
"""

import hashlib
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tray_app.adapters.web.pages.framework.flash import Flash
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

LINK_MS = 2 * 60_000
SESSION_MS = 12 * 60 * 60_000
MAX_LINKS = 8  # waiting to be opened; the oldest gives way
MAX_SESSIONS = 8
MAX_GUESSES = 20
GUESSES_MS = 60_000
_MAX_CHARS = 128


class LoginRefused(Enum):
    """Why a link opens nothing."""

    UNKNOWN = auto()  # used, too old, or never given out: nobody is told which
    TOO_MANY = auto()  # somebody guesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A link was good: the page it was made for, what of it (an id, or empty), and the new session's cookie."""

    page: Page
    item: str
    cookie: str


@dataclass(slots=True, kw_only=True)
class BrowserSession:
    """One browser that was let in. `csrf` stands in every form; `note` is shown once on the next page."""

    csrf: str
    until_ms: int
    language: Language | None = None
    note: Flash | None = None


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


class PageAccess:
    """Gives out links and keeps the sessions. `steady_ms` never goes back."""

    def __init__(self, steady_ms: Callable[[], int]) -> None:
        self._now_ms = steady_ms
        self._links: dict[bytes, tuple[Page, str, int]] = {}
        self._sessions: dict[bytes, BrowserSession] = {}
        self._guesses: deque[int] = deque(maxlen=MAX_GUESSES)

    def link(self, page: Page, item: str = "") -> str:
        """Make a path that opens `page` once, and of it `item`; 256 random bits, good for LINK_MS."""
        ticket = secrets.token_urlsafe(32)
        while len(self._links) >= MAX_LINKS:
            del self._links[next(iter(self._links))]
        self._links[_digest(ticket)] = (page, item, self._now_ms() + LINK_MS)
        return f"/ui/open?t={ticket}"

    def enter(self, ticket: str, cookie: str = "") -> Entered | LoginRefused:
        """Use up a link.

        A browser that shows the `cookie` of a living session goes on with both, for SESSION_MS from now: its language
        stays, and what is half written in its other tabs can still be sent. Under another cookie what they have under
        way at this moment would be refused.
        """
        now = self._now_ms()
        page, item, until_ms = self._links.pop(_digest(ticket[:_MAX_CHARS]), (None, "", 0))
        if page is None or now >= until_ms:
            many = len(self._guesses) == MAX_GUESSES and now - self._guesses[0] < GUESSES_MS
            self._guesses.append(now)
            return LoginRefused.TOO_MANY if many else LoginRefused.UNKNOWN
        session = self.session(cookie)
        if session is None:
            session, cookie = BrowserSession(csrf=secrets.token_urlsafe(32), until_ms=now), secrets.token_urlsafe(32)
        session.until_ms = now + SESSION_MS
        self._sessions.pop(_digest(cookie), None)  # it is the youngest now
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[_digest(cookie)] = session
        return Entered(page=page, item=item, cookie=cookie)

    def session(self, cookie: str) -> BrowserSession | None:
        """Find a living session."""
        key = _digest(cookie[:_MAX_CHARS])
        found = self._sessions.get(key)
        if found is not None and self._now_ms() >= found.until_ms:
            del self._sessions[key]
            return None
        return found

    def lives(self, session: BrowserSession) -> bool:
        """Whether a session that was let in is still let in: a stream asks again and again."""
        known = any(one is session for one in self._sessions.values())
        return known and self._now_ms() < session.until_ms
