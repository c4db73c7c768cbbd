"""`POST /hook`: events of Claude Code's hooks, as `hook_cli` posts them. The guard has checked the hook token.

Answers 204 for an event, 400 without words for anything else: its only honest reader does not read them.
"""

import json
import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tray_app.core.claude_code.hooks import NoHookEvent, read_hook
from tray_app.services.ports import HookSink

_logger = logging.getLogger(__name__)


def hook_routes(sink: HookSink) -> list[Route]:
    """Build the route."""

    async def endpoint(request: Request) -> Response:
        try:
            event = read_hook(json.loads(await request.body()))
        except NoHookEvent as wrong:
            _logger.info("a hook's body was refused: %s", wrong)  # the name of a field, never a value
            return Response(status_code=400)
        except (ValueError, RecursionError):
            _logger.info("a hook's body was refused: no JSON")
            return Response(status_code=400)
        sink.on_hook(event)
        return Response(status_code=204)

    return [Route("/hook", endpoint, methods=["POST"])]
