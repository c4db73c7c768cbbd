"""Access tokens, where a chat service wants them shown: in memory alone, asked for once at a time, renewed in time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

from tray_app.core.messages.channel import AccessToken, Credentials, NoReply, Outcome, Reply, Request, TokenService
from tray_app.services.delivery.request import unreached
from tray_app.services.ports import Clock, Poster

_BEFORE_MS = 300_000  # so long before its end a token is renewed: the host's clock and ours differ


@dataclass
class _Kept:
    """What is known of one app; equal credentials share it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: AccessToken | None = None
    until_ms: int = 0  # steady


class TokenCache:
    """Lives on the engine's loop."""

    def __init__(self, poster: Poster, clock: Clock) -> None:
        """Ask nobody yet."""
        self._poster = poster
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    async def token(
        self, service: TokenService, credentials: Credentials, *, but_not: AccessToken | None = None
    ) -> AccessToken | Outcome:
        """Give the token, from memory or asked for; or why there is none. `but_not` is one that was refused."""
        asking = service.ask(credentials)
        kept = self._kept.setdefault(_mark(asking), _Kept())
        async with kept.lock:
            if kept.token is None or kept.token is but_not or self._clock.steady_ms() >= kept.until_ms:
                kept.token = None
                begun_ms = self._clock.steady_ms()
                reply = await self._poster.post(asking)
                answer = unreached(reply) or service.read(reply, now_ms=self._clock.now_ms())
                if not isinstance(answer, AccessToken):
                    return answer
                kept.token = answer
                kept.until_ms = begun_ms + max(answer.lasts_ms - _BEFORE_MS, answer.lasts_ms // 2)
            return kept.token


async def with_token(
    request: Request,
    service: TokenService,
    credentials: Credentials,
    *,
    tokens: TokenCache,
    post: Callable[[Request], Awaitable[Reply | NoReply | None]],
) -> Reply | NoReply | Outcome | None:
    """Post a request with its token; once more with a new one where the service refused the first and did nothing.

    `post` may answer None: it did not post. An outcome says why there is no token.
    """
    refused: AccessToken | None = None
    while True:
        token = await tokens.token(service, credentials, but_not=refused)
        if not isinstance(token, AccessToken):
            return token
        reply = await post(service.shown(request, token))
        if reply is None or refused is not None or not service.is_refused(reply):
            return reply
        refused = token


def _mark(asking: Request) -> str:
    """Tell apps apart by their credentials, so that changed ones ask anew."""
    return sha256(asking.url.reveal().encode() + b"\n" + asking.body).hexdigest()
