"""Tells people by themselves what the rules of notices say, once, and remembers what was told."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text
from tray_app.core.messages.message import Mentions, Message
from tray_app.core.notices.rules import (
    MERGE_MS,
    Hush,
    NoticeCause,
    Watch,
    absorb,
    due,
    hear,
    hush,
    is_over,
    next_due,
    without_wait,
)
from tray_app.core.notices.words import Notice
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import GoesOn, Signal, TurnBegan
from tray_app.core.sessions.session import Session
from tray_app.core.settings.notices import KindRule, NoticeKind, NoticeRules
from tray_app.services.notices.pacer import Pacer
from tray_app.services.notices.told import NotifiedWaits
from tray_app.services.notices.writer import NoticeWriter
from tray_app.services.ports import Clock, StateStore
from tray_app.services.sessions.tracker import SessionTracker

log = logging.getLogger(__name__)
REPORTING_TOOLS = ("dingtalk_notify_session_end", "dingtalk_notify_task_complete")
_MOST_WATCHED = 500


class MessageSubmitter(Protocol):
    """The one door of all messages."""

    async def send(self, message: Message, *, robot: str, origin: Origin, wait_s: float | None = None) -> Receipt:
        """Send."""
        ...

    def withhold(self, message: Message, *, robot: str, origin: Origin, reason: Text, hint: Text) -> None:
        """Keep in the history what is not sent, and why."""
        ...


class Reports(Protocol):
    """What agents have sent themselves. Raises StoreUnavailable."""

    def reported(self, session_id: str, *, tools: Sequence[str], since_ms: int) -> bool:
        """Whether such a call has arrived, or will."""
        ...


class Notifier:
    """`hear()` takes signals, `run()` sends; both on the engine's loop."""

    def __init__(
        self,
        *,
        submitter: MessageSubmitter,
        memory: StateStore,
        reports: Reports,
        writer: NoticeWriter,
        clock: Clock,
        local: Callable[[int], datetime],
        sessions: SessionTracker,
        route: Callable[[Origin], str],
        rules: Callable[[Session | None], NoticeRules],
    ) -> None:
        """`local` gives the owner's time; `route` names the robot of what asks for none, as for every message.

        Only what goes to one robot is merged, so routes are asked here already; a kind's own robot comes before them.
        """
        self._sessions = sessions
        self._route = route
        self._submitter = submitter
        self._reports = reports
        self._writer = writer
        self._clock = clock
        self._rules_for = rules
        self._local = local
        self._watches: dict[str, Watch] = {}
        self._pending: tuple[NoticeCause, ...] = ()
        self._flush_at: int | None = None
        self._hushed: list[tuple[NoticeCause, Hush]] = []
        self._told = NotifiedWaits(memory, clock)
        self._pacer = Pacer(clock)
        self._woken = asyncio.Event()

    def hear(self, live: Live, signal: Signal) -> None:
        """Take what a session does."""
        name = live.session_id
        watch = self._watches.pop(name, None) or Watch(session_id=name, turn_ms=live.prompted_ms or live.since_ms)
        told_ms = self._told.before(name)
        watch, cause = hear(watch, signal, self._rules(name), steady=self._clock.steady_ms(), told_before_ms=told_ms)
        self._watches[name] = watch
        if len(self._watches) > _MOST_WATCHED:
            del self._watches[next(iter(self._watches))]
        if isinstance(signal, GoesOn | TurnBegan) and watch.wait is None:
            self._pending = without_wait(self._pending, name)
        if cause is not None:
            self._raise(cause)
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.step()
            except Exception:
                log.exception("a notice could not be sent")
            await self._clock.wait(self._woken, self._next_ms())

    async def step(self) -> None:
        """Do what is due now."""
        steady = self._clock.steady_ms()
        for name, watch in list(self._watches.items()):
            self._watches[name], cause = due(watch, self._rules(name), steady=steady)
            if cause is not None:
                self._raise(cause)
        for cause in self._pacer.release():
            self._raise(cause)
        if self._flush_at is not None and steady >= self._flush_at:
            await self.flush()
        await self._withhold()

    async def flush(self) -> None:
        """Send what waits to be sent together, now."""
        causes, self._pending, self._flush_at = self._pending, (), None
        groups: dict[str, list[tuple[Notice, KindRule]]] = {}
        for cause in causes:
            told = await self._measure(cause)
            why = self._why_not(cause)  # the agent's own report may have been found out only now
            if why is not None:
                self._hushed.append((cause, why))
                continue
            rule = self._rules_for(told.session).rules[cause.kind]
            over = is_over(cause, self._watches.get(cause.session_id), told.session)
            if (
                over or not rule.alone
            ):  # whose session it is has been learnt, or the owner's mind changed, in the meantime
                continue
            robot = rule.robot or self._route(_origin([told]))
            if self._pacer.holds(robot, cause, gap_ms=rule.gap_ms):
                continue
            groups.setdefault(robot, []).append((told, rule))
        for robot, parts in groups.items():
            await self._send(robot, parts)
        await self._withhold()

    def _raise(self, cause: NoticeCause) -> None:
        why = self._why_not(cause)
        if why is not None:
            self._hushed.append((cause, why))
            return
        self._pending = absorb(self._pending, cause)
        if self._flush_at is None:
            self._flush_at = self._clock.steady_ms() + MERGE_MS

    def _why_not(self, cause: NoticeCause) -> Hush | None:
        now = self._local(self._clock.now_ms())
        return hush(
            cause, self._rules(cause.session_id), minute=now.hour * 60 + now.minute, agent_told=self._agent_told(cause)
        )

    def _agent_told(self, cause: NoticeCause) -> bool:
        if cause.kind not in {NoticeKind.SESSION_END, NoticeKind.TASK_DONE}:
            return False
        try:
            return self._reports.reported(cause.session_id, tools=REPORTING_TOOLS, since_ms=cause.turn_ms)
        except StoreUnavailable:
            return False

    async def _measure(self, cause: NoticeCause) -> Notice:
        session = await self._sessions.measured(cause.session_id)
        session = session or Session(session_id=cause.session_id)
        agent = self._sessions.titles.get(session.agent, "")
        details = self._rules_for(session).waiting.details
        return Notice(cause=cause, session=session, agent=agent, now_ms=self._clock.now_ms(), details=details)

    async def _send(self, robot: str, parts: Sequence[tuple[Notice, KindRule]]) -> None:
        for told, rule in parts:
            self._pacer.told(robot, told.cause, gap_ms=rule.gap_ms)
        messages = [await self._writer.message(told, rule.mentions) for told, rule in parts]
        message = messages[0]
        if len(messages) > 1:
            projects = [told.session.project for told, _ in parts]
            mentions = _all([rule for _, rule in parts])
            message = self._writer.merged(messages, projects=projects, mentions=mentions)
        try:
            await self._submitter.send(message, robot=robot, origin=_origin([told for told, _ in parts]), wait_s=0)
        except TrayAppError as trouble:
            log.warning("a notice was refused: %s", trouble.reason.key)
        self._told.remember([one.cause.session_id for one, _ in parts if one.cause.kind is NoticeKind.WAITING])

    async def _withhold(self) -> None:
        hushed, self._hushed = self._hushed, []
        for cause, why in hushed:
            told = await self._measure(cause)
            rule = self._rules_for(told.session).rules[cause.kind]
            message = await self._writer.message(told, rule.mentions)
            reason, hint = why.words
            self._submitter.withhold(message, robot=rule.robot, origin=_origin([told]), reason=reason, hint=hint)

    def _rules(self, session_id: str) -> NoticeRules:
        return self._rules_for(self._sessions.session(session_id))

    def _next_ms(self) -> int | None:
        times = (next_due(watch) for watch in self._watches.values())
        waits = [when for when in (*times, self._flush_at, self._pacer.next_due()) if when is not None]
        return max(min(waits) - self._clock.steady_ms(), 1) if waits else None


def _origin(told: Sequence[Notice]) -> Origin:
    sessions = {one.session.session_id for one in told}
    projects = dict.fromkeys(one.session.project for one in told)
    agents = dict.fromkeys(one.session.agent for one in told)
    return Origin(
        source=Source.AUTO,
        tool=told[0].cause.kind.value if len(told) == 1 else "notices",
        client=", ".join(agents),
        session=told[0].session.session_id if len(sessions) == 1 else "",
        project=", ".join(projects),
    )


def _all(rules: Sequence[KindRule]) -> Mentions:
    """Everybody whom any of these rules mentions."""
    mobiles = dict.fromkeys(mobile for rule in rules for mobile in rule.mentions.mobiles)
    user_ids = dict.fromkeys(user_id for rule in rules for user_id in rule.mentions.user_ids)
    return Mentions(
        mobiles=tuple(mobiles), user_ids=tuple(user_ids), everyone=any(rule.mentions.everyone for rule in rules)
    )
