"""The variables that agents' clients give to what they start; one of them may start the app.

All kinds stand in one list and not in the table of agents: an agent's connector starts the app, so the table is above.
"""

import sys
from collections.abc import Mapping

TOKEN_VARIABLE = "DINGTALK_TRAY_CLIENT_TOKEN"  # noqa: S105 - the name of a variable
"""Where a client that starts the bridge has written its own token."""

PREFIXES = (
    *("CLAUDE", "ANTHROPIC_", "MCP_", "CODEX_", "OPENAI_", "GEMINI_", "QWEN_", "DASHSCOPE_", "OPENCODE", "CURSOR_"),
    *("VSCODE_", TOKEN_VARIABLE),
)
"""How an agent's own variables begin, secrets among them: the app inherits none but the next."""

FOLDERS = ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "QWEN_HOME")
"""Where an agent's client has its files, so that the app reads the same."""


def home_of(environ: Mapping[str, str], *, windows: bool = sys.platform == "win32") -> str:
    """Give the person's folder, where agents' clients have their files; empty where no variable tells.

    On Windows `HOME` is what Git or a company has put there, and no client looks at it.
    """
    names = ("USERPROFILE", "HOME") if windows else ("HOME", "USERPROFILE")
    return next((environ[name] for name in names if environ.get(name)), "")
