"""An app as far as hooks see it: endpoint file, guard, hook route, and a sink that writes down what came."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.mcp_client import TOKEN, threaded_endpoint
from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.core.claude_code.hooks import read_hook
from tray_app.core.kernel.secret import Secret
from tray_app.core.sessions.live.events import HookEvent

HOOK_TOKEN = "h" * 43
READERS = {"claude-code": read_hook}


@dataclass
class Recorder:
    """A sink that tests can wait on."""

    port: int = 0
    events: list[HookEvent] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def on_hook(self, event: HookEvent) -> None:
        with self.came:
            self.events.append(event)
            self.came.notify_all()

    def wait_for(self, *kinds: type, timeout_s: float = 10) -> list[HookEvent]:
        """Wait until an event of each kind has come; give all."""
        with self.came:
            there = self.came.wait_for(lambda: set(kinds) <= {type(one.what) for one in self.events}, timeout_s)
            assert there, f"came: {[type(one.what).__name__ for one in self.events]}"
            return list(self.events)


def announce(home: Path, port: int, *, pid: int | None = None, token: str = HOOK_TOKEN) -> None:
    """Write the file that a running app writes."""
    paths = Paths.under(home).create()
    endpoint = Endpoint(
        url=f"http://127.0.0.1:{port}/mcp",
        pid=os.getpid() if pid is None else pid,
        version="0",
        token=Secret(TOKEN),
        control_token=Secret("c" * 43),
        hook_token=Secret(token),
    )
    EndpointFile(paths.endpoint).write(endpoint)


@contextmanager
def hearing(home: Path) -> Iterator[Recorder]:
    """Run it below `home`."""
    sink = Recorder()
    is_hook = Secret(HOOK_TOKEN).matches
    with threaded_endpoint(routes=hook_routes(sink, READERS), is_hook=is_hook) as endpoint:
        sink.port = endpoint.port
        announce(home, endpoint.port)
        yield sink
