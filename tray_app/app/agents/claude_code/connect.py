"""Connecting Claude Code: which commands it is told, and whether it arrives."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never
from urllib.parse import urlsplit

from tray_app.adapters.claude_code.connect.client import Reach
from tray_app.adapters.claude_code.connect.connection import Connection, Plan
from tray_app.adapters.claude_code.connect.detour import detour, managed_settings
from tray_app.adapters.claude_code.connect.entries import (
    SERVER,
    ClaudeEntries,
    ConfigFolders,
    ConnectScope,
    FollowUpHook,
    QuestionHook,
)
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.mcp_bridge.wire import Address, Lost, NotSent, list_tools
from tray_app.adapters.system.launcher import Launcher
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.program import OwnProgram
from tray_app.app.agents.address import NAME, is_on_path, kept_port, own_command, url_of_app
from tray_app.app.client.start import answering, ensure_running
from tray_app.app.program.started_by import launcher_of
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.settings import MOST_FOLLOW_UP_H

FOLLOW_UP = "follow-up"  # as `hook_cli.py` knows it
_ASK_S = 30.0  # the client gives our helper, which may have to start the app, ten of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at the connection found: what the client says (None: no client), and the tools the app offers."""

    client: Path | None
    reach: Reach | None
    said: str
    tools: tuple[str, ...]
    detour: TrayAppError | None = None
    broken: TrayAppError | None = None

    @property
    def well(self) -> bool:
        """Whether an agent can call the tools, and its hooks reach the app."""
        return (
            self.detour is None and self.broken is None and bool(self.tools) and self.reach in {Reach.CONNECTED, None}
        )

    def words(self) -> tuple[Text, ...]:
        """What was found, in words: the client's answer, then the tools."""
        tools = text("connect.tools", count=len(self.tools), names=", ".join(self.tools))
        found = self._answer(), tools if self.tools else text("connect.no_tools")
        troubles = [one for one in (self.broken, self.detour) if one is not None]
        return (*found, *(said for one in troubles for said in (one.reason, one.hint)))

    def facts(self) -> Mapping[str, object]:
        """The same for programs."""
        return {
            "client": None if self.client is None else str(self.client),
            "status": None if self.reach is None else self.reach.value,
            "said": self.said,
            "tools": list(self.tools),
            "broken": None if self.broken is None else self.broken.reason,
            "detour": None if self.detour is None else self.detour.reason,
        }

    def _answer(self) -> Text:
        match self.reach:
            case None:
                return text("connect.no_client")
            case Reach.CONNECTED:
                return text("connect.reached", program=str(self.client))
            case Reach.FAILED:
                return text("connect.not_reached", said=self.said)
            case Reach.UNKNOWN_SERVER:
                return text("connect.unknown_server")
            case Reach.SILENT:
                return text("connect.silent", program=str(self.client))
            case _:
                assert_never(self.reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeCode:
    """One scope of Claude Code's settings, and what belongs in them. Every method blocks."""

    connection: Connection
    wiring: ClaudeEntries
    scope: ConnectScope
    folder: Path
    paths: Paths
    environ: Mapping[str, str]

    @classmethod
    def of(cls, scope: ConnectScope, *, paths: Paths, environ: Mapping[str, str], folder: Path) -> "ClaudeCode":
        """`folder` is the project's, where the scope is one project. Raises TrayAppError."""
        places = ConfigFolders.of_user(environ) if scope is ConnectScope.USER else ConfigFolders.of_project(folder)
        return cls(
            connection=Connection(places, data=paths.create().data, environ=environ),
            wiring=_wiring(scope, paths, environ),
            scope=scope,
            folder=folder,
            paths=paths,
            environ=environ,
        )

    def plan(self) -> Plan:
        """What connecting would change: Claude Code's files, and our settings where the app answers at another port.

        `run --port` holds for one run; what Claude Code is told must be where the next one answers too.
        """
        plan, port = self.connection.plan(self.wiring), kept_port(self.paths, self.wiring.url)
        return plan if port is None else replace(plan, changes=(port, *plan.changes))

    def check(self) -> Checked:
        """Have the client connect, and list the tools; 30 s at most. Raises TrayAppError where no app starts."""
        client = self.connection.client
        reach, said = None, ""
        if client is None:
            ensure_running(self.paths, self.environ)
        else:
            folder = self.folder if self.scope is ConnectScope.PROJECT else None
            reach, said = client.ask(SERVER, timeout_s=_ASK_S, folder=folder)
        program = None if client is None else client.program
        return Checked(
            client=program, reach=reach, said=said, tools=self._tools(), detour=self.detour(), broken=self.broken()
        )

    def detour(self) -> TrayAppError | None:
        """Say where the client's requests, with the token, would go through a proxy, and the ways out."""
        folder = self.folder / ".claude"
        of_project = [folder / "settings.json", folder / "settings.local.json"]
        return _detour(self.environ, of_project if self.scope is ConnectScope.PROJECT else [], self.wiring.url)

    def broken(self) -> TrayAppError | None:
        """Say where what its settings call is not there: its hooks fail in silence then."""
        return _broken(self.connection, self.paths, self.environ)

    def _tools(self) -> tuple[str, ...]:
        endpoint = answering(self.paths)
        if endpoint is None or endpoint.url != self.wiring.url:
            return ()
        try:
            return tuple(list_tools(Address(port=urlsplit(endpoint.url).port or 0, token=endpoint.token)))
        except (NotSent, Lost):
            return ()


def trouble_at(places: ConfigFolders, paths: Paths, environ: Mapping[str, str]) -> tuple[TrayAppError | None, bool]:
    """What keeps it from us, and whether it is connected there. Makes nothing. Raises TrayAppError."""
    connection = Connection(places, data=paths.data, environ=environ)
    found = _broken(connection, paths, environ) or _detour(environ, [], url_of_app(paths))
    return found, bool(connection.plan_undo().changes)


def _broken(connection: Connection, paths: Paths, environ: Mapping[str, str]) -> TrayAppError | None:
    missing = connection.missing()
    hint = text("connect.broken_hint", command=own_command(environ))
    if missing is not None:
        return TrayAppError(text("connect.broken", path=missing), hint)
    launcher = launcher_of(paths, environ)
    if connection.calls(str(launcher.path)) and not launcher.is_current():
        return TrayAppError(text("connect.broken_launcher", path=str(launcher.path)), hint)
    return None


def _detour(environ: Mapping[str, str], of_project: Sequence[Path], url: str) -> TrayAppError | None:
    files = [ConfigFolders.of_user(environ).settings, *of_project, *managed_settings()]
    found = detour(environ, files, port=urlsplit(url).port or 0)
    if found is None:
        return None
    place = text("connect.environment") if found.file is None else str(found.file)
    bridge = f"{own_command(environ)} stdio"
    return TrayAppError(
        text("connect.detour", variable=found.variable, place=place),
        text("connect.detour_hint", name=found.exception, line=found.mended, place=place, command=bridge),
    )


def _wiring(scope: ConnectScope, paths: Paths, environ: Mapping[str, str]) -> ClaudeEntries:
    program = OwnProgram.of_process(environ)
    launcher = launcher_of(paths, environ)
    helper = launcher.shell_line("mcp-headers")
    if scope is ConnectScope.PROJECT and not launcher.home and is_on_path(program, environ):
        helper = f"{NAME} mcp-headers"  # the file is shared: each colleague has the program somewhere else
    url = url_of_app(paths)
    return ClaudeEntries(
        url=url,
        helper=helper,
        hook=tuple(launcher.hook()),
        questions=_questions(paths, url),
        follow_ups=_follow_ups(paths, launcher),
    )


def _follow_ups(paths: Paths, launcher: Launcher) -> FollowUpHook | None:
    """The hook that waits for words of the owner. Raises TrayAppError.

    None without a launcher, too: Python itself ends with code 2 where a script is gone, and that would wake sessions.
    """
    wanted = SettingsFile(paths.settings).load().questions
    if not wanted.follow_ups or not launcher.usable:
        return None
    return FollowUpHook(command=tuple(launcher.hook(FOLLOW_UP)), hours=MOST_FOLLOW_UP_H)


def _questions(paths: Paths, url: str) -> QuestionHook | None:
    """The hook that asks the owner, with a token that is drawn once. Raises TrayAppError."""
    if not SettingsFile(paths.settings).load().questions.ask:
        return None
    file = TokenFile(paths.question_token)
    token = file.read()
    if token is None:
        token = Secret(secrets.token_urlsafe(32))
        file.write(token)
    return QuestionHook(url=url, token=token)
