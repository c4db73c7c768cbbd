"""What goes over a connection is what was asked for, each header once."""

import httpx
import pytest

from tray_app.adapters.http.asking import ask_over
from tray_app.adapters.http.causes import Progress


class Seen(httpx.AsyncBaseTransport):
    """Keeps the one request that it is given."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        return httpx.Response(204)


@pytest.mark.anyio
async def test_a_header_replaces_ours_however_it_is_spelt() -> None:
    seen = Seen()
    ask = ask_over(seen, timeout=httpx.Timeout(1), progress=Progress())
    await ask("GET", "http://127.0.0.1/", {"Connection": "Upgrade", "User-Agent": "other"})
    names = [name.lower() for name, _ in seen.request.headers.raw]
    assert (names.count(b"connection"), names.count(b"user-agent")) == (1, 1)
    assert (seen.request.headers["connection"], seen.request.headers["user-agent"]) == ("Upgrade", "other")
