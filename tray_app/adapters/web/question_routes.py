"""`POST /question`: what agents ask their person, open until somebody has answered. The guard has checked the token.

Answers 200: with the owner's answer as the agent reads it, or without a word, which leaves its dialog as it is.
"""

import json
import logging
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tray_app.adapters.web.held import while_connected
from tray_app.core.questions.question import AgentPrompt, NoQuestion, Reply
from tray_app.services.ports import QuestionReader

_logger = logging.getLogger(__name__)


class QuestionDesk(Protocol):
    """Where questions wait."""

    async def ask(self, agent: str, prompt: AgentPrompt) -> Reply | None:
        """Wait for the owner's answer; None: nobody gave one. Cancelled where the agent waits no more."""
        ...


def question_routes(desk: QuestionDesk, readers: Mapping[str, QuestionReader]) -> list[Route]:
    """Build one route for each kind of agent: `/question/NAME`."""
    return [_route(desk, name, reader) for name, reader in readers.items()]


def _route(desk: QuestionDesk, agent: str, reader: QuestionReader) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            prompt = reader(_writable(json.loads(await request.body())))
        except NoQuestion as wrong:
            _logger.info("a question was not understood: %s", wrong)  # the name of a field, never a value
            return Response(status_code=200)
        except (ValueError, RecursionError):
            _logger.info("a question was not understood: no JSON, or half a surrogate pair")
            return Response(status_code=200)
        reply = await while_connected(request, desk.ask(agent, prompt))
        return Response(status_code=200) if reply is None else JSONResponse(prompt.answer(reply))

    return Route(f"/question/{agent}", endpoint, methods=["POST"])


def _writable(body: object) -> object:
    """Give it back. Raises ValueError where it holds half a surrogate pair: nobody could be shown the question."""
    json.dumps(body, ensure_ascii=False).encode()
    return body
