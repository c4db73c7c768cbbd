"""The MCP tools: typed arguments in, an intent out. `TOOLS` is the whole set, in the order clients see it."""

from collections.abc import Mapping
from types import MappingProxyType

from tray_app.tools import send, session, setup, status
from tray_app.tools.tool import Tool

TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        tool.name: tool
        for tool in (
            session.NOTIFY_SESSION_END,
            session.NOTIFY_TASK_COMPLETE,
            send.SEND_TEXT,
            send.SEND_MARKDOWN,
            send.SEND_LINK,
            send.SEND_ACTION_CARD,
            send.SEND_FEED_CARD,
            setup.CONFIGURE,
            status.STATUS,
            status.DELIVERY,
        )
    }
)
