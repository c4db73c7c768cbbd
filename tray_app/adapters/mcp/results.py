"""A receipt, a report or an error as the answer of an MCP tool: every fact in the text and in `structuredContent`.

Clients show their model only the JSON of a success and only the text of an error, so neither may know more.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from mcp_types import CallToolResult, TextContent

from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import InvalidArguments, InvalidCredentials, InvalidMessage, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.redaction.kinds import listed
from tray_app.tools.schema import INVALID

Say = Callable[[Text], str]
_FACTS = (
    "reason",
    "hint",
    "errcode",
    "retry_after_s",
    "until",
    "masked",
    "rule",
    "counter",
    "used",
    "max",
    "robot",
    "delivery_id",
    "status",
)


def of_receipt(receipt: Receipt, say: Say) -> CallToolResult:
    """Say what became of a message; an error for the client unless it was accepted."""
    return _facts(
        say,
        status=receipt.status.value,
        delivery_id=receipt.delivery_id or None,
        robot=receipt.robot or None,
        reason=say(receipt.reason) if receipt.reason else None,
        hint=say(receipt.hint) if receipt.hint else None,
        retry_after_s=receipt.retry_after_s,
        errcode=receipt.errcode,
        until=None if receipt.until_ms is None else _local_time(receipt.until_ms),
        masked=say(listed(receipt.masked)) if receipt.masked else None,
        rule=receipt.rule or None,
        counter=receipt.counter or None,
        used=receipt.used,
        max=receipt.most,
        accepted=receipt.accepted,
    )


def of_report(report: Report, say: Say) -> CallToolResult:
    """Give a reading tool's data, with its words before it."""
    words = (report.words,) if isinstance(report.words, Text) else report.words
    data = dict(report.data)
    lines = [*(say(sentence) for sentence in words), json.dumps(data, ensure_ascii=False)]
    return CallToolResult(content=[TextContent(text="\n".join(lines))], structured_content=data)


def of_error(error: TrayAppError, say: Say) -> CallToolResult:
    """Say what the agent or the owner can mend."""
    wrong_call = isinstance(error, InvalidArguments | InvalidMessage | InvalidCredentials)
    status = INVALID if wrong_call else Status.FAILED.value
    return _facts(say, status=status, reason=say(error.reason), hint=say(error.hint))


def of_bug(say: Say) -> CallToolResult:
    """Say that something broke, and nothing of what: an exception's words may hold a webhook."""
    return _facts(
        say, status=Status.FAILED.value, reason=say(text("tools.internal")), hint=say(text("tools.internal_hint"))
    )


def of_closed(say: Say) -> CallToolResult:
    """Say that a call came too late to be taken."""
    return _facts(
        say, status=Status.FAILED.value, reason=say(text("tools.closed")), hint=say(text("tools.closed_hint"))
    )


def of_stopping(say: Say) -> CallToolResult:
    """Say that the app closes before the outcome is known."""
    return _facts(
        say, status=Status.FAILED.value, reason=say(text("tools.stopping")), hint=say(text("tools.stopping_hint"))
    )


def _facts(say: Say, *, accepted: bool = False, **facts: str | int | None) -> CallToolResult:
    data = {name: facts.get(name) for name in reversed(_FACTS)}
    lines = [say(text(f"tools.{facts['status']}"))]
    lines += [
        say(text(f"tools.label_{name}", value=value)) for name in _FACTS if (value := facts.get(name)) is not None
    ]
    return CallToolResult(content=[TextContent(text="\n".join(lines))], structured_content=data, is_error=not accepted)


def _local_time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().isoformat(timespec="seconds")
