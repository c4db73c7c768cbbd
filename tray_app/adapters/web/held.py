"""A request that is held open until there is an answer, or nobody is there any more to hear it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")


async def while_connected(request: Request, asking: Awaitable[T]) -> T | None:
    """Wait for it as long as the connection stays; None where that has ended.

    It is cancelled then. Read the body first.
    """
    asked = asyncio.ensure_future(asking)
    gone = asyncio.ensure_future(request.receive())  # after the body: the end of the connection
    try:
        await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
        return asked.result() if asked.done() else None
    finally:
        for task in (asked, gone):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
