"""Claude Code as the app's parts see it."""

from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.claude_code.reader import ClaudeRecords
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.agent import Agent
from tray_app.app.agents.claude_code.admin import ClaudeAdmin, elsewhere
from tray_app.core.claude_code.hooks import read_hook
from tray_app.core.claude_code.pricing import PRICES_AS_OF
from tray_app.core.claude_code.questions import read_question


def _connector(paths: Paths, environ: Mapping[str, str], *, project: Path | None = None) -> ClaudeAdmin:
    return ClaudeAdmin(paths=paths, environ=environ, project=project)


CLAUDE_CODE = Agent(
    name="claude-code",
    title="Claude Code",
    prices_as_of=PRICES_AS_OF,
    records=ClaudeRecords,
    read_hook=read_hook,
    connector=_connector,
    elsewhere=elsewhere,
    read_question=read_question,
    call_id_key="claudecode/toolUseId",
    tool_meta={"anthropic/alwaysLoad": True},  # else it shows its model the bare names of the tools
)
