"""`POST /follow-up`: hooks that wait for words of the owner after a turn. The guard has checked the hook token.

Answers 200 with the words as the agent is to read them, or 204 where there are none.
"""

import json
import logging
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tray_app.adapters.web.held import while_connected
from tray_app.core.sessions.live.events import NoHookEvent, TurnEnded
from tray_app.services.ports import HookReader

_logger = logging.getLogger(__name__)


class FollowUpDesk(Protocol):
    """Where they wait."""

    async def wait(self, agent: str, session_id: str) -> str | None:
        """Wait for words; None: there are none. Cancelled where the hook is gone."""
        ...


def follow_up_routes(desk: FollowUpDesk, readers: Mapping[str, HookReader]) -> list[Route]:
    """Build one route for each kind of agent: `/follow-up/NAME`."""
    return [_route(desk, name, reader) for name, reader in readers.items()]


def _route(desk: FollowUpDesk, agent: str, reader: HookReader) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            event = reader(json.loads(await request.body()))
            if not isinstance(event.what, TurnEnded):
                raise NoHookEvent("hook_event_name")
        except NoHookEvent as wrong:
            _logger.info("a hook that waits was refused: %s", wrong)  # the name of a field, never a value
            return Response(status_code=400)
        except (ValueError, RecursionError):
            _logger.info("a hook that waits was refused: no JSON")
            return Response(status_code=400)
        words = await while_connected(request, desk.wait(agent, event.session_id))
        return Response(status_code=204) if not words else PlainTextResponse(words)

    return Route(f"/follow-up/{agent}", endpoint, methods=["POST"])
