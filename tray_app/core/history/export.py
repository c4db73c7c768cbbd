"""The history as a table for spreadsheets: columns, and a message's words as one cell."""

from collections.abc import Mapping, Sequence
from typing import Any

from tray_app.core.kernel.spreadsheet import lines
from tray_app.core.kernel.words import LocalTime

COLUMNS = (
    "time",
    "stage",
    "title",
    "text",
    "project",
    "robot",
    "tool",
    "source",
    "client",
    "grant",
    "session",
    "decision",
    "rule",
    "attempts",
    "errcode",
    "reason",
    "hint",
    "part",
    "parts",
    "id",
    "group_id",
    "digest_id",
    "said",
    "sent_as",
)


def head() -> str:
    """The names of the columns. A file begins with `spreadsheet.BOM`; programs that read a pipe want none."""
    return lines([COLUMNS])


def line(row: Mapping[str, Any], *, local: LocalTime) -> str:
    """One row of `services.history.queries`; its time as `2026-11-22T10:42:07+08:00`."""
    at = local(row["created_ms"])
    known = {**row, "time": at.isoformat(timespec="seconds"), "text": words_of(row["message"])}
    return lines([[known[name] for name in COLUMNS]])


def words_of(message: Mapping[str, Any] | None) -> str:
    """What a message says, as plain text; empty where its content is not kept."""
    if message is None:
        return ""
    entries = [f"{item['title']} {item.get('message_url') or item.get('url', '')}" for item in _items(message)]
    body = message.get("full") or message.get("content") or message.get("text", "")
    said = [body, message.get("message_url", ""), *entries]
    return "\n".join(part for part in said if part)


def _items(message: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return (*message.get("links", ()), *message.get("buttons", ()))
