"""Clients that may call the endpoint: their names, what is known of each, and how a token is recognised."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import DecisionKind

BUILT_IN = "claude-code"  # a seam. Its token is in endpoint.json, where `mcp-headers` reads it
GRANT_KEY = "tray_app.client"  # where a request's state names the client whose token it showed
MOST_CLIENTS = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class UnknownClient(TrayAppError):
    """No client has this name."""

    def __init__(self, name: str, known: str) -> None:
        """`known` lists the names there are."""
        super().__init__(text("clients.unknown", name=name[:64]), text("clients.unknown_hint", known=known))


class InvalidClient(TrayAppError):
    """A client that cannot be added: its name is no name, or taken, or there are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. `fingerprint` is the SHA-256 of its token; `seen_ms` is None before its first request.

    `calls` counts tool calls whose arguments were found right. Times are wall-clock milliseconds since 1970.
    """

    name: str
    fingerprint: bytes
    created_ms: int
    seen_ms: int | None = None
    calls: int = 0

    @property
    def built_in(self) -> bool:
        """Whether it is there without being added, and cannot go."""
        return self.name == BUILT_IN


def to_data(client: Client, decisions: Mapping[str, int]) -> dict[str, object]:
    """One client as plain JSON, without its fingerprint; the names are stable (docs/seams.md).

    `decisions` counts what the policy said to its calls, by `core.policy.audit.DecisionKind`.
    """
    return {
        "name": client.name,
        "origin": "built_in" if client.built_in else "added",
        "created_ms": client.created_ms,
        "seen_ms": client.seen_ms,
        "calls": client.calls,
        "decisions": {str(each): decisions.get(each, 0) for each in DecisionKind},
    }


def fingerprint(token: str) -> bytes:
    """Hash a token for keeping: of 256 random bits nothing can be guessed, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def owner_of(token: str, clients: Mapping[str, Client]) -> str | None:
    """Name the client of a token. Every one is compared, whole: the time tells nothing of which one, or how nearly."""
    shown = fingerprint(token)
    found = None
    for name, client in clients.items():
        if hmac.compare_digest(shown, client.fingerprint):
            found = name
    return found


def check_new(name: str, clients: Mapping[str, Client]) -> None:
    """Raises InvalidClient where a client of this name cannot be added."""
    if _NAME.fullmatch(name) is None:
        raise InvalidClient(text("clients.bad_name"), text("clients.bad_name_hint"))
    if name in clients:
        raise InvalidClient(text("clients.taken", name=name), text("clients.taken_hint", name=name))
    if len(clients) >= MOST_CLIENTS:
        raise InvalidClient(text("clients.too_many", most=MOST_CLIENTS), text("clients.too_many_hint"))
