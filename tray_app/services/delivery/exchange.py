"""One attempt's exchange with the chat service, with the token that its request shows where the service has such."""

from collections.abc import Callable

from tray_app.core.messages.channel import NoReply, Outcome, Reply, Request
from tray_app.services.delivery.request import BuiltRequest
from tray_app.services.delivery.sender_context import SenderContext
from tray_app.services.delivery.tokens import with_token


class AttemptExchange:
    """`left`: something of the message may have left this computer, and nobody has said what became of it."""

    def __init__(self, context: SenderContext, *, may_not_send: Callable[[], bool]) -> None:
        """`may_not_send` is asked before each request."""
        self._context = context
        self._may_not_send = may_not_send
        self.left = False

    async def run(self, ready: BuiltRequest) -> Reply | NoReply | Outcome | None:
        """Post, but not before it is on the disk that an attempt begins. Raises StoreUnavailable.

        None, and nothing is posted, where that took so long that there is a pause meanwhile, or the app stops. An
        outcome says why there is no token.
        """
        await self._context.store.lasting()
        if self._may_not_send():
            return None
        service = ready.channel.tokens
        if service is None:
            return await self._post(ready.request)
        return await with_token(ready.request, service, ready.credentials, tokens=self._context.tokens, post=self._post)

    async def _post(self, request: Request) -> Reply | NoReply | None:
        self.left = False  # of an earlier request is known that nothing came of it
        if self._may_not_send():
            return None
        self.left = True
        return await self._context.poster.post(request)
