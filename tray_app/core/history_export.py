"""The history as a table for spreadsheets: columns, a message's words as one cell, and cells that run nothing."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from tray_app.core.lines import LocalTime

BOM = "\ufeff"  # Excel takes a file without it for the system's old encoding
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
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def head() -> str:
    """The names of the columns. A file begins with `BOM` before it; programs that read a pipe want none."""
    return _line(COLUMNS)


def line(row: Mapping[str, Any], *, local: LocalTime) -> str:
    """One row of `services.history_desk.exported`; its time as `2026-11-22T10:42:07+08:00`."""
    at = local(row["created_ms"])
    known = {**row, "time": at.isoformat(timespec="seconds"), "text": words_of(row["message"])}
    return _line([_cell(known[name]) for name in COLUMNS])


def words_of(message: Mapping[str, Any] | None) -> str:
    """What a message says, as plain text; empty where its content is not kept."""
    if message is None:
        return ""
    entries = [f"{item['title']} {item.get('message_url') or item.get('url', '')}" for item in _items(message)]
    said = [message.get("content", ""), message.get("text", ""), message.get("message_url", ""), *entries]
    return "\n".join(part for part in said if part)


def _items(message: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return (*message.get("links", ()), *message.get("buttons", ()))


def _cell(value: object) -> str:
    """A spreadsheet takes what begins like this for a formula, and runs it."""
    words = "" if value is None else str(value)
    return f"'{words}" if isinstance(value, str) and words.startswith(_FORMULA) else words


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
