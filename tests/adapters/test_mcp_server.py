import pytest

from tests.support.mcp_client import connected, running_endpoint
from tray_app.core.intents import Send
from tray_app.core.messages import TextMessage
from tray_app.tools import TOOLS

pytestmark = pytest.mark.anyio
ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@ERAS
async def test_the_official_client_lists_and_calls(mode: str) -> None:
    async with running_endpoint() as endpoint, connected(endpoint.url, mode=mode) as client:
        listed = await client.list_tools()
        result = await client.call_tool("dingtalk_send_text", {"content": "hello"})
    assert [tool.name for tool in listed.tools] == list(TOOLS)
    assert not result.is_error
    assert result.structured_content["status"] == "sent"
    assert endpoint.door.asked[0][0] == Send(message=TextMessage(content="hello"))
