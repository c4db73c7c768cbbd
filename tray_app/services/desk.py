"""Where agents' wishes become deeds: each intent goes to the service that fulfils it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, assert_never

from tray_app.core import render
from tray_app.core.errors import TrayAppError
from tray_app.core.intents import Configure, Intent, ReadDelivery, ReadStatus, Send, SessionReport, TaskReport
from tray_app.core.messages import MarkdownMessage, Message
from tray_app.core.outbox import Origin
from tray_app.core.receipt import Receipt, Report, Status
from tray_app.core.secret import Secret
from tray_app.core.settings import Settings
from tray_app.core.snapshot import RobotView, Snapshot
from tray_app.core.texts import Catalog, Text, text
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


class Desk:
    """Implements the MCP adapter's door. Raises TrayAppError where the asker can mend something."""

    def __init__(
        self,
        *,
        notify: Notify,
        history: History,
        registrar: Registrar,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        """`catalog` is the language of messages; `snapshot` builds the state as of now."""
        self._notify = notify
        self._history = history
        self._registrar = registrar
        self._operator = operator
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._snapshot = snapshot

    async def handle(self, intent: Intent, origin: Origin) -> Receipt | Report:
        """Fulfil one intent."""
        match intent:
            case Send(message=message, robot=robot):
                said = await self._signed(message, origin) if intent.signed_off else message
                return await self._notify.send(said, robot=robot, origin=origin)
            case SessionReport() | TaskReport():
                return await self._notify.send(await self._rendered(intent, origin), robot=intent.robot, origin=origin)
            case Configure():
                return await self._configure(intent)
            case ReadStatus():
                return status_report(self._snapshot())
            case ReadDelivery(delivery_id=delivery_id):
                return self._history.report(delivery_id)
            case _:
                assert_never(intent)

    async def _signed(self, message: Message, origin: Origin) -> Message:
        operator = await self._operator.name(origin.project)
        return render.signed_off(message, operator=operator, catalog=self._catalog())

    async def _rendered(self, report: SessionReport | TaskReport, origin: Origin) -> MarkdownMessage:
        operator = await self._operator.name(origin.project)
        finished_at = datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone()
        if isinstance(report, SessionReport):
            return render.session_report(report, operator=operator, finished_at=finished_at, catalog=self._catalog())
        return render.task_report(report, operator=operator, finished_at=finished_at, catalog=self._catalog())

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
        "problems": [problem.kind.value for problem in state.problems],
    }
    words: list[Text] = []
    if state.pause is not None:
        words.append(text("desk.status_paused"))
    words += [_robot_words(robot) for robot in state.robots] or [text("credentials.no_robot")]
    if state.queued:
        words.append(text("desk.status_queued", count=state.queued))
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
