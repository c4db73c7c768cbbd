"""What a connection is made of, and in which files it stands."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tray_app.core.connect.variables import home_of
from tray_app.core.jsontext.edit import Add, JsonStep, Put, Undo
from tray_app.core.kernel.secret import Secret

SERVER = "dingtalk"
_PERMISSION = f"mcp__{SERVER}"
_HELPER, _SCRIPTS = "mcp-headers", ("hook_cli.py", "dingtalk-tray-launcher", "dingtalk-tray-launcher.cmd")
_TOOLS = "mcp__.*dingtalk.*"
_TIMEOUT_S = 5
# The last ones of a turn are waited for (40 ms): the client may end after them and takes with it what runs beside the
# session, as all others do; 2.1.197 then runs no SessionEnd hook at all. Where `claude -p` ends it kills StopFailure
# anyway: there the transcript tells.
_EVENTS: Mapping[str, Mapping[str, Any]] = {
    "SessionStart": {"async": True},
    "SessionEnd": {},
    "Stop": {},
    "StopFailure": {},
    "Notification": {"async": True},
    "SubagentStop": {},
    "PreToolUse": {"async": True},
}


_PROMPTED = "UserPromptSubmit"
_SPARE_S = 60  # beyond what the app lets it wait


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpHook:
    """The hook that waits, after a turn, for words of the owner: its command, and for how many hours at most.

    The client runs it in the background and wakes the session where it ends with code 2. One that does not know
    `asyncRewake` does not wait for it either: `async`. `-p` would (2.1.330); there the command ends at once.
    """

    command: tuple[str, ...]
    hours: int

    def group(self) -> dict[str, Any]:
        """As Claude Code has it."""
        program, *arguments = self.command
        seconds = self.hours * 3_600 + _SPARE_S
        hook = {"type": "command", "command": program, "args": arguments, "timeout": seconds}
        return {"hooks": [{**hook, "async": True, "asyncRewake": True}]}


_ASKS, _ASKS_AT = "PermissionRequest", "/question/claude-code"
_ASKS_S = 3_600  # the client's own limit is ten minutes; the app ends it before this


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionHook:
    """The hook that asks the owner here as well: where the endpoint answers, and the token that it shows.

    The client runs it beside its own dialog, and takes the first answer; a server that is not there changes nothing.
    """

    url: str
    token: Secret

    def group(self) -> dict[str, Any]:
        """As Claude Code has it."""
        address = f"{self.url.removesuffix('/mcp')}{_ASKS_AT}"
        headers = {"Authorization": f"Bearer {self.token.reveal()}"}
        return {"hooks": [{"type": "http", "url": address, "timeout": _ASKS_S, "headers": headers}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeEntries:
    """`url` of the endpoint, the shell line that prints its header, the command of the hooks (no shell).

    `questions` is None where the owner does not want to be asked here, `follow_ups` where no session waits for words.
    """

    url: str
    helper: str
    hook: tuple[str, ...]
    questions: QuestionHook | None = None
    follow_ups: FollowUpHook | None = None

    @property
    def entry(self) -> dict[str, Any]:
        """The server, as Claude Code writes it down. No token: the helper has it, anew at every connection."""
        return {"type": "http", "url": self.url, "headersHelper": self.helper, "alwaysLoad": True}

    def server_steps(self) -> list[JsonStep]:
        """Changes of the file with `mcpServers`."""
        return [Put(path=("mcpServers", SERVER), value=self.entry)]

    def settings_steps(self) -> list[JsonStep]:
        """Changes of the file with `permissions` and `hooks`."""
        allow = Add(path=("permissions", "allow"), value=_PERMISSION)
        steps: list[JsonStep] = [allow, *(Add(path=("hooks", event), value=self._group(event)) for event in _EVENTS)]
        if self.questions is not None:
            steps.append(Add(path=("hooks", _ASKS), value=self.questions.group()))
        if self.follow_ups is not None:  # a prompt is waited for, or its word could come after that of its turn's end
            steps.append(Add(path=("hooks", "Stop"), value=self.follow_ups.group()))
            steps.append(Add(path=("hooks", _PROMPTED), value=self._group(_PROMPTED)))
        return steps

    def _group(self, event: str) -> dict[str, Any]:
        program, *arguments = self.hook
        hook = {
            "type": "command",
            "command": program,
            "args": arguments,
            "timeout": _TIMEOUT_S,
            **_EVENTS.get(event, {}),
        }
        matcher = {"matcher": _TOOLS} if event == "PreToolUse" else {}
        return {**matcher, "hooks": [hook]}


def stale_hooks(settings: object) -> list[Undo]:
    """Hooks of ours from another connection, say of an older version: how to remove them."""
    events = settings.get("hooks") if isinstance(settings, Mapping) else None
    return [
        Undo(path=("hooks", str(event)), value=group, element=True, created=2)
        for event, groups in (events.items() if isinstance(events, Mapping) else ())
        for group in (groups if isinstance(groups, list) else ())
        if _is_ours(group)
    ]


def traces(document: object) -> list[Undo]:
    """Everything of ours in a file, where nobody remembers how it came there."""
    found = stale_hooks(document)
    if not isinstance(document, Mapping):
        return found
    servers, permissions = document.get("mcpServers"), document.get("permissions")
    if isinstance(servers, Mapping) and _calls_us(servers.get(SERVER)):
        found.append(Undo(path=("mcpServers", SERVER), value=servers[SERVER], element=False, created=1))
    allow = permissions.get("allow") if isinstance(permissions, Mapping) else None
    if isinstance(allow, list) and _PERMISSION in allow:
        found.append(Undo(path=("permissions", "allow"), value=_PERMISSION, element=True, created=2))
    return found


def called(document: object) -> list[str]:
    """Every path that our entries in a file call, of the program or of a script."""
    if not isinstance(document, Mapping):
        return []
    groups = [undo.value for undo in stale_hooks(document)]
    words = [word for group in groups for hook in _hooks(group) for word in _words(hook)]
    servers = document.get("mcpServers")
    ours = servers.get(SERVER) if isinstance(servers, Mapping) else None
    if isinstance(ours, Mapping) and _calls_us(ours):
        with suppress(ValueError):
            words += shlex.split(str(ours["headersHelper"]), posix=sys.platform != "win32")[:1]
    return [word.strip('"') for word in words if Path(word.strip('"')).is_absolute()]


def _calls_us(entry: object) -> bool:
    return isinstance(entry, Mapping) and _HELPER in str(entry.get("headersHelper", ""))


def _is_ours(group: object) -> bool:
    """A group with nothing but hooks that run our script, or our program's `hook`, or that ask at our address."""
    hooks = _hooks(group)
    return bool(hooks) and all(_is_our_hook(hook) for hook in hooks)


def _is_our_hook(hook: object) -> bool:
    if isinstance(hook, Mapping) and hook.get("type") == "http":
        at = urlsplit(str(hook.get("url", "")))
        return at.hostname == "127.0.0.1" and at.path == _ASKS_AT
    line = list(_words(hook))
    return any(word.endswith(_SCRIPTS) for word in line) or ("hook" in line[1:2] and "dingtalk-tray" in line[0])


def _hooks(group: object) -> list[object]:
    hooks = group.get("hooks") if isinstance(group, Mapping) else None
    return hooks if isinstance(hooks, list) else []


def _words(hook: object) -> Iterator[str]:
    if isinstance(hook, Mapping):
        arguments = hook.get("args")
        yield str(hook.get("command", ""))
        yield from (str(word) for word in (arguments if isinstance(arguments, list) else ()))


_USUAL = (
    "~/.local/bin/claude",
    "~/.claude/local/claude",
    "~/.npm-global/bin/claude",
    "~/.bun/bin/claude",
    "~/.volta/bin/claude",
    "/opt/homebrew/bin/claude",
    "/usr/local/bin/claude",
    "/usr/bin/claude",
)


class ConnectScope(StrEnum):
    """For every project of this person, or for one project's folder."""

    USER = "user"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFolders:
    """`servers` holds `mcpServers`; `settings` holds `permissions` and `hooks`."""

    scope: ConnectScope
    servers: Path
    settings: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Self:
        """The person's own files. `CLAUDE_CONFIG_DIR` moves both (measured with 2.1.330)."""
        home = Path(home_of(environ) or Path.home())
        moved = environ.get("CLAUDE_CONFIG_DIR", "").strip()
        folder = Path(moved) if moved else home / ".claude"
        servers = folder / ".claude.json" if moved else home / ".claude.json"
        return cls(scope=ConnectScope.USER, servers=servers, settings=folder / "settings.json")

    @classmethod
    def of_project(cls, folder: Path) -> Self:
        """One project's files. The hooks name programs of this computer, so they go where git does not look."""
        return cls(
            scope=ConnectScope.PROJECT,
            servers=folder / ".mcp.json",
            settings=folder / ".claude" / "settings.local.json",
        )


def find_client(environ: Mapping[str, str]) -> Path | None:
    """The `claude` program: on the path, or where its installers put it."""
    found = shutil.which("claude", path=environ.get("PATH", os.defpath))
    if found is not None:
        return Path(found)
    home = home_of(environ)
    for place in _USUAL:
        program = Path(place.replace("~", home, 1) + (".exe" if sys.platform == "win32" else ""))
        if program.is_file() and os.access(program, os.X_OK):
            return program
    return None
