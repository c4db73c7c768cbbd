"""The tools as an MCP server. Importing it takes most of a second; do it after the bind."""
