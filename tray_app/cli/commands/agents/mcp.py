"""`stdio`, the bridge for clients that only start programs, and `mcp-headers`, which prints a client's header."""

import argparse
from collections.abc import Mapping
from urllib.parse import urlsplit

from tray_app.adapters.mcp_bridge.bridge import StdioBridge
from tray_app.adapters.mcp_bridge.wire import Address
from tray_app.adapters.system.paths import HOME_VARIABLE, Paths
from tray_app.app.client.start import ensure_running
from tray_app.cli.console import OK, Console
from tray_app.core.connect.variables import TOKEN_VARIABLE
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.headers_cli import ASKED_VARIABLE, asked_port, header, is_asked_for

_GRACE_S = 2.0


def stdio(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Carry messages until standard input ends; with the client's own token where its settings give it one."""
    paths, environ = _of_home(asked.home, paths, environ)
    own = environ.get(TOKEN_VARIABLE, "").strip()

    def find() -> Address:
        endpoint = ensure_running(paths, environ)
        return Address(port=urlsplit(endpoint.url).port or 0, token=Secret(own) if own else endpoint.token)

    # the bare streams: nothing that is printed on the way may come between two messages
    with open(0, "rb", closefd=False) as given, open(1, "wb", closefd=False) as out:
        StdioBridge(find=find, out=out, say=console.words).run(given, grace_s=_GRACE_S)
    return OK


def mcp_headers(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Print the header. Its reader is a program, so there is nothing else on standard output."""
    paths, environ = _of_home(asked.home, paths, environ)
    endpoint = ensure_running(paths, environ, port=asked_port(environ))
    if not is_asked_for(urlsplit(endpoint.url).port or 0, environ):
        wanted = environ.get(ASKED_VARIABLE, "")
        return console.fail(text("connect.other_url", url=endpoint.url, asked=wanted), text("connect.other_url_hint"))
    console.say(header(endpoint.token.reveal()))
    return OK


def _of_home(home: str | None, paths: Paths, environ: Mapping[str, str]) -> tuple[Paths, Mapping[str, str]]:
    """Take the folder that was named, in place of the variable's."""
    if home is None:
        return paths, environ
    named = {**environ, HOME_VARIABLE: home}
    return Paths.of(named), named
