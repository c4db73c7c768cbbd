"""The tools as an MCP server: the SDK's low-level `Server`, with the checks and error handling it leaves to us."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CLIENT_INFO_META_KEY,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    ToolAnnotations,
)
from mcp_types import Tool as WireTool
from starlette.requests import Request

from tray_app.adapters.mcp.results import Say, of_bug, of_closed, of_error, of_receipt, of_report, of_stopping
from tray_app.core.clients.client import GRANT_KEY
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt, Report
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.messages.requests import Intent
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.tool import Tool

_logger = logging.getLogger(__name__)
_LONGEST_NAME = 64
INSTRUCTIONS = """\
These tools send messages to the user's DingTalk group through an app on the user's machine. The user sees every message
and sets what may be sent. Send only what the user asked to be told or to tell others; never send secrets.
- The work is done and the user wants a report: dingtalk_notify_session_end (arguments optional; figures are measured).
- One long task ended, or failed and needs people: dingtalk_notify_task_complete.
- Anything else: dingtalk_send_markdown; dingtalk_send_text for one plain sentence; dingtalk_send_link,
  dingtalk_send_action_card and dingtalk_send_feed_card for pages people should open.
Write in the language the team uses (钉钉群通常用中文). Each answer has a status. sent, queued and held are successes:
do not send again. paused and refused are the owner's decision: do not retry, tell the user. throttled: wait
retry_after_s. failed and invalid: read reason and hint. No robot yet: call dingtalk_configure without arguments."""


class CallHandler(Protocol):
    """What stands behind the tools. A cancelled `handle` must not lose a message it has begun to take in."""

    def hides(self, tool: str) -> bool:
        """Whether the owner keeps this tool from being listed."""
        ...

    def refuse_hidden(self, origin: Origin, arguments: Mapping[str, object]) -> Receipt | None:
        """Refuse a call that must not even hear what is wrong with its arguments; None for all others."""
        ...

    async def handle(self, intent: Intent, origin: Origin, arguments: Mapping[str, object]) -> Receipt | Report:
        """Do it and say what became of it; `arguments` are those of the call, for the owner's policy.

        Raises TrayAppError for what a person can mend.
        """
        ...


class McpEndpoint:
    """Serves `TOOLS` at one ASGI app, for both protocol eras, without sessions. Enter `running()` once."""

    def __init__(
        self,
        handler: CallHandler,
        say: Say,
        *,
        version: str,
        call_id_keys: Sequence[str] = (),
        tool_meta: Mapping[str, bool | str] | None = None,
    ) -> None:
        """Where agents' clients say their own id of a call, and what they look for in a tool: keys of `_meta`."""
        self._handler = handler
        self._call_id_keys = call_id_keys
        self._say = say
        self._running: set[asyncio.Task[Receipt | Report]] = set()
        self._closing = False
        self._gone: asyncio.Future[None] | None = None  # done when those that still run are answered
        server: Server[Any] = Server(
            "dingtalk",
            version=version,
            title="DingTalk",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            get_tool_input_schema=_schema_of,
        )
        logging.getLogger("mcp.server.streamable_http").setLevel(
            logging.WARNING
        )  # it says "terminating" at every request
        server.middleware.clear()  # a span per message for an exporter nobody installs
        self._manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        self.asgi = StreamableHTTPASGIApp(self._manager)
        self._tools = [_on_the_wire(tool, tool_meta or {}) for tool in TOOLS.values()]

    def running(self) -> AbstractAsyncContextManager[None]:
        """Enter it before the first request."""
        return self._manager.run()

    async def drain(self, grace_s: float) -> None:
        """Take no new calls, wait for running ones, answer those that take longer. Their work goes on for now."""
        self._closing = True
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        if not self._all_gone().done():
            self._all_gone().set_result(None)

    async def _list_tools(
        self, _ctx: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[tool for tool in self._tools if not self._handler.hides(tool.name)])

    async def _call_tool(self, ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        if self._closing:
            return of_closed(self._say)
        tool, arguments = TOOLS.get(params.name), params.arguments or {}
        if tool is None:
            known = [name for name in TOOLS if not self._handler.hides(name)]
            raise MCPError(INVALID_PARAMS, f"Unknown tool. Known are: {', '.join(known) or 'none'}")
        origin = _origin(tool.name, ctx, self._call_id_keys)
        try:
            if (refusal := self._handler.refuse_hidden(origin, arguments)) is not None:
                return of_receipt(refusal, self._say)
            return await self._answer(intent_of(tool, arguments), origin, arguments)
        except TrayAppError as error:
            return of_error(error, self._say)
        except Exception:
            _logger.exception("the tool %s failed", tool.name)
            return of_bug(self._say)

    async def _answer(self, intent: Intent, origin: Origin, arguments: Mapping[str, object]) -> CallToolResult:
        # a task of its own: a client that goes away, or a server that stops, must not cancel the message's first steps
        work = asyncio.create_task(self._handle(intent, origin, arguments))
        self._running.add(work)
        work.add_done_callback(self._finished)
        either: set[asyncio.Future[Any]] = {work, self._all_gone()}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() or work.cancelled():
            return of_stopping(self._say)
        match work.result():
            case Receipt() as receipt:
                return of_receipt(receipt, self._say)
            case Report() as report:
                return of_report(report, self._say)

    def _all_gone(self) -> "asyncio.Future[None]":
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        return self._gone

    async def _handle(self, intent: Intent, origin: Origin, arguments: Mapping[str, object]) -> Receipt | Report:
        return await self._handler.handle(intent, origin, arguments)

    def _finished(self, work: asyncio.Task[Receipt | Report]) -> None:
        self._running.discard(work)
        if not work.cancelled():
            work.exception()  # seen: whoever still waits gets it too


def _schema_of(name: str) -> Mapping[str, Any] | None:
    return TOOLS[name].arguments_schema if name in TOOLS else None


def _on_the_wire(tool: Tool, meta: Mapping[str, bool | str]) -> WireTool:
    return WireTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments_schema,
        output_schema=tool.answer_schema,
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.reads_only,
            destructive_hint=tool.destroys,
            idempotent_hint=tool.repeatable,
            open_world_hint=tool.leaves_machine,
        ),
        _meta=dict(meta) or None,
    )


def _origin(tool: str, ctx: ServerRequestContext[Any], call_id_keys: Sequence[str]) -> Origin:
    meta: Mapping[str, Any] = ctx.meta or {}
    return Origin(
        source=Source.MCP,
        tool=tool,
        client=_client(meta, ctx.request),
        grant=_grant(ctx.request),
        call_id=next((said for key in call_id_keys if (said := _clean(meta.get(key)))), ""),
    )


def _client(meta: Mapping[str, Any], request: Request | None) -> str:
    """Name the program by its own word (2026 era), or by its user agent: no session keeps what `initialize` said."""
    info = meta.get(CLIENT_INFO_META_KEY)
    if isinstance(info, Mapping) and (name := _clean(info.get("name"))):
        return name
    if request is None:
        return ""
    return _clean(request.headers.get("user-agent", "").partition("/")[0])


def _grant(request: Request | None) -> str:
    """Name the client by the token it showed; the guard has checked it."""
    return "" if request is None else str(request.scope.get("state", {}).get(GRANT_KEY, ""))


def _clean(value: object) -> str:
    return "".join(char for char in value if char.isprintable())[:_LONGEST_NAME] if isinstance(value, str) else ""
