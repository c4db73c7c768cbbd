"""A history of many messages, made fast: the first goes in through the store, the others are copies of it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.messages.message import MarkdownMessage

_DAYS = 80
_DAY_MS = 86_400_000
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
_ASIDE = "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'deliveries' AND type != 'table' AND sql NOT NULL"


def fill(path: Path, rows: int) -> None:
    """Add settled messages of the last 80 days to a new file; each tenth has failed."""
    step_ms = _DAYS * _DAY_MS // rows
    store = SqliteStore(path)
    store.accept([_delivery(time.time_ns() // 1_000_000 - rows * step_ms)])
    store.close()
    if rows > 1:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            _copy(connection, rows, step_ms)


def _copy(connection: sqlite3.Connection, rows: int, step_ms: int) -> None:
    """With indexes and triggers away meanwhile: that takes a fifth of the time."""
    (first,) = connection.execute("SELECT seq FROM deliveries").fetchone()
    aside = connection.execute(_ASIDE).fetchall()
    columns = [row[1] for row in connection.execute("PRAGMA table_info(deliveries)") if row[1] != "seq"]
    new = {
        "id": "printf('%032x', n)",
        "group_id": "printf('%032x', n)",
        "place": "place + n",
        "stage": "iif(n % 10, 'sent', 'failed')",
        "title": "'Build ' || n",
        "message": "replace(message, 'Build 0', 'Build ' || n)",
        **{name: f"{name} + n * {step_ms}" for name in ("created_ms", "updated_ms", "due_ms")},
    }
    values = ", ".join(new.get(name, name) for name in columns)
    connection.execute("BEGIN")
    for kind, name, _made in aside:
        connection.execute(f"DROP {kind} {name}")
    connection.execute(
        f"{_NUMBERS} INSERT INTO deliveries ({', '.join(columns)}) SELECT {values} FROM numbers, "  # noqa: S608 - columns
        "(SELECT * FROM deliveries WHERE seq = :first)",
        {"last": rows - 1, "first": first},
    )
    connection.execute(
        "INSERT INTO search (rowid, title, robot, project, tool, words) SELECT * FROM searched WHERE seq > ?", (first,)
    )
    connection.execute("INSERT INTO search (search) VALUES ('optimize')")  # as one that grew slowly is
    for _kind, _name, made in aside:
        connection.execute(made)
    connection.execute("COMMIT")


def _delivery(at_ms: int) -> Delivery:
    return Delivery(
        id=f"{0:032x}",
        group_id=f"{0:032x}",
        stage=Stage.FAILED,
        robot="environment",
        origin=Origin(source=Source.MCP, tool="dingtalk_send_markdown", client="claude-code"),
        title="Build 0",
        message=MarkdownMessage(title="Build 0", text="### 构建完成\n- 120 个测试通过\n- 0 个失败\n" * 3),
        created_ms=at_ms,
        updated_ms=at_ms,
        due_ms=at_ms,
    )
