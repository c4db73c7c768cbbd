"""Whether a chat service knows an app's credentials: it is asked for a token, and nobody is told anything."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tray_app.core.messages.channel import (
    AccessToken,
    Channel,
    Credentials,
    NoReply,
    Rejected,
    Sent,
    Throttled,
    TryAgain,
)
from tray_app.services.ports import Poster

NoToken: TypeAlias = TryAgain | Throttled | Rejected
TokenCheck: TypeAlias = Callable[[Channel, Credentials], Awaitable[NoToken | None]]


def token_check(poster: Poster, now_ms: Callable[[], int]) -> TokenCheck:
    """Make a check: None where a token came, or the service has none; else why there is none. It never raises."""

    async def check(channel: Channel, credentials: Credentials) -> NoToken | None:
        service = channel.tokens
        if service is None:
            return None
        reply = await poster.post(service.ask(credentials))
        if isinstance(reply, NoReply) and reply.why is not None:
            return TryAgain(reason=reply.why.reason, hint=reply.why.hint)
        answer = service.read(reply, now_ms=now_ms())
        return None if isinstance(answer, AccessToken | Sent) else answer

    return check
