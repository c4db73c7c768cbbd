"""Claude Code: its records, hooks and prices, and its connection for the owner."""
