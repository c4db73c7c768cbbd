"""`POST /hook`: events of agents' hooks. The guard has checked the hook token.

Answers 204 for an event, 400 without words for anything else: its only honest reader does not read them.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tray_app.core.sessions.live.events import HookEvent, NoHookEvent
from tray_app.services.ports import HookReader, HookSink

_logger = logging.getLogger(__name__)


def hook_routes(sink: HookSink, readers: Mapping[str, HookReader]) -> list[Route]:
    """Build the route. A body may say whose hook posts it, by `agent`; one that does not is the first reader's."""

    async def endpoint(request: Request) -> Response:
        try:
            event = _read(json.loads(await request.body()), readers)
        except NoHookEvent as wrong:
            _logger.info("a hook's body was refused: %s", wrong)  # the name of a field, never a value
            return Response(status_code=400)
        except (ValueError, RecursionError):
            _logger.info("a hook's body was refused: no JSON")
            return Response(status_code=400)
        sink.on_hook(event)
        return Response(status_code=204)

    return [Route("/hook", endpoint, methods=["POST"])]


def _read(body: object, readers: Mapping[str, HookReader]) -> HookEvent:
    first = next(iter(readers))
    agent = body.get("agent", first) if isinstance(body, dict) else first
    if not isinstance(agent, str) or agent not in readers:
        raise NoHookEvent("agent")
    return replace(readers[agent](body), agent=agent)
