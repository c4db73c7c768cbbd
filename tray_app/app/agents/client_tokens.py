"""The token of a client that is connected: drawn by the running app, written into the client's settings alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.adapters.files.texts import language_of, written_language
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.app.client.start import ensure_running
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.clients import ClientKind, is_ours, token_of
from tray_app.core.kernel.errors import TrayAppError


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTokens:
    """What the app knows of one kind of client. Blocking."""

    kind: ClientKind
    paths: Paths
    environ: Mapping[str, str]

    def known(self, entry: object) -> str:
        """The token in an entry of ours; empty where there is none, or the running app does not know it."""
        token, remote = token_of(entry) if is_ours(entry) else "", self._remote()
        if not token or remote is None:
            return token
        try:
            return token if remote.post("clients/knows", {"token": token})["name"] else ""
        except TrayAppError:
            return token

    def draw(self) -> str:
        """Start the app where it does not run, and have it draw one. A name that somebody else took is left alone."""
        if self._journal().has_left():  # the app that starts must not take away what it is about to draw
            self._journal().keep_drawn(self._journal().drawn())
        ensure_running(self.paths, self.environ)
        remote = self._find()
        names = {str(client["name"]) for client in remote.get("clients")["clients"]}
        kept = self._journal().drawn()
        if kept in names:
            return str(remote.post("clients/rotate", {"name": kept})["token"])
        numbered = (f"{self.kind.name}-{number}" for number in range(2, len(names) + 3))
        name = next(each for each in (self.kind.name, *numbered) if each not in names)
        token = str(remote.post("clients/add", {"name": name})["token"])
        self._journal().keep_drawn(name)
        return token

    def revoke(self) -> None:
        """Let it in no more; where no app answers, the next one that starts does it (`left_clients`)."""
        name = self._journal().drawn()
        if name is None:
            return
        self._journal().keep_left()  # before looking: an app that begins to answer later finds it
        remote = self._remote()
        if remote is None:
            return
        try:
            remote.post("clients/revoke", {"name": name})
        except TrayAppError:
            return
        self._journal().keep_drawn(None)

    def _remote(self) -> Remote | None:
        try:
            return self._find()
        except TrayAppError:
            return None

    def _find(self) -> Remote:
        return Remote.find(self.paths, language_of(written_language(self.paths.settings), self.environ))

    def _journal(self) -> Journal:
        return Journal(self.paths.data, self.kind.name)
