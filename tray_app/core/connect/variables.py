"""The variables that agents' clients give to what they start; one of them may start the app.

All kinds stand in one list and not in the table of agents: an agent's connector starts the app, so the table is above.
"""

PREFIXES = ("CLAUDE", "ANTHROPIC_", "MCP_")
"""How an agent's own variables begin, secrets among them: the app inherits none but the next."""

FOLDERS = ("CLAUDE_CONFIG_DIR",)
"""Where an agent's client has its files, so that the app reads the same."""
