"""Connections with Claude Code for the pages: one that stands still, and the real one below a folder of its own."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tests.support.free_port import settle_port
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.claude_code.admin import ClaudeAdmin
from tray_app.core.connect.view import (
    NOTHING,
    ChangePlan,
    ConnectionCheck,
    ConnectionState,
    ConnectionView,
    DiffLine,
    FileChange,
)
from tray_app.core.kernel.texts import text

_SERVER = '{"type": "http", "url": "http://127.0.0.1:8737/mcp", "headersHelper": "/home/li/.local/bin/dingtalk-tray \
mcp-headers", "alwaysLoad": true}'
_HOOK = '{"hooks": [{"type": "command", "command": "/home/li/.local/share/uv/tools/dingtalk-tray/bin/python", "args": \
["-I", "-S", "/home/li/.local/share/uv/tools/dingtalk-tray/lib/python3.11/site-packages/tray_app/hook_cli.py"], \
"timeout": 5}]}'
_EVENTS = ("SessionEnd", "Stop", "StopFailure", "SubagentStop")


class ClaudeSide(Protocol):
    """What a desk asks; `ClaudeAdmin` is the real one."""

    def view(self) -> ConnectionView: ...
    def connect(self, shown: str) -> tuple[str, ...]: ...
    def disconnect(self, shown: str) -> tuple[str, ...]: ...
    def check(self) -> ConnectionCheck: ...


def plan(sign: str = "+", *, exists: bool = True, stays: bool = True) -> ChangePlan:
    """Give the two files with what is put into them or taken out."""
    added = sign == "+"
    servers = (DiffLine(added=added, places=("mcpServers.dingtalk",), value=_SERVER),)
    allow = DiffLine(added=added, places=("permissions.allow[]",), value='"mcp__dingtalk"')
    hooks = DiffLine(added=added, places=tuple(f"hooks.{event}[]" for event in _EVENTS), value=_HOOK)
    late = DiffLine(added=added, places=("hooks.SessionStart[]",), value=_HOOK.replace("5}", '5, "async": true}'))
    files = (
        FileChange(path="/home/li/.claude.json", exists=True, stays=True, lines=servers),
        FileChange(path="/home/li/.claude/settings.json", exists=exists, stays=stays, lines=(allow, late, hooks)),
    )
    return ChangePlan(files=files)


def view(**changes: object) -> ConnectionView:
    """Give a Claude Code that is installed and not connected."""
    value = ConnectionView(
        state=ConnectionState.NOT_CONNECTED,
        url="http://127.0.0.1:8737/mcp",
        client="/home/li/.local/bin/claude",
        command="dingtalk-tray",
        backups="/home/li/.local/share/dingtalk-tray/backups",
        connect=plan(exists=False),
        disconnect=NOTHING,
        by_client=f"claude mcp add-json dingtalk '{_SERVER}' --scope user",
    )
    return replace(value, **changes)  # type: ignore[arg-type]  # dataclasses.replace checks the names


def connected(**changes: object) -> ConnectionView:
    """Give one that is connected."""
    back = plan("-", stays=False)
    done = view(state=ConnectionState.CONNECTED, connect=NOTHING, disconnect=back, by_client="")
    return replace(done, **changes)  # type: ignore[arg-type]  # as above


@dataclass
class StillClaude:
    """Shows what it is told to show; nothing here changes anything."""

    shown: ConnectionView = field(default_factory=view)
    found: ConnectionCheck = field(
        default_factory=lambda: ConnectionCheck(
            well=True,
            asked=True,
            title=text("connect.checked_well"),
            said=(
                text("connect.reached", program="/home/li/.local/bin/claude"),
                text("connect.tools", count=2, names="dingtalk_send_text, dingtalk_notify_session_end"),
            ),
        )
    )

    def view(self) -> ConnectionView:
        return self.shown

    def connect(self, shown: str) -> tuple[str, ...]:
        raise AssertionError(f"nobody asked for {shown}")

    def disconnect(self, shown: str) -> tuple[str, ...]:
        raise AssertionError(f"nobody asked for {shown}")

    def check(self) -> ConnectionCheck:
        return self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a home of their own, no `claude` on the path, and the real connection to their settings."""

    home: Path
    claude: ClaudeAdmin

    @property
    def servers(self) -> Path:
        return self.home / ".claude.json"

    @property
    def settings(self) -> Path:
        return self.home / ".claude" / "settings.json"

    def files(self) -> dict[str, bytes]:
        """Every file of Claude Code's with its bytes."""
        found = [path for path in (self.servers, self.settings) if path.exists()]
        return {path.name: path.read_bytes() for path in found}


def person(folder: Path) -> Person:
    """Give a person below `folder`; no app runs, the port is the settings' one."""
    home = folder / "home"
    (home / ".claude").mkdir(parents=True)
    settle_port(folder / "tray")
    environ = {"HOME": str(home), "PATH": str(folder / "nothing")}
    return Person(home=home, claude=ClaudeAdmin(paths=Paths.under(folder / "tray"), environ=environ))
