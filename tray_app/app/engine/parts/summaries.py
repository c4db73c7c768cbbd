"""The summaries of the day, wired."""

from collections.abc import Callable
from datetime import datetime

from tray_app.adapters.store.store import SqliteStore
from tray_app.app.engine.parts.shared import Shared
from tray_app.core.delivery.delivery import Origin
from tray_app.core.sessions.session import Session
from tray_app.core.settings.notices import NoticeRules
from tray_app.services.notices.summarizer import Summarizer
from tray_app.services.notices.worked import WorkedSessions
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.submit.submit import Submitter


def summaries(
    shared: Shared,
    *,
    store: SqliteStore,
    submitter: Submitter,
    sessions: SessionQueries,
    rules: Callable[[Session | None], NoticeRules],
    route: Callable[[Origin], str],
    paused: Callable[[], bool],
) -> Summarizer:
    """Who sends them; nothing is read yet."""
    worked = WorkedSessions(
        sessions=sessions,
        told=store.sessions,
        rules=rules,
        route=route,
        usual_robot=lambda: shared.settings().default_robot() or "",
    )
    return Summarizer(
        submitter=submitter,
        memory=store,
        worked=worked,
        operator=shared.operator,
        clock=shared.clock,
        catalog=shared.catalog,
        local=lambda at_ms: datetime.fromtimestamp(at_ms / 1000).astimezone(),
        settings=shared.settings,
        paused=paused,
    )
