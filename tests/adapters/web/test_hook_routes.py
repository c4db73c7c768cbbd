"""`/hook` takes its own token, events, and nothing else."""

import logging

import httpx
import pytest

from tests.support.hook_app import HOOK_TOKEN, READERS
from tests.support.hook_samples import HOOKS
from tests.support.mcp_client import CONTROL, TOKEN, running_endpoint
from tests.support.patience import PATIENCE_S
from tray_app.adapters.web.hook_routes import hook_routes
from tray_app.core.kernel.secret import Secret
from tray_app.core.sessions.live.events import HookEvent

EVENT = {"hook": {**HOOKS["SessionEnd"]}, "environment": {}}


class Sink:
    def __init__(self) -> None:
        self.events: list[HookEvent] = []

    def on_hook(self, event: HookEvent) -> None:
        self.events.append(event)


async def post(url: str, token: str, **request: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
        return await http.post(url, headers={"authorization": f"Bearer {token}"}, **request)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_an_event_is_taken_without_words() -> None:
    sink = Sink()
    async with running_endpoint(routes=hook_routes(sink, READERS), is_hook=Secret(HOOK_TOKEN).matches) as endpoint:
        answer = await post(endpoint.url.replace("/mcp", "/hook"), HOOK_TOKEN, json=EVENT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [(event.agent, event.session_id) for event in sink.events] == [
        ("claude-code", HOOKS["SessionEnd"]["session_id"])
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"hook": {}}', b"null", b"\xff"])
async def test_junk_is_refused_quietly(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    sink = Sink()
    with caplog.at_level(logging.INFO):
        async with running_endpoint(routes=hook_routes(sink, READERS), is_hook=Secret(HOOK_TOKEN).matches) as endpoint:
            answer = await post(endpoint.url.replace("/mcp", "/hook"), HOOK_TOKEN, content=body)
    assert (answer.status_code, sink.events) == (400, [])
    assert b"hook" not in answer.content
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


@pytest.mark.anyio
async def test_no_area_takes_anothers_token() -> None:
    async with running_endpoint(routes=hook_routes(Sink(), READERS), is_hook=Secret(HOOK_TOKEN).matches) as endpoint:
        for path, own in (("/mcp", TOKEN), ("/hook", HOOK_TOKEN), ("/api/status", CONTROL)):
            for token in {TOKEN, HOOK_TOKEN, CONTROL} - {own}:
                answer = await post(endpoint.url.replace("/mcp", path), token, json=EVENT)
                assert answer.status_code == 401, (path, token[0])
