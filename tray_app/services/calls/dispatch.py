"""Where agents' calls are dispatched: each intent goes to the service that fulfils it, past the owner's policy."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import assert_never

from tray_app.core.delivery.delivery import Origin
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.requests import (
    ConfigureRobot,
    Intent,
    ReadDelivery,
    ReadStatus,
    Send,
    SessionReport,
    TaskReport,
)
from tray_app.core.robots.credentials import host_of
from tray_app.core.sessions.figures import short
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.place import named
from tray_app.core.state.snapshot import RobotView, Snapshot
from tray_app.services.approvals.pending_actions import Action
from tray_app.services.calls.compose import Composer
from tray_app.services.calls.guarded import GuardedCalls, PreparedCall
from tray_app.services.history.history import History
from tray_app.services.robots.setup import RobotSetup
from tray_app.services.submit.submit import Submitter


class ToolCallDispatcher:
    """Implements the MCP adapter's door. Raises TrayAppError where the asker can mend something."""

    def __init__(
        self,
        *,
        composer: Composer,
        guarded: GuardedCalls,
        notify: Submitter,
        history: History,
        robots: RobotSetup,
        snapshot: Callable[[], Snapshot],
        called: Callable[[str], None] = lambda _grant: None,
    ) -> None:
        """`snapshot` builds the state as of now; `called` counts calls."""
        self._composer = composer
        self._guarded = guarded
        self._notify = notify
        self._history = history
        self._robots = robots
        self._snapshot = snapshot
        self._called = called

    def hides(self, tool: str) -> bool:
        """Whether the owner's policy keeps this tool from being listed."""
        return self._guarded.hides(tool)

    def refuse_hidden(self, origin: Origin, arguments: Mapping[str, object]) -> Receipt | None:
        """Refuse a call of a hidden tool before its arguments are looked at; it counts as the client's call."""
        refusal = self._guarded.refuse_hidden(self._composer.known(origin), arguments)
        if refusal is not None:
            self._called(origin.grant)
        return refusal

    async def handle(self, intent: Intent, origin: Origin, arguments: Mapping[str, object]) -> Receipt | Report:
        """Fulfil one intent, as far as the policy lets it; `arguments` are those of the call, for its rules."""
        self._called(origin.grant)
        match intent:
            case Send() | SessionReport() | TaskReport():
                return await self._send(intent, origin, arguments)
            case ConfigureRobot(webhook=webhook) if not webhook:
                prepare: Callable[[], Awaitable[PreparedCall]] = _advising
            case ConfigureRobot():
                prepare = partial(self._prepared_configure, intent)
            case ReadStatus():
                prepare = partial(_reading, self._status)
            case ReadDelivery(delivery_id=delivery_id):
                prepare = partial(_reading, partial(self._delivery, delivery_id))
            case _:
                assert_never(intent)
        return await self._guarded.pass_on(await self._with_session(origin, arguments), arguments, prepare)

    async def _send(
        self, prepared: Send | SessionReport | TaskReport, origin: Origin, arguments: Mapping[str, object]
    ) -> Receipt:
        made = await self._composer.compose(prepared, origin)
        origin = await self._with_session(made.origin, arguments)
        call = self._guarded.call(origin, arguments)
        try:
            return await self._notify.send(made.message, robot=made.robot, origin=origin, call=call)
        finally:  # also where the caller has gone away: the message was accepted
            self._composer.later(origin)

    async def _with_session(self, origin: Origin, arguments: Mapping[str, object]) -> Origin:
        """Learn which session calls; a moment is waited for word of that where the policy's answer hangs on it."""
        origin = self._composer.known(origin)
        if origin.call_id and not origin.session and self._guarded.needs_session(origin, arguments):
            origin = await self._composer.found(origin)
        return origin

    async def _status(self) -> Report:
        return status_report(self._snapshot())

    async def _delivery(self, delivery_id: str) -> Receipt | Report:
        return self._guarded.report(delivery_id) or self._history.report(delivery_id)

    async def _prepared_configure(self, intent: ConfigureRobot) -> PreparedCall:
        """Say what storing a robot would do; of webhook and key the last four characters show, as everywhere."""
        name = intent.robot or "default"
        found = await self._robots.checked(
            name=name, webhook=intent.webhook, secret=intent.secret, keywords=intent.keywords
        )
        host = host_of(found.webhook)
        before = next((robot for robot in self._snapshot().robots if robot.name == name), None)
        details = (
            (text("approvals.field_name"), name)
            if before is None
            else (text("approvals.field_replaces"), f"{name} ({before.host})"),
            (text("approvals.field_webhook"), f"{host} … {found.webhook.last4()}"),
            (text("approvals.field_secret"), f"… {found.secret.last4()}" if found.secret else "–"),
            (text("approvals.field_keywords"), ", ".join(found.keywords) or "–"),
        )
        return PreparedCall(action=self._store(name, found), title=f"{name} ({host})", robot=name, details=details)

    def _store(self, name: str, found: Credentials) -> Action:
        async def store() -> Receipt:
            await self._robots.save(name=name, webhook=found.webhook, secret=found.secret, keywords=found.keywords)
            return Receipt(status=Status.STORED, robot=name, reason=text("desk.stored", robot=name))

        return store


async def _reading(action: Action) -> PreparedCall:
    return PreparedCall(action=action)


async def _advising() -> PreparedCall:
    return PreparedCall(action=_how, advice=True)


async def _how() -> Receipt:
    """Say how a robot is set up without its webhook passing through a model."""
    return Receipt(status=Status.HELP, reason=text("desk.configure_how"), hint=text("desk.configure_how_hint"))


def status_report(state: Snapshot) -> Report:
    """Say how the app is: data for programs, sentences for readers. A robot for the owner alone is not theirs."""
    robots = [robot for robot in state.robots if robot.paired is None]
    data: dict[str, object] = {
        "status": "paused" if state.pause else "ok" if any(robot.ready for robot in robots) else "not_set_up",
        "paused_until_ms": None if state.pause is None else state.pause.until_ms,
        "queued": state.queued,
        "sending": state.sending,
        "robots": [_robot(robot) for robot in robots],
        "sessions": [_session(view) for view in state.sessions],
        "problems": [problem.kind.value for problem in state.problems],
    }
    words: list[Text] = []
    if state.pause is not None:
        words.append(text("desk.status_paused"))
    words += [_robot_words(robot) for robot in robots] or [text("credentials.no_robot")]
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
        "waits_until_ms": robot.waits_until_ms,
    }


def _session(view: SessionView) -> dict[str, object]:
    return {
        "session_id": view.id,
        "project": view.project,
        "worktree": view.worktree or None,
        "state": view.state.value,
        "waiting_for": view.waiting_for or None,
        "tool_calls": view.tools,
        "tokens": view.tokens,
    }


def _session_words(view: SessionView) -> Text:
    project = named(view.project, view.worktree) or view.title or view.id
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
