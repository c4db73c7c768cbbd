"""The tools as an MCP server. Importing it takes most of a second; do it after the bind."""

from tray_app.adapters.mcp_server.endpoint import INSTRUCTIONS, Door, McpEndpoint

__all__ = ["INSTRUCTIONS", "Door", "McpEndpoint"]
