"""Which proxy variables the real Claude Code obeys on its way to this computer: what the app tells of it is true."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.claude_client import ClaudeClient, claude_binary
from tests.support.free_port import free_port
from tray_app.adapters.claude_code.connect.detour import detour

__all__ = ["claude_binary"]


class Proxy(ThreadingHTTPServer):
    """Lets nothing through; `asked` are the addresses that it was to ask, `tokens` what came with them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusing)
        self.asked: list[str] = []
        self.tokens: list[str] = []


class _Refusing(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append(self.path)
        self.server.tokens.append(self.headers.get("authorization", ""))
        self.send_response(502)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("variables", "led_away"),
    [
        ({"HTTPS_PROXY": "{}"}, True),
        ({"http_proxy": "{}"}, True),
        ({"ALL_PROXY": "{}"}, True),
        ({"HTTPS_PROXY": "{}", "NO_PROXY": "localhost"}, True),
        ({"HTTPS_PROXY": "{}", "NO_PROXY": "127.0.0.1"}, False),
        ({"ALL_PROXY": "{}", "no_proxy": "127.0.0.1"}, False),
    ],
    ids=str,
)
def test_what_is_told_of_a_proxy_is_what_the_client_does(
    claude_binary: Path, tmp_path: Path, proxy: Proxy, variables: dict[str, str], led_away: bool
) -> None:
    port = free_port()  # nobody listens: only the way there counts
    environ = {name: value.format(f"http://127.0.0.1:{proxy.server_port}") for name, value in variables.items()}
    client = ClaudeClient(binary=claude_binary, home=tmp_path, more=environ)
    client.config.mkdir()
    url, headers = f"http://127.0.0.1:{port}/mcp", {"Authorization": "Bearer t"}
    servers = {"dingtalk": {"type": "http", "url": url, "headers": headers}}
    (client.config / ".claude.json").write_text(json.dumps({"mcpServers": servers}), "utf-8")

    client.run("mcp", "list")

    assert (url in proxy.asked) is led_away
    assert ("Bearer t" in proxy.tokens) is led_away
    assert (detour(environ, [], port=port) is not None) is led_away
