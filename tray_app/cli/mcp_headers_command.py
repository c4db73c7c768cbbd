"""`mcp-headers`: the header an MCP client must send, as Claude Code wants it; starts the app if need be.

While the app runs, `headers_cli.py` has answered before this is imported.
"""

import argparse
from collections.abc import Mapping
from urllib.parse import urlsplit

from tray_app.adapters.paths import HOME_VARIABLE, Paths
from tray_app.app.start import ensure_running
from tray_app.cli.console import OK, Console
from tray_app.core.texts import text
from tray_app.headers_cli import header, is_asked_for


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Print the header. Its reader is a program, so there is nothing else on standard output."""
    if asked.home is not None:
        environ = {**environ, HOME_VARIABLE: asked.home}
        paths = Paths.of(environ)
    endpoint = ensure_running(paths, environ)
    if not is_asked_for(urlsplit(endpoint.url).port or 0, environ):
        wanted = environ.get("CLAUDE_CODE_MCP_SERVER_URL", "")
        return console.fail(text("connect.other_url", url=endpoint.url, asked=wanted), text("connect.other_url_hint"))
    console.say(header(endpoint.token.reveal()))
    return OK
