"""`mcp-headers` while the app runs: the header from `endpoint.json`, in a moment. Standard library only.

Claude Code runs this before every connection and gives it ten seconds; everything that takes longer than reading a file
(start the app, say what is wrong) is `cli/commands/agents/mcp.py`.
"""

import json
import socket
from collections.abc import Mapping

from tray_app.hook_cli import endpoint_path, read_endpoint

_ANSWER_S = 1.0
_DIGITS = 5
ASKED_VARIABLE = "CLAUDE_CODE_MCP_SERVER_URL"  # a client that says no address sets none


def header_line(environ: Mapping[str, str]) -> str | None:
    """Give the JSON that the client wants on one line; None where no app answers, or at another address than asked."""
    endpoint = read_endpoint(endpoint_path(environ))
    if endpoint is None or not is_asked_for(endpoint["port"], environ) or not isinstance(endpoint.get("token"), str):
        return None
    try:
        socket.create_connection(("127.0.0.1", endpoint["port"]), _ANSWER_S).close()
    except OSError:
        return None
    return header(endpoint["token"])


def header(token: str) -> str:
    """Write the header as the client reads it."""
    return json.dumps({"Authorization": f"Bearer {token}"})


def is_asked_for(port: int, environ: Mapping[str, str]) -> bool:
    """Whether the client is about to connect to this port: another program there must not get the token."""
    return not environ.get(ASKED_VARIABLE) or port == asked_port(environ)


def asked_port(environ: Mapping[str, str]) -> int | None:
    """The port of this computer that the client is about to connect to; None where it does not say, or elsewhere."""
    host, _, port = "".join(environ.get(ASKED_VARIABLE, "").split("/")[2:3]).partition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= _DIGITS
    return int(port) if host in {"127.0.0.1", "localhost"} and is_port else None
