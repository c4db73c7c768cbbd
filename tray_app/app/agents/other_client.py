"""Clients that are connected like agents, but whose records nobody reads: their sessions are known by their calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.client_admin import ClientAdmin
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.clients import ClientKind
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherClient:
    """One kind, which `connect NAME` and the connect page know."""

    kind: ClientKind

    @property
    def name(self) -> str:
        """Its name on the command line."""
        return self.kind.name

    @property
    def title(self) -> str:
        """What people call it, in any language."""
        return self.kind.title

    def connector(self, paths: Paths, environ: Mapping[str, str], *, project: Path | None = None) -> ClientAdmin:
        """Make its connector; touches nothing yet. Raises TrayAppError for a single project."""
        if project is not None:
            raise TrayAppError(
                text("agent_clients.no_project", agent=self.title), text("agent_clients.no_project_hint")
            )
        return ClientAdmin(kind=self.kind, paths=paths, environ=environ)

    def elsewhere(self, paths: Paths, environ: Mapping[str, str]) -> Iterator[ClientAdmin]:
        """Give those whose settings were elsewhere when they were connected: a variable may have moved them."""
        now = ClientAdmin(kind=self.kind, paths=paths, environ=environ).place()
        for path in Journal(paths.data, self.name).paths():
            if path != now:
                yield ClientAdmin(kind=self.kind, paths=paths, environ=environ, file=path)

    def bridged(self, paths: Paths, environ: Mapping[str, str]) -> ClientAdmin:
        """Make one that has the client start the bridge."""
        return ClientAdmin(kind=self.kind, paths=paths, environ=environ, stdio=True)
