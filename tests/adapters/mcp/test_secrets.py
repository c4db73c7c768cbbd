"""A secret that comes in through a tool or a header is in no log, whatever its level, and in no answer."""

import logging

import pytest

from tests.support.mcp_client import TOKEN, RecordingDoor, connected, running_endpoint
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.requests import ConfigureRobot

pytestmark = pytest.mark.anyio
KEY = "SEC" + "9f" * 30
HOOK = "https://oapi.dingtalk.com/robot/send?access_token=" + "7e" * 32
SECRETS = (KEY, "7e" * 32, TOKEN)
SERVER_SIDE = ("mcp.server", "uvicorn", "tray_app", "starlette", "asyncio", "anyio", "mcp.shared")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("wrong", [False, True])
async def test_nothing_secret_is_logged_or_answered(caplog: pytest.LogCaptureFixture, mode: str, wrong: bool) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = InvalidCredentials("webhook", text("message.empty", field="webhook"), text("message.bad_url_hint"))
    door = RecordingDoor(refusal)
    arguments = {"webhook": HOOK, "secret": KEY, **({"keywords": KEY, HOOK: 1} if wrong else {})}
    async with running_endpoint(door) as endpoint, connected(endpoint.url, mode=mode) as client:
        result = await client.call_tool("dingtalk_configure", arguments)
        await client.list_tools()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith(SERVER_SIDE)]
    assert lines
    for secret in SECRETS:
        assert secret not in str(result)
        assert not [line for line in lines if secret in line]
    assert door.asked == [] if wrong else door.asked[0][0] == ConfigureRobot(webhook=Secret(HOOK), secret=Secret(KEY))
    assert KEY not in repr(door.asked)
