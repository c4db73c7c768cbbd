"""`/follow-up/claude-code` stays open until there are words, takes the hook token, and no other one."""

import asyncio
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from tests.support.hook_app import HOOK_TOKEN, READERS
from tests.support.hook_samples import SESSION
from tests.support.mcp_client import CONTROL, TOKEN, Endpoint, running_endpoint
from tests.support.patience import PATIENCE_S
from tray_app.adapters.web.follow_up_routes import follow_up_routes
from tray_app.adapters.web.limits import HttpLimits
from tray_app.core.kernel.secret import Secret

pytestmark = pytest.mark.anyio


STOP = {"hook_event_name": "Stop", "session_id": SESSION}


class Owner:
    """Has words when told to; `left` is set where the hook is gone."""

    def __init__(self, words: str | None = None) -> None:
        self.came, self.says, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.words = words

    async def wait(self, agent: str, session_id: str) -> str | None:
        assert (agent, session_id) == ("claude-code", SESSION)
        self.came.set()
        try:
            await self.says.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return self.words


def served(owner: Owner, limits: HttpLimits | None = None) -> AbstractAsyncContextManager[Endpoint]:
    routes = follow_up_routes(owner, READERS)
    return running_endpoint(routes=routes, is_hook=Secret(HOOK_TOKEN).matches, limits=limits)


async def post(url: str, hook: object, token: str = HOOK_TOKEN) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
        return await http.post(
            url.replace("/mcp", "/follow-up/claude-code"),
            headers={"authorization": f"Bearer {token}"},
            json={"hook": hook, "environment": {}},
        )


async def test_the_words_come_on_the_open_connection_whole() -> None:
    owner = Owner("go on 请")
    async with served(owner) as endpoint:
        call = asyncio.create_task(post(endpoint.url, STOP))
        await owner.came.wait()
        assert not call.done()
        owner.says.set()
        answer = await call
    assert (answer.status_code, answer.text) == (200, "go on 请")
    assert answer.headers["content-length"] == str(len("go on 请".encode()))


async def test_no_words_are_an_answer_without_any() -> None:
    owner = Owner()
    owner.says.set()
    async with served(owner) as endpoint:
        answer = await post(endpoint.url, STOP)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("hook", [None, {}, {**STOP, "hook_event_name": "SessionStart"}, {**STOP, "session_id": "../"}])
async def test_only_the_end_of_a_turn_waits(hook: object) -> None:
    owner = Owner()
    async with served(owner) as endpoint:
        answer = await post(endpoint.url, hook)
    assert (answer.status_code, answer.content, owner.came.is_set()) == (400, b"", False)


@pytest.mark.parametrize("token", [TOKEN, CONTROL, "x"])
async def test_no_other_token_opens_it(token: str) -> None:
    owner = Owner()
    async with served(owner) as endpoint:
        answer = await post(endpoint.url, STOP, token)
    assert (answer.status_code, owner.came.is_set()) == (401, False)


async def test_a_hook_that_goes_away_waits_no_more_and_one_that_waits_takes_no_place_of_agents() -> None:
    owner = Owner()
    async with served(owner, HttpLimits(requests=0)) as endpoint:
        call = asyncio.create_task(post(endpoint.url, STOP))
        await owner.came.wait()
        call.cancel()
        await asyncio.wait_for(owner.left.wait(), PATIENCE_S)
