"""A history of 100,000 messages: filled through the store, read as the command line reads it."""

import time
from pathlib import Path

from tray_app.adapters.store import SqliteStore
from tray_app.core.messages import MarkdownMessage
from tray_app.core.outbox import Delivery, Origin, Source, Stage

_BATCH = 2_000


def fill(path: Path, rows: int) -> None:
    """Add settled messages of the last 80 days."""
    store = SqliteStore(path)
    now_ms = time.time_ns() // 1_000_000
    step_ms = 80 * 86_400_000 // rows
    for first in range(0, rows, _BATCH):
        batch = range(first, min(first + _BATCH, rows))
        store.accept([_delivery(number, now_ms - (rows - number) * step_ms) for number in batch])
    store.close()


def _delivery(number: int, at_ms: int) -> Delivery:
    return Delivery(
        id=f"{number:032x}",
        group_id=f"{number:032x}",
        stage=Stage.FAILED if number % 10 == 0 else Stage.SENT,
        robot="environment",
        origin=Origin(source=Source.MCP, tool="dingtalk_send_markdown", client="claude-code"),
        title=f"Build {number}",
        message=MarkdownMessage(title=f"Build {number}", text="### 构建完成\n- 120 个测试通过\n- 0 个失败\n" * 3),
        created_ms=at_ms,
        updated_ms=at_ms,
        due_ms=at_ms,
    )
