"""Claude Code's own words for what a session does and asks (seen: 2.1.197 and 2.1.330), and what they mean here."""

import re

from tray_app.core.sessions.session import Asks, SessionState

IDLE_PROMPT = "idle_prompt"  # the turn has been over for a minute, and nobody came
_ASKS = {  # the first three are its hooks' words, the others its registry's; `dialog open` asks nothing
    "permission_prompt": Asks.PERMISSION,
    "elicitation_dialog": Asks.INPUT,
    "agent_needs_input": Asks.INPUT,
    "permission prompt": Asks.PERMISSION,
    "input needed": Asks.INPUT,
}
_SDKS, _PROGRAMS = "sdk-", frozenset({"claude-code-github-action", "mcp"})
_SWITCHES = frozenset({"clear", "resume"})
_STATES = {"busy": SessionState.WORKING, "idle": SessionState.IDLE, "waiting": SessionState.WAITING}
_OVERLOADED = re.compile(r"^API Error: (?:Repeated )?529\b")


def is_scripted(entrypoint: str) -> bool:
    """Whether a program started the client: `claude -p`, an SDK, the action on GitHub, another agent over MCP."""
    return entrypoint.startswith(_SDKS) or entrypoint in _PROGRAMS


def is_switch(reason: str) -> bool:
    """Whether a session ended only because the person went on with another one: /clear, /resume."""
    return reason in _SWITCHES


def asks_of(word: str) -> Asks | None:
    """What the person is asked; None for every other word."""
    return _ASKS.get(word)


def state_of(status: str) -> SessionState | None:
    """What a running client does; None where it does not say (2.1.197), or in no word we know."""
    return _STATES.get(status)


def failure_of(error: str, said: str) -> str:
    """Why a turn broke off. 2.1.330 calls an overloaded service `server_error`, and says 529 in its last text."""
    return "overloaded" if error == "server_error" and _OVERLOADED.search(said) else error
