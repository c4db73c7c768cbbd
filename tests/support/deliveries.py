"""Rows of the history, made up: `delivery(3)` was sent, a later number is a newer one."""

from dataclasses import replace
from typing import Any

from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.messages.message import Message, TextMessage, title_of

BEGAN_MS = 1_795_300_000_000


def delivery(number: int, *, message: Message | None = None, **changes: Any) -> Delivery:
    """Give a row `d{number}`; what belongs to its origin (`tool`, `project`, …) may be named like the rest."""
    said = message or TextMessage(content=f"message {number}")
    origin = Origin(source=Source.MCP, tool="dingtalk_send_text", client="claude-code", project="api")
    of_origin = {name: changes.pop(name) for name in Origin.__dataclass_fields__ if name in changes}
    at_ms = changes.pop("created_ms", BEGAN_MS + number * 60_000)
    row = Delivery(
        id=f"d{number}",
        group_id=f"d{number}",
        stage=Stage.SENT,
        robot="team",
        origin=replace(origin, **of_origin),
        title=title_of(said),
        message=said,
        created_ms=at_ms,
        updated_ms=at_ms,
        due_ms=at_ms,
    )
    return replace(row, **changes)
