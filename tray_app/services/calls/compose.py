"""From an agent's call to the message: signed off, or filled with what the session's own records tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tray_app.core.delivery.delivery import Origin
from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.message import Message
from tray_app.core.messages.requests import Send, SessionReport, TaskReport
from tray_app.core.reports import templates
from tray_app.core.sessions.session import Session
from tray_app.core.settings.routes import by_project
from tray_app.core.settings.settings import Settings
from tray_app.services.ports import Clock, Operator
from tray_app.services.sessions.attribution import Attribution, as_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message, the robot that was asked for, and where it comes from, with its session if that is known."""

    message: Message
    robot: str
    origin: Origin


class Composer:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        sessions: Attribution,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        agents: Mapping[str, str],
    ) -> None:
        """`catalog` is the language of messages, `agents` what people call each kind of agent."""
        self._sessions = sessions
        self._operator = operator
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._agents = agents

    def known(self, origin: Origin) -> Origin:
        """The origin with its session, if that is known already."""
        return origin if origin.session else as_from(origin, self._sessions.known(origin))

    async def found(self, origin: Origin) -> Origin:
        """The origin with its session; a moment is waited for word of who it is."""
        return as_from(origin, await self._sessions.found(origin))

    def later(self, origin: Origin) -> None:
        """Write to the history whose message it was, when that is known."""
        self._sessions.later(origin)

    async def compose(self, prepared: Send | SessionReport | TaskReport, origin: Origin) -> Composed:
        """Write the message."""
        if isinstance(prepared, Send):
            return await self._send(prepared, origin)
        session = await self._sessions.measured(origin)
        operator = await self._operator.name("" if session is None else session.cwd)
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone()
        words, agent = self._catalog(), self._called(session, origin)
        if isinstance(prepared, SessionReport):
            message = templates.session_report(
                prepared,
                agent=agent,
                operator=operator,
                finished_at=now,
                catalog=words,
                session=session,
                kept=self._settings().history.store_content,
                template=self._settings().templates.session_end,
            )
        else:
            message = templates.task_report(
                prepared, agent=agent, operator=operator, finished_at=now, catalog=words, session=session
            )
        return Composed(message=message, robot=prepared.robot, origin=as_from(origin, session))

    def _called(self, session: Session | None, origin: Origin) -> str:
        """Name the agent: its session's, else the kind that the caller's program or token is of, else its client."""
        said = ("" if session is None else session.agent, origin.client, origin.grant)
        return next((self._agents[one] for one in said if one in self._agents), origin.grant)

    async def _send(self, prepared: Send, origin: Origin) -> Composed:
        """Whose call it was is learnt meanwhile, or before where the robot depends on it."""
        matters = not prepared.robot and by_project(self._settings().routes)
        session = await self._sessions.found(origin) if matters else self._sessions.known(origin)
        message = prepared.message
        if prepared.signed_off:
            operator = await self._operator.name("" if session is None else session.cwd)
            message = templates.signed_off(message, operator=operator)
        return Composed(message=message, robot=prepared.robot, origin=as_from(origin, session))
