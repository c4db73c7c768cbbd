"""Connecting Claude Code from page, tray and command line: its settings as values, changed only as they were shown."""

import shlex
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tray_app.adapters.claude_code.connect.entries import SERVER, ConfigFolders, ConnectScope
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.address import own_command, write_launcher
from tray_app.app.agents.claude_code.connect import ClaudeCode, trouble_at
from tray_app.app.agents.plans import agreed, shown_of, state_of
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.view import NOTHING, ConnectionCheck, ConnectionState, ConnectionView, Obstacle
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

_MOVED = "CLAUDE_CONFIG_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeAdmin:
    """Every method blocks: the files, and for `connect` and `check` the `claude` program. Raises TrayAppError.

    `project`: the folder of the only project to connect; None for every project of this person.
    """

    paths: Paths
    environ: Mapping[str, str]
    project: Path | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def view(self) -> ConnectionView:
        """How it stands, and what connecting and disconnecting would change."""
        claude = self._claude()
        client = claude.connection.client
        program = "" if client is None else str(client.program)
        by_client = ""
        trouble: TrayAppError | None = None
        there = back = NOTHING
        state = ConnectionState.UNREADABLE
        try:
            plan = claude.plan()
            there, back = shown_of(plan.changes), shown_of(claude.connection.plan_undo().changes)
        except TrayAppError as error:
            trouble = error
        else:
            state = state_of(there, back)
            if plan.by_client is not None:
                by_client = shlex.join(["claude", *plan.by_client.adding(SERVER, claude.wiring.entry)])
        return ConnectionView(
            state=state,
            url=claude.wiring.url,
            client=program,
            command=own_command(claude.environ),
            backups=str(claude.connection.backups),
            connect=there,
            disconnect=back,
            by_client=by_client,
            trouble=trouble,
            obstacle=claude.detour(),
        )

    def connect(self, shown: str) -> tuple[str, ...]:
        """Carry out the plan with this id; gives the backups. Raises PlanChanged."""
        with self._turn:
            claude = self._claude()
            plan = claude.plan()
            write_launcher(self.paths, self.environ)
            return _named(claude.connection.connect(plan, claude.wiring)) if agreed(plan.changes, shown) else ()

    def disconnect(self, shown: str) -> tuple[str, ...]:
        """Take it back as the plan with this id says; gives the backups. Raises PlanChanged."""
        with self._turn:
            connection = self._claude().connection
            plan = connection.plan_undo()
            return _named(connection.disconnect(plan)) if agreed(plan.changes, shown) else ()

    def check(self) -> ConnectionCheck:
        """Have the client connect; about 10 s at most."""
        checked = self._claude().check()
        asked = checked.client is not None
        found = ("well" if asked else "alone") if checked.well else "failed"
        title = text(f"connect.checked_{found}")
        return ConnectionCheck(well=checked.well, asked=asked, title=title, said=checked.words(), facts=checked.facts())

    def obstacle(self) -> Obstacle:
        """Say which proxy would see its requests, with the token, or what its settings call in vain."""
        trouble, connected = trouble_at(self.places(), self.paths, self.environ)
        return Obstacle(trouble=trouble, connected=connected)

    def places(self) -> ConfigFolders:
        """Its files."""
        return ConfigFolders.of_user(self.environ) if self.project is None else ConfigFolders.of_project(self.project)

    def _claude(self) -> ClaudeCode:
        scope = ConnectScope.USER if self.project is None else ConnectScope.PROJECT
        return ClaudeCode.of(scope, paths=self.paths, environ=self.environ, folder=self.project or Path())


def elsewhere(paths: Paths, environ: Mapping[str, str]) -> Iterator[ClaudeAdmin]:
    """Give what `connect` has written in projects and in folders that `CLAUDE_CONFIG_DIR` named, as it remembers them.

    Raises TrayAppError.
    """
    seen = _files(ConfigFolders.of_user(environ))
    for path in Journal(paths.data).paths():
        if path not in seen:
            admin = _admin_of(path, paths, environ)
            seen |= {path, *_files(admin.places())}
            yield admin


def _admin_of(path: Path, paths: Paths, environ: Mapping[str, str]) -> ClaudeAdmin:
    folder = path.parents[1] if path.name == "settings.local.json" else path.parent
    if path in _files(ConfigFolders.of_project(folder)):
        return ClaudeAdmin(paths=paths, environ=environ, project=folder)
    usual = {**environ, _MOVED: ""}
    moved = usual if path in _files(ConfigFolders.of_user(usual)) else {**environ, _MOVED: str(folder)}
    return ClaudeAdmin(paths=paths, environ=moved)


def _files(places: ConfigFolders) -> set[Path]:
    return {places.servers, places.settings}


def _named(backups: list[Path]) -> tuple[str, ...]:
    return tuple(map(str, backups))
