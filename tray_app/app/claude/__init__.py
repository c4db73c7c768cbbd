"""Claude Code's connection, for the owner."""
