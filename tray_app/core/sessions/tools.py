"""Which tools a session used, as people read it: by their plain names, and without the calls to this app itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tray_app.core.sessions.session import Session, ToolUse

_OF_SERVER, _OURS = "mcp__", "dingtalk_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsUsed:
    """Tools by plain name. `ours`: how many calls to this app are left out."""

    tools: Mapping[str, ToolUse] = field(default_factory=dict)
    ours: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(use.calls for use in self.tools.values())


def tools_used(session: Session) -> ToolsUsed:
    """What the session did. That it reported is no work: whether its report had itself in it was chance besides."""
    found: dict[str, ToolUse] = {}
    ours = 0
    for name, use in session.tools.items():
        short = plain(name)
        if name.startswith(_OF_SERVER) and short.startswith(_OURS):
            ours += use.calls
            continue
        held = found.get(short, ToolUse())
        found[short] = ToolUse(
            calls=held.calls + use.calls, failed=held.failed + use.failed, denied=held.denied + use.denied
        )
    return ToolsUsed(tools=found, ours=ours)


def plain(name: str) -> str:
    """The tool's own name: `create_issue` of `mcp__github__create_issue`; any other name as it is."""
    _, found, rest = name.removeprefix(_OF_SERVER).partition("__")
    return rest if name.startswith(_OF_SERVER) and found and rest else name
