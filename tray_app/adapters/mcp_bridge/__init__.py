"""The running app's MCP endpoint as a client reaches it: message by message, or for a client on standard input."""

from tray_app.adapters.mcp_bridge.stdio import StdioBridge
from tray_app.adapters.mcp_bridge.wire import Address, Exchange, Lost, NotSent, list_tools

__all__ = ["Address", "Exchange", "Lost", "NotSent", "StdioBridge", "list_tools"]
