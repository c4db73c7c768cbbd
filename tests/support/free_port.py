"""A port that nobody uses, for an app that is started by somebody else and reads its port from its settings."""

import socket
from pathlib import Path

from tray_app.adapters.system.paths import Paths


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def settle_port(home: Path) -> int:
    """Write a free port into the settings below `home`."""
    port = free_port()
    paths = Paths.under(home).create()
    paths.settings.write_text(f"[endpoint]\nport = {port}\n", encoding="utf-8")
    return port
