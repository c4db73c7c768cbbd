"""A stdio server that signs a message and posts it while the agent waits: `python -m tests.bench.stdio_server PORT`.

No queue, nothing kept, no policy, a process for each agent: so works the server in Node, with six tools, that this app
came after. Here it is on the MCP SDK for Python, with a robot at a port of this computer: it stands for that way of
working, not for Node's speed.
"""

import asyncio
import base64
import hashlib
import hmac
import sys
import time
from typing import Any
from urllib.parse import quote

import httpx
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent, Tool

_TOOLS = ("configure", "send_text", "send_markdown", "send_link", "notify_session_end", "notify_task_complete")


def _signed(port: int) -> str:
    stamp = str(round(time.time() * 1000))
    digest = hmac.new(b"SECbench", f"{stamp}\nSECbench".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(digest), safe="")
    return f"http://127.0.0.1:{port}/robot/send?access_token=x&timestamp={stamp}&sign={sign}"


async def main(port: int) -> None:
    """Serve until standard input ends."""
    async with httpx.AsyncClient(trust_env=False) as client:

        async def list_tools(
            _context: ServerRequestContext[Any], _asked: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return ListToolsResult(
                tools=[Tool(name=f"dingtalk_{name}", input_schema={"type": "object"}) for name in _TOOLS]
            )

        async def call(_context: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
            body = {"msgtype": "text", "text": {"content": (asked.arguments or {})["content"]}}
            answer = (await client.post(_signed(port), json=body)).json()
            said = "sent" if answer["errcode"] == 0 else "failed"
            return CallToolResult(content=[TextContent(type="text", text=said)], is_error=said == "failed")

        server: Server[Any] = Server("stdio", on_list_tools=list_tools, on_call_tool=call)
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
