"""The running app's MCP endpoint as a client reaches it: message by message, or for a client on standard input."""
