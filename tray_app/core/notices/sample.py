"""A notice of each kind about a session that never was: for whoever tries words out."""

from datetime import datetime

from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.message import NOBODY, MarkdownMessage
from tray_app.core.messages.requests import SessionReport
from tray_app.core.notices.rules import NoticeCause
from tray_app.core.notices.words import Notice, message
from tray_app.core.reports.templates import clock, session_report
from tray_app.core.sessions.session import (
    Asks,
    Cost,
    PendingCall,
    Session,
    SessionState,
    Task,
    Tokens,
    ToolUse,
)
from tray_app.core.settings.message_templates import MessageTemplate
from tray_app.core.settings.notices import NoticeKind

_MINUTE_MS = 60_000


def sample(kind: NoticeKind, template: MessageTemplate, catalog: Catalog, *, now: datetime) -> MarkdownMessage:
    """Write it in these words."""
    now_ms = int(now.timestamp() * 1000)
    session = _session(kind, catalog, now_ms=now_ms)
    agent, operator = catalog("templates.sample_agent"), catalog("templates.sample_operator")
    if kind is NoticeKind.SESSION_END:
        return session_report(
            SessionReport(),
            agent=agent,
            operator=operator,
            finished_at=now,
            catalog=catalog,
            session=session,
            template=template,
        )
    cause = NoticeCause(
        kind=kind,
        session_id="sample",
        since_ms=now_ms - 12 * _MINUTE_MS,
        turn_ms=now_ms - 30 * _MINUTE_MS,
        asks=Asks.PERMISSION,
        error="rate_limit",
    )
    told = Notice(cause=cause, session=session, agent=agent, now_ms=now_ms, details=True)
    return message(told, catalog, operator=operator, moment=clock(now), mentions=NOBODY, template=template)


def _session(kind: NoticeKind, catalog: Catalog, *, now_ms: int) -> Session:
    waits = kind is NoticeKind.WAITING
    return Session(
        session_id="sample",
        project="shop",
        branch="main",
        state=SessionState.ENDED if kind is NoticeKind.SESSION_END else SessionState.WORKING,
        started_ms=now_ms - 65 * _MINUTE_MS,
        last_ms=now_ms,
        active_ms=18 * _MINUTE_MS,
        tools={"Bash": ToolUse(calls=20), "Edit": ToolUse(calls=18)},
        files=("src/refund.py", "tests/test_refund.py"),
        lines_added=120,
        lines_removed=30,
        tokens={"model": Tokens(input=13_000, output=12_000, cache_read=158_000)},
        cost=Cost(micros=1_234_567),
        tasks=(Task(title=catalog("templates.sample_task"), done=True),),
        commits=(catalog("templates.sample_task"),),
        last_text=catalog("templates.sample_outcome"),
        pending=(PendingCall(tool="Bash", about="kubectl rollout restart deploy/shop", runs=True),) if waits else (),
    )
