"""Who may reach which path: `/mcp` agents, `/hook`, `/follow-up/` and `/question/` hooks, `/api/` commands, by tokens.

The pages below `/ui` have a cookie of their own.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from tray_app.core.kernel.secret import Secret

_PORT = re.compile(r":[0-9]+\Z")  # not the end of an IPv6 address, which stands in brackets


class Area(Enum):
    """A part of the app with credentials of its own; none takes another's."""

    MCP = auto()
    HOOK = auto()
    FOLLOW_UP = auto()  # hooks that wait; they have the token of the other hooks
    QUESTION = auto()
    API = auto()
    UI = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`client_of` names the client that owns a bearer token (None: nobody); the others know the token of their area.

    `extra_hosts` are names that the owner allows agents to call it by, each with its port where that is another.

    All compare in constant time; `clients_by_token` and `same_token` build such functions. Tokens reach them as text
    of Latin-1 characters, exactly the bytes of the header.
    """

    port: int
    client_of: Callable[[str], str | None]
    is_control: Callable[[str], bool]
    is_hook: Callable[[str], bool] = lambda _token: False
    is_question: Callable[[str], bool] = lambda _token: False
    extra_hosts: Callable[[], Iterable[str]] = lambda: ()

    def hosts(self) -> frozenset[bytes]:
        """The Host headers of this server; anything else is a name that was made to point here (DNS rebinding)."""
        return frozenset({b"127.0.0.1:%d" % self.port, b"localhost:%d" % self.port})

    def is_extra(self, host: bytes) -> bool:
        """Whether the owner has added this Host header (in lower case), for agents alone."""
        usual = f":{self.port}"
        return any(host == (name if _PORT.search(name) else name + usual).encode() for name in self.extra_hosts())


def area_of(path: str) -> Area:
    """Which part a decoded path belongs to."""
    if path in {"/mcp", "/mcp/"}:  # people write either
        return Area.MCP
    if path == "/hook":
        return Area.HOOK
    if path.startswith("/follow-up/"):
        return Area.FOLLOW_UP
    if path.startswith("/question/"):
        return Area.QUESTION
    if path.startswith("/api/"):
        return Area.API
    if path == "/ui" or path.startswith("/ui/"):
        return Area.UI
    return Area.NONE


def clients_by_token(tokens: Mapping[str, Secret]) -> Callable[[str], str | None]:
    """Build `client_of` from `{client: token}`. Every token is compared, so the time says nothing about which one."""

    def client_of(token: str) -> str | None:
        found = None
        for client, secret in tokens.items():
            if secret and secret.matches(token):
                found = client
        return found

    return client_of


def same_token(expected: Secret) -> Callable[[str], bool]:
    """Build `is_control` or `is_hook`."""
    return lambda token: bool(expected) and expected.matches(token)


def bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Read the token of `Authorization: Bearer …`; None where there is none or it is of another kind."""
    value = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, token = value.partition(b" ")
    token = token.strip(b" ")
    if not hmac.compare_digest(scheme.lower(), b"bearer") or not token:
        return None
    return token.decode("latin-1")
