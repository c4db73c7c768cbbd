"""`stdio`: the bridge for clients that only start programs and talk over their standard input and output."""

import argparse
from collections.abc import Mapping
from urllib.parse import urlsplit

from tray_app.adapters.mcp_bridge import Address, StdioBridge
from tray_app.adapters.paths import Paths
from tray_app.app.start import ensure_running
from tray_app.cli.console import OK, Console

_GRACE_S = 2.0


def run(_asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Carry messages until standard input ends."""

    def find() -> Address:
        endpoint = ensure_running(paths, environ)
        return Address(port=urlsplit(endpoint.url).port or 0, token=endpoint.token)

    # the bare streams: nothing that is printed on the way may come between two messages
    with open(0, "rb", closefd=False) as given, open(1, "wb", closefd=False) as out:
        StdioBridge(find=find, out=out, say=console.words).run(given, grace_s=_GRACE_S)
    return OK
