"""One request over connections that are kept: without what a browser's client adds, such as cookies and logins."""

from collections.abc import Mapping
from typing import Protocol

import httpx

from tray_app.adapters.http.causes import Progress

_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "connection": "keep-alive", "user-agent": "dingtalk-tray"}


class Asker(Protocol):
    """Asks, and gives the answer with its body unread; whoever gets it closes it. Never follows a redirect."""

    async def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> httpx.Response:
        """Raises as the HTTP library does."""
        ...


def ask_over(transport: httpx.AsyncBaseTransport, *, timeout: httpx.Timeout, progress: Progress) -> Asker:
    """Ask over these connections; `progress` hears how far it gets."""

    async def ask(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> httpx.Response:
        extensions = {"timeout": timeout.as_dict(), "trace": progress}
        merged = httpx.Headers(_HEADERS)
        merged.update(headers)  # whatever the case of their names: a handshake brings a "Connection" of its own
        asked = httpx.Request(method, url, headers=merged, content=body, extensions=extensions)
        return await transport.handle_async_request(asked)

    return ask
