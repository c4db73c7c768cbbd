"""Agents that call, and what the owner does about it, in an office whose time is a test's own."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from tests.support.office import ORIGIN, Office
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.messages.message import Mentions, Message, TextMessage
from tray_app.core.policy.audit import AuditEntry

SEND = "dingtalk_send_text"
MARKDOWN = "dingtalk_send_markdown"
STATUS = "dingtalk_status"
CONFIGURE = "dingtalk_configure"
LIMIT = {"counter": "sends", "window": "minute", "max": 2, "scope": "grant"}


def says(office: Office, tools: Mapping[str, object], **more: object) -> None:
    """Have the owner save a policy."""
    office.policy_file.source = json.dumps({"version": "1", "default": "deny", "tools": tools, **more})
    office.active.reread()
    assert office.active.problem is None


def asks(office: Office, **more: object) -> None:
    """Have every text message wait for the owner."""
    says(office, {SEND: {"action": "require_approval", "reason": "I look first", **more}})


def caller(*, tool: str = SEND, grant: str = "claude-code", session: str = "") -> Origin:
    """Say who calls."""
    return replace(ORIGIN, tool=tool, grant=grant, session=session)


def calling(
    office: Office, said: Message | str, *, origin: Origin | None = None, robot: str = "team", wait_s: float = 8
) -> "asyncio.Task[Receipt]":
    """Begin a call; it is past the policy after `office.settle()`."""
    message = TextMessage(content=said) if isinstance(said, str) else said
    who = origin or caller()
    everyone = isinstance(message, TextMessage) and message.mentions.everyone
    call = office.guarded.call(who, {"content": str(said), "atAll": everyone})
    sent = office.notify.send(message, robot=robot, origin=who, call=call, wait_s=wait_s)
    return asyncio.ensure_future(sent)


async def called(office: Office, said: Message | str, **more: object) -> Receipt:
    """Call, and let the time pass that the answer takes."""
    return await office.within(calling(office, said, **more))  # type: ignore[arg-type] # passed on as it is


async def held(office: Office, said: Message | str, **more: object) -> tuple["asyncio.Task[Receipt]", Approval]:
    """Call, and see that it waits for the owner. Returns the call that goes on waiting."""
    before = {approval.id for approval in office.approvals.waiting()}
    task = calling(office, said, **more)  # type: ignore[arg-type] # passed on as it is
    await office.settle()
    (approval,) = [one for one in office.approvals.waiting() if one.id not in before]
    assert not task.done()
    return task, approval


async def settle(office: Office, approval: Approval, answer: Answer = Answer.ONCE) -> Approval:
    """Have the owner decide, and let everything happen that follows at once."""
    settled = await office.approvals.settle(approval.id, answer, by=Source.TRAY)
    await office.settle()
    return settled


def audited(office: Office) -> list[AuditEntry]:
    """All decisions, oldest first."""
    return list(reversed(office.store.audit.recent(1_000)))


def used(office: Office, counter: str = "sends", window_ms: int = 60_000) -> int:
    """How many calls count now."""
    return office.enforcer.used(counter=counter, window_ms=window_ms)


def everybody(content: str) -> TextMessage:
    """A message that the default policy asks about."""
    return TextMessage(content=content, mentions=Mentions(everyone=True))
