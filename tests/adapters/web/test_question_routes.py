"""`/question/claude-code` stays open until somebody answers, takes its own token, and says nothing to junk."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from tests.support.asked import asked
from tests.support.mcp_client import CONTROL, TOKEN, Endpoint, running_endpoint
from tests.support.patience import PATIENCE_S
from tray_app.adapters.web.question_routes import question_routes
from tray_app.core.claude_code.questions import read_question
from tray_app.core.kernel.secret import Secret
from tray_app.core.questions.question import AgentPrompt, Allowed, Reply

pytestmark = pytest.mark.anyio
QUESTION_TOKEN = "q" * 43


class Owner:
    """Answers when told to; `left` is set where the agent waits no more."""

    def __init__(self) -> None:
        self.asked, self.answers, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.reply: Reply | None = None

    async def ask(self, agent: str, prompt: AgentPrompt) -> Reply | None:
        assert (agent, prompt.tool) == ("claude-code", "Bash")
        self.asked.set()
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return self.reply


async def post(url: str, body: object, token: str = QUESTION_TOKEN) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        return await http.post(
            url.replace("/mcp", "/question/claude-code"), headers={"authorization": f"Bearer {token}"}, json=body
        )


def served(owner: Owner) -> AbstractAsyncContextManager[Endpoint]:
    routes = question_routes(owner, {"claude-code": read_question})
    return running_endpoint(routes=routes, is_question=Secret(QUESTION_TOKEN).matches)


async def test_the_answer_comes_on_the_open_connection() -> None:
    owner = Owner()
    async with served(owner) as endpoint:
        call = asyncio.create_task(post(endpoint.url, asked()))
        await owner.asked.wait()
        assert not call.done()
        owner.reply = Allowed()
        owner.answers.set()
        answer = await call
    assert answer.json()["hookSpecificOutput"]["decision"] == {"behavior": "allow"}


async def test_no_answer_and_junk_are_two_hundred_without_a_word() -> None:
    owner = Owner()
    owner.answers.set()
    async with served(owner) as endpoint:
        for body in (asked(), {}, None, [1], asked(session_id="../")):
            answer = await post(endpoint.url, body)
            assert (answer.status_code, answer.content) == (200, b"")


async def test_half_a_surrogate_pair_is_left_to_the_terminal() -> None:
    owner = Owner()
    owner.answers.set()
    async with served(owner) as endpoint, httpx.AsyncClient(trust_env=False, timeout=20) as http:
        for body in (asked("Bash", {"command": "\ud800"}), asked(cwd="/\udfff"), asked("Bash", {"\udc00": 1})):
            answer = await http.post(
                endpoint.url.replace("/mcp", "/question/claude-code"),
                headers={"authorization": f"Bearer {QUESTION_TOKEN}"},
                content=json.dumps(body),
            )
            assert (answer.status_code, answer.content, owner.asked.is_set()) == (200, b"", False)


async def test_an_agent_that_goes_away_waits_no_more() -> None:
    owner = Owner()
    async with served(owner) as endpoint:
        call = asyncio.create_task(post(endpoint.url, asked()))
        await owner.asked.wait()
        call.cancel()
        await asyncio.wait_for(owner.left.wait(), 5)


async def test_it_takes_no_other_token_and_its_own_opens_nothing_else() -> None:
    async with served(Owner()) as endpoint:
        for token in (TOKEN, CONTROL, "q"):
            assert (await post(endpoint.url, asked(), token)).status_code == 401
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            for path in ("/mcp", "/hook", "/api/status"):
                headers = {"authorization": f"Bearer {QUESTION_TOKEN}"}
                assert (await http.post(endpoint.url.replace("/mcp", path), headers=headers)).status_code == 401
