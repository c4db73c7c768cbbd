"""Connecting other clients from page and command line: a token of their own, and one entry in their settings."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tray_app.adapters.agent_clients.connection import ClientConnection, settings_file
from tray_app.adapters.agent_clients.program import Listed, find_program
from tray_app.adapters.mcp_bridge.wire import Address, Lost, NotSent, list_tools
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.address import kept_port, own_command, url_of_app, write_launcher
from tray_app.app.agents.client_tokens import ClientTokens
from tray_app.app.agents.plans import agreed, shown_of, state_of
from tray_app.app.client.start import answering, ensure_running
from tray_app.app.program.started_by import launcher_of
from tray_app.config_changes.change import Change
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.clients import BridgeEntry, ClientKind, EndpointEntry, command_of, is_ours, token_of, url_of
from tray_app.core.connect.proxies import led_away
from tray_app.core.connect.variables import home_of
from tray_app.core.connect.view import NOTHING, ConnectionCheck, ConnectionState, ConnectionView, Obstacle
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text

_ASK_S = 30.0
_UNDRAWN = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAdmin:
    """Implements `Connector`. Its token is drawn by the running app, which is started for that.

    `file`: its settings, where they are not where its variables say now. `stdio`: the client starts the bridge instead
    of asking the endpoint; None: as it is connected now, else as the kind of client allows.
    """

    kind: ClientKind
    paths: Paths
    environ: Mapping[str, str]
    stdio: bool | None = None
    file: Path | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def view(self) -> ConnectionView:
        """How it stands, and what connecting and disconnecting would change."""
        program, entry = find_program(self.kind, self.environ), None
        there = back = NOTHING
        trouble: TrayAppError | None = None
        state = ConnectionState.UNREADABLE
        try:
            entry = self._connection().entry()
            there, back = shown_of(self._plan(self._known())), shown_of(self._plan_undo())
        except TrayAppError as error:
            trouble = error
        else:
            state = state_of(there, back)
        by_stdio = self._by_stdio(entry)
        return ConnectionView(
            state=state,
            url=self._url(),
            client="" if program is None else str(program.program),
            command=own_command(self.environ),
            backups=str(self._journal().copies),
            connect=there,
            disconnect=back,
            trouble=trouble,
            obstacle=None if by_stdio else self._detour(self._url()),
            has_program=bool(self.kind.program),
            starts_app=by_stdio,
        )

    def connect(self, shown: str) -> tuple[str, ...]:
        """Carry out the plan with this id; gives the backups. Raises PlanChanged."""
        with self._turn:
            token = self._known()
            plan = self._plan(token)
            if not agreed(plan, shown):
                return ()
            self.paths.create()
            write_launcher(self.paths, self.environ)
            drawn = not token
            if drawn:
                plan = self._plan(self._tokens().draw())
            try:
                backups = self._connection().connect(plan)
            except BaseException:
                if drawn:
                    self._tokens().revoke()
                raise
            return tuple(map(str, backups))

    def disconnect(self, shown: str) -> tuple[str, ...]:
        """Take it back as the plan with this id says; gives the backups. Raises PlanChanged."""
        with self._turn:
            plan = self._plan_undo()
            if not agreed(plan, shown):
                return ()
            backups = [path for change in plan for path in self._connection().disconnect(change)]
            self._tokens().revoke()
            return tuple(map(str, backups))

    def check(self) -> ConnectionCheck:
        """Ask the app with the client's own token, and the client itself where it can be asked; 40 s at most."""
        entry = self._connection().entry()
        if not is_ours(entry):
            said = (text("agent_clients.no_entry", agent=self.kind.title),)
            return self._checked(said, {"client": None, "status": None, "said": "", "tools": []}, well=False)
        ensure_running(self.paths, self.environ)
        tools = self._tools(entry)
        program = find_program(self.kind, self.environ)
        answer, line = (None, "") if program is None else program.ask(timeout_s=_ASK_S)
        obstacle = self.obstacle().trouble
        troubles = [] if obstacle is None else [obstacle.reason, obstacle.hint]
        lists = text("connect.tools", count=len(tools), names=", ".join(tools)) if tools else self._no_tools()
        path = None if program is None else str(program.program)
        facts = {"client": path, "status": None if answer is None else answer.value, "said": line, "tools": list(tools)}
        well = bool(tools) and obstacle is None and answer in {None, Listed.CONNECTED, Listed.LISTED}
        return self._checked((self._answer(answer, line), lists, *troubles), facts, well=well)

    def obstacle(self) -> Obstacle:
        """Say what its entry asks or calls in vain; makes nothing."""
        entry = self._connection().entry()
        if not is_ours(entry):
            return Obstacle(trouble=None, connected=False)
        return Obstacle(trouble=self._trouble_of(entry), connected=True)

    def _trouble_of(self, entry: object) -> TrayAppError | None:
        hint = text("agent_clients.again_hint", command=f"{own_command(self.environ)} connect {self.kind.name}")
        if not self._known():
            return TrayAppError(text("agent_clients.no_token", agent=self.kind.title), hint)
        command, launcher = command_of(entry), launcher_of(self.paths, self.environ)
        if command:
            is_launcher = command == str(launcher.path)
            if Path(command).exists() and (not is_launcher or launcher.is_current()):
                return None
            return TrayAppError(text("agent_clients.broken", agent=self.kind.title, path=command), hint)
        if self._url() in {"", url_of(entry)}:
            return self._detour(url_of(entry))
        said = text("agent_clients.other_url", agent=self.kind.title, asked=url_of(entry), url=self._url())
        return TrayAppError(said, hint)

    def _detour(self, url: str) -> TrayAppError | None:
        away = led_away(self.environ, self.kind.proxies, port=urlsplit(url).port or 0)
        if away is None:
            return None
        command = f"{own_command(self.environ)} connect {self.kind.name} --stdio"
        return TrayAppError(
            text("agent_clients.detour", variable=away.variable, agent=self.kind.title),
            text("agent_clients.detour_hint", name=away.exception, line=away.mended, command=command),
        )

    def _checked(self, said: tuple[Text, ...], facts: Mapping[str, object], *, well: bool) -> ConnectionCheck:
        asked = facts["client"] is not None
        found = ("well" if asked else "alone") if well else "failed"
        title = text(f"agent_clients.checked_{found}", agent=self.kind.title)
        return ConnectionCheck(well=well, asked=asked, title=title, said=said, facts=facts)

    def _answer(self, answer: Listed | None, line: str) -> Text:
        if answer is None:
            return text("agent_clients.not_asked", agent=self.kind.title)
        return text(f"agent_clients.said_{answer.value}", agent=self.kind.title, said=line)

    def _no_tools(self) -> Text:
        return text("agent_clients.no_tools", agent=self.kind.title)

    def _tools(self, entry: object) -> tuple[str, ...]:
        """What the app offers to whoever shows the token of the entry, where the entry leads."""
        endpoint = answering(self.paths)
        if endpoint is None or url_of(entry) not in {"", endpoint.url}:
            return ()
        try:
            address = Address(port=urlsplit(endpoint.url).port or 0, token=Secret(token_of(entry)))
            return tuple(list_tools(address))
        except (NotSent, Lost):
            return ()

    def _plan(self, token: str) -> tuple[Change, ...]:
        """Our settings, where the app answers at another port than they say; then the client's file."""
        entry = self._connection().entry()
        stdio = self._by_stdio(entry)
        change = self._connection().plan(self._entry(token or _UNDRAWN, stdio=stdio))
        port = None if stdio or change is None else kept_port(self.paths, url_of_app(self.paths))
        return tuple(one for one in (port, change) if one is not None)

    def _plan_undo(self) -> tuple[Change, ...]:
        change = self._connection().plan_undo()
        return () if change is None else (change,)

    def _by_stdio(self, entry: object) -> bool:
        if self.kind.http is None:
            return True
        return (is_ours(entry) and bool(command_of(entry))) if self.stdio is None else self.stdio

    def _entry(self, token: str, *, stdio: bool) -> dict[str, Any]:
        if self.kind.http is not None and not stdio:
            return self.kind.http(EndpointEntry(url=url_of_app(self.paths), token=token))
        command, *arguments = launcher_of(self.paths, self.environ).command("stdio")
        return self.kind.stdio(BridgeEntry(command=command, arguments=tuple(arguments), token=token))

    def _url(self) -> str:
        try:
            return url_of_app(self.paths)
        except TrayAppError:  # any free port, and no app runs
            return ""

    def _known(self) -> str:
        return self._tokens().known(self._connection().entry())

    def _tokens(self) -> ClientTokens:
        return ClientTokens(kind=self.kind, paths=self.paths, environ=self.environ)

    def _journal(self) -> Journal:
        return Journal(self.paths.data, self.kind.name)

    def place(self) -> Path:
        """Its settings file."""
        home = home_of(self.environ) or str(Path.home())
        return self.file or settings_file(self.kind.places(sys.platform, self.environ, home))

    def _connection(self) -> ClientConnection:
        return ClientConnection(self.kind, self.place(), self._journal())
