"""The commands, each imported only when it runs: by its subject, its file and its function."""

from collections.abc import Mapping

PLACES: Mapping[str, tuple[str, str]] = {
    "run": ("app.run", "run"),
    "demo": ("app.demo", "run"),
    "open": ("app.open", "run"),
    "status": ("app.status", "run"),
    "doctor": ("app.doctor", "run"),
    "autostart": ("app.autostart", "run"),
    "completion": ("app.completion", "run"),
    "pause": ("app.lifecycle", "pause"),
    "resume": ("app.lifecycle", "resume"),
    "restart": ("app.lifecycle", "restart"),
    "quit": ("app.lifecycle", "quit_app"),
    "uninstall": ("app.uninstall", "run"),
    "setup": ("messages.setup", "run"),
    "robots": ("messages.robots", "run"),
    "send": ("messages.send", "run"),
    "history": ("messages.history", "run"),
    "connect": ("agents.connect", "connect"),
    "disconnect": ("agents.connect", "disconnect"),
    "clients": ("agents.clients", "run"),
    "stdio": ("agents.mcp", "stdio"),
    "mcp-headers": ("agents.mcp", "mcp_headers"),
    "sessions": ("agents.sessions", "run"),
    "usage": ("agents.usage", "run"),
    "approvals": ("decisions.approvals", "run"),
    "questions": ("decisions.questions", "run"),
    "pair": ("decisions.pair", "pair"),
    "unpair": ("decisions.pair", "unpair"),
    "policy": ("decisions.policy", "run"),
}
