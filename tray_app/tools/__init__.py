"""The MCP tools: typed arguments in, an intent out."""
