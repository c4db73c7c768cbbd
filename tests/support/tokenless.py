"""An endpoint that asks for no token, for suites that cannot send one: `python -m tests.support.tokenless PORT`.

It stands in front of the real one and adds the header; nothing in the program itself can be run without a token.
"""

import asyncio
import sys

from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.mcp_client import TOKEN, RecordingDoor, endpoint_on


def with_token(app: ASGIApp) -> ASGIApp:
    """Give every request that has no credentials the right ones."""

    async def with_header(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not any(name == b"authorization" for name, _value in scope["headers"]):
            scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + TOKEN.encode())]
        await app(scope, receive, send)

    return with_header


async def main(port: int) -> None:
    """Serve until interrupted."""
    server = endpoint_on(RecordingDoor(), port=port)
    config = server._uvicorn.config
    config.app = with_token(server._app)
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
