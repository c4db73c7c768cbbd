"""A port that nobody uses, for an app that is started by somebody else and reads its port from its settings."""

import contextlib
import secrets
import socket
from pathlib import Path

from tray_app.adapters.system.paths import Paths


def free_port() -> int:
    """Give one below those that systems give to connections by themselves, which might take it before it is used."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)  # not `random`: that is seeded the same in every test process
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def settle_port(home: Path) -> int:
    """Write a free port into the settings below `home`."""
    port = free_port()
    paths = Paths.under(home).create()
    paths.settings.write_text(f"[endpoint]\nport = {port}\n", encoding="utf-8")
    return port
