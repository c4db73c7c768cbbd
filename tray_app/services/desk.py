"""Where agents' wishes become deeds: each intent goes to the service that fulfils it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

from tray_app.core import render
from tray_app.core.errors import TrayAppError
from tray_app.core.figures import short
from tray_app.core.intents import Configure, Intent, ReadDelivery, ReadStatus, Send, SessionReport, TaskReport
from tray_app.core.messages import Message
from tray_app.core.outbox import Origin
from tray_app.core.receipt import Receipt, Report, Status
from tray_app.core.routing import by_project
from tray_app.core.secret import Secret
from tray_app.core.sessions import Session
from tray_app.core.settings import Settings
from tray_app.core.snapshot import RobotView, SessionView, Snapshot
from tray_app.core.texts import Catalog, Text, text
from tray_app.services.attribution import as_from
from tray_app.services.history import History
from tray_app.services.notify import Notify
from tray_app.services.ports import Clock, Operator


class Registrar(Protocol):
    """Keeps robots' credentials."""

    async def save(
        self, *, name: str, webhook: Secret, secret: Secret, keywords: tuple[str, ...], default: bool = False
    ) -> None:
        """Validate and store. Raises TrayAppError."""
        ...


class Sessions(Protocol):
    """Knows which session calls."""

    def known(self, origin: Origin) -> Session | None:
        """The session, if that is known already, as last seen."""
        ...

    async def found(self, origin: Origin) -> Session | None:
        """The session as last seen; a moment is waited for word of who it is."""
        ...

    async def measured(self, origin: Origin) -> Session | None:
        """The session with all it has written; a moment is waited for word of who it is."""
        ...

    def later(self, origin: Origin) -> None:
        """Write to the history whose message it was, when that is known."""
        ...


class Desk:
    """Implements the MCP adapter's door. Raises TrayAppError where the asker can mend something."""

    def __init__(
        self,
        *,
        notify: Notify,
        history: History,
        registrar: Registrar,
        sessions: Sessions,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        snapshot: Callable[[], Snapshot],
        called: Callable[[str], None] = lambda _grant: None,
    ) -> None:
        """`catalog` is the language of messages; `snapshot` builds the state as of now; `called` counts calls."""
        self._notify = notify
        self._history = history
        self._registrar = registrar
        self._sessions = sessions
        self._operator = operator
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._snapshot = snapshot
        self._called = called

    async def handle(self, intent: Intent, origin: Origin) -> Receipt | Report:
        """Fulfil one intent."""
        self._called(origin.grant)
        match intent:
            case Send():
                return await self._send(intent, origin)
            case SessionReport() | TaskReport():
                return await self._report(intent, origin)
            case Configure():
                return await self._configure(intent)
            case ReadStatus():
                return status_report(self._snapshot())
            case ReadDelivery(delivery_id=delivery_id):
                return self._history.report(delivery_id)
            case _:
                assert_never(intent)

    async def _send(self, wish: Send, origin: Origin) -> Receipt:
        """Send at once; whose call it was is learnt meanwhile, or before where the robot depends on it."""
        matters = not wish.robot and by_project(self._settings().routes)
        session = await self._sessions.found(origin) if matters else self._sessions.known(origin)
        message = wish.message
        if wish.signed_off:
            operator = await self._operator.name("" if session is None else session.cwd)
            message = render.signed_off(message, operator=operator, catalog=self._catalog())
        return await self._deliver(message, wish.robot, origin, session)

    async def _report(self, report: SessionReport | TaskReport, origin: Origin) -> Receipt:
        """Report what the session's own records tell, where it is known whose call this is."""
        session = await self._sessions.measured(origin)
        operator = await self._operator.name("" if session is None else session.cwd)
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone()
        words = self._catalog()
        if isinstance(report, SessionReport):
            message = render.session_report(report, operator=operator, finished_at=now, catalog=words, session=session)
        else:
            message = render.task_report(report, operator=operator, finished_at=now, catalog=words, session=session)
        return await self._deliver(message, report.robot, origin, session)

    async def _deliver(self, message: Message, robot: str, origin: Origin, session: Session | None) -> Receipt:
        origin = as_from(origin, session)
        try:
            return await self._notify.send(message, robot=robot, origin=origin)
        finally:  # also where the caller has gone away: the message was accepted
            self._sessions.later(origin)

    async def _configure(self, wish: Configure) -> Receipt:
        if not self._settings().allow_configure_tool:
            raise TrayAppError(text("desk.configure_off"), text("desk.configure_off_hint"))
        if not wish.webhook:
            raise TrayAppError(text("desk.configure_how"), text("desk.configure_how_hint"))
        name = wish.robot or "default"
        await self._registrar.save(name=name, webhook=wish.webhook, secret=wish.secret, keywords=wish.keywords)
        return Receipt(status=Status.STORED, robot=name, reason=text("desk.stored", robot=name))


def status_report(state: Snapshot) -> Report:
    """Say how the app is: data for programs, sentences for readers."""
    data: dict[str, object] = {
        "status": "paused" if state.pause else "ok" if any(robot.ready for robot in state.robots) else "not_set_up",
        "paused_until_ms": None if state.pause is None else state.pause.until_ms,
        "queued": state.queued,
        "sending": state.sending,
        "robots": [_robot(robot) for robot in state.robots],
        "sessions": [_session(view) for view in state.sessions],
        "problems": [problem.kind.value for problem in state.problems],
    }
    words: list[Text] = []
    if state.pause is not None:
        words.append(text("desk.status_paused"))
    words += [_robot_words(robot) for robot in state.robots] or [text("credentials.no_robot")]
    if state.queued:
        words.append(text("desk.status_queued", count=state.queued))
    words += [_session_words(view) for view in state.sessions]
    for problem in state.problems:
        words += [problem.reason, problem.hint]
    return Report(data=data, words=tuple(words))


def _robot(robot: RobotView) -> dict[str, object]:
    return {
        "name": robot.name,
        "default": robot.default,
        "ready": robot.ready,
        "queued": robot.queued,
        "minute_used": robot.minute_used,
        "minute_max": robot.minute_max,
        "month_used": robot.month_used,
        "month_cap": robot.month_cap,
        "limited_until_ms": robot.limited_until_ms,
    }


def _session(view: SessionView) -> dict[str, object]:
    return {
        "session_id": view.id,
        "project": view.project,
        "state": view.state.value,
        "waiting_for": view.waiting_for or None,
        "tool_calls": view.tools,
        "tokens": view.tokens,
    }


def _session_words(view: SessionView) -> Text:
    project = view.project or view.title or view.id
    return text(f"sessions.status_{view.state.value}", project=project, tools=view.tools, tokens=short(view.tokens))


def _robot_words(robot: RobotView) -> Text:
    entry = "desk.robot_ready" if robot.ready else "desk.robot_not_ready"
    return text(
        entry,
        name=robot.name,
        used=robot.minute_used,
        most=robot.minute_max,
        month=robot.month_used,
        cap=robot.month_cap,
    )
