"""A token per client: given out once, kept as a hash, refused from the next request on once it is revoked."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.clients.client import BUILT_IN, Client, UnknownClient, check_new, fingerprint, owner_of
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_ACTIVE_MS = 600_000
_RELOAD_MS = 1_000


class ClientStore(Protocol):
    """Keeps clients over a restart; every method may raise StoreUnavailable."""

    def kept(self) -> Sequence[Client]:
        """All of them."""
        ...

    def keep(self, clients: Sequence[Client]) -> None:
        """Keep these, each in place of an earlier one of its name."""
        ...

    def forget(self, name: str) -> None:
        """Forget one."""
        ...


class TokenStore(Protocol):
    """Keeps the built-in client's token itself: a helper must be able to show it."""

    def read(self) -> Secret | None:
        """Read it; None where there is none that can be believed."""
        ...

    def write(self, token: Secret) -> None:
        """Keep it in place of the last one. Raises TrayAppError."""
        ...


class Clients:
    """Knows every client. Memory decides each request; the database is asked at the start and told of changes."""

    def __init__(
        self,
        *,
        store: ClientStore,
        file: TokenStore,
        clock: Clock,
        new_token: Callable[[], str],
        hide: Callable[[Secret], None],
        changed: Callable[[], None],
        tell: Callable[[], None],
    ) -> None:
        """Read nothing yet. `new_token` draws 256 random bits; `hide` keeps a token out of the log.

        `tell` tells other programs that the built-in client has another token; it may raise TrayAppError.
        """
        self._store = store
        self._file = file
        self._clock = clock
        self._new_token = new_token
        self._hide = hide
        self._changed = changed
        self._tell = tell
        self._clients: dict[str, Client] = {}
        self._active: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._loaded = False
        self._tried_ms = -_RELOAD_MS
        self.built_in = Secret("")

    def load(self) -> None:
        """Find the clients of earlier runs; the built-in one has a token in any case."""
        token = self._file.read()
        if token is None:
            token = self._draw()
            self._write_quietly(token)
        else:
            self._hide(token)
        self._set_built_in(token)
        self._look()

    def look(self) -> None:
        """Keep the built-in client's token again where its file is gone: agents hold it, and should after a restart."""
        if self.built_in and self._file.read() != self.built_in:
            self._write_quietly(self.built_in)

    def owner_of(self, token: str) -> str | None:
        """Name the client of a token, and note that it is there; None where the token is nobody's."""
        if not self._loaded:
            self._look()
        name = owner_of(token, self._clients)
        if name is not None:
            self._saw(name)
        return name

    def knows(self, token: str) -> str | None:
        """Name the client of a token for the owner, who asks and does not call: it was not seen by that."""
        if not self._loaded:
            self._look()
        return owner_of(token, self._clients)

    def called(self, name: str) -> None:
        """Count a tool call."""
        if (client := self._clients.get(name)) is not None:
            self._clients[name] = replace(client, calls=client.calls + 1)
            self._dirty.add(name)

    def listing(self) -> Sequence[Client]:
        """All clients, the built-in one first, then by name."""
        if not self._loaded:
            self._look()
        return sorted(self._clients.values(), key=lambda client: (not client.built_in, client.name))

    def active(self) -> int:
        """How many were seen in the last ten minutes."""
        oldest = self._clock.steady_ms() - _ACTIVE_MS
        return sum(seen > oldest for seen in self._active.values())

    def add(self, name: str) -> Secret:
        """Let a new client in. Returns its token, which nobody can show again. Raises TrayAppError."""
        self._must_know_all()
        check_new(name, self._clients)
        token = self._draw()
        self._keep(Client(name=name, fingerprint=fingerprint(token.reveal()), created_ms=self._clock.now_ms()))
        return token

    def revoke(self, name: str) -> bool:
        """Let a client in no more. False: it is the built-in one, and has got another token. Raises TrayAppError."""
        client = self._find(name)
        if client.built_in:
            self._rotate_built_in()
            return False
        self._store.forget(name)
        del self._clients[name]
        self._active.pop(name, None)
        self._dirty.discard(name)
        self._changed()
        return True

    def rotate(self, name: str) -> Secret:
        """Give a client another token in place of its own. Raises TrayAppError."""
        client = self._find(name)
        if client.built_in:
            return self._rotate_built_in()
        token = self._draw()
        self._keep(replace(client, fingerprint=fingerprint(token.reveal())))
        return token

    def flush(self) -> None:
        """Keep what was counted since the last time."""
        dirty = [self._clients[name] for name in sorted(self._dirty)]
        if dirty and self._loaded:
            self._store.keep(dirty)
            self._dirty.clear()

    def _find(self, name: str) -> Client:
        self._must_know_all()
        if name not in self._clients:
            raise UnknownClient(name, ", ".join(client.name for client in self.listing()))
        return self._clients[name]

    def _keep(self, client: Client) -> None:
        self._store.keep([client])
        self._clients[client.name] = client
        self._dirty.discard(client.name)

    def _rotate_built_in(self) -> Secret:
        """The file comes first: what it says is true at the next start, whatever else was kept."""
        token = self._draw()
        self._file.write(token)
        self._set_built_in(token)
        self._tell()
        return token

    def _set_built_in(self, token: Secret) -> None:
        known = self._clients.get(BUILT_IN)
        printed = fingerprint(token.reveal())
        fresh = Client(name=BUILT_IN, fingerprint=printed, created_ms=self._clock.now_ms())
        self._clients[BUILT_IN] = fresh if known is None else replace(known, fingerprint=printed)
        self._dirty.add(BUILT_IN)
        self.built_in = token

    def _must_know_all(self) -> None:
        """A name may be taken by a client that the database has not told of. Raises StoreUnavailable."""
        if not self._loaded:
            self._read()

    def _look(self) -> None:
        """Try to read, once a second at most: a wrong token must not keep the loop busy with a broken database."""
        now_ms = self._clock.steady_ms()
        if now_ms - self._tried_ms >= _RELOAD_MS:
            self._tried_ms = now_ms
            try:
                self._read()
            except StoreUnavailable:
                log.warning("added clients are not known until the history database answers")

    def _read(self) -> None:
        for kept in self._store.kept():
            client = kept
            if kept.built_in:  # its token is what the file says; the rest is remembered
                now = self._clients[BUILT_IN]
                seen_ms = kept.seen_ms if now.seen_ms is None else now.seen_ms
                client = replace(kept, fingerprint=now.fingerprint, seen_ms=seen_ms, calls=kept.calls + now.calls)
            self._clients[client.name] = client
        self._loaded = True

    def _saw(self, name: str) -> None:
        new = name not in self._active
        self._active[name] = self._clock.steady_ms()
        self._clients[name] = replace(self._clients[name], seen_ms=self._clock.now_ms())
        self._dirty.add(name)
        if new:
            self._changed()

    def _draw(self) -> Secret:
        token = Secret(self._new_token())
        self._hide(token)
        return token

    def _write_quietly(self, token: Secret) -> None:
        try:
            self._file.write(token)
        except TrayAppError as error:
            log.warning("the token of %s holds only until the app ends: %s", BUILT_IN, error)
