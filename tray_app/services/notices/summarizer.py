"""Sends each robot's group one summary of the day or week: once for each day, over restarts too."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.message import MarkdownMessage
from tray_app.core.notices import summary as summary_words
from tray_app.core.notices import summary_times
from tray_app.core.notices.summary import Span, Worked
from tray_app.core.notices.summary_times import SummaryState
from tray_app.core.reports import templates
from tray_app.core.settings.notices import NoticeSettings
from tray_app.core.settings.settings import Settings
from tray_app.services.notices.notifier import MessageSubmitter
from tray_app.services.notices.worked import WorkedSessions, shares_of
from tray_app.services.ports import Clock, Operator, StateStore

log = logging.getLogger(__name__)
TOOL = "summary"
_STATE = "summary"
_READING_MS = 500  # while records are read, after the start


class KeptState(StateStore, Protocol):
    """Small values on the disk."""

    async def lasting(self) -> None:
        """Wait until what was written outlives a power cut. Raises StoreUnavailable."""
        ...


class Summarizer:
    """`run()` looks every few minutes whether one is due; on the engine's loop.

    What is due while sends are paused, in quiet hours or while the app is off is sent as soon as it may be.
    """

    def __init__(
        self,
        *,
        submitter: MessageSubmitter,
        memory: KeptState,
        worked: WorkedSessions,
        operator: Operator,
        clock: Clock,
        catalog: Callable[[], Catalog],
        local: Callable[[int], datetime],
        settings: Callable[[], Settings],
        paused: Callable[[], bool],
    ) -> None:
        """`local` gives the owner's time."""
        self._submitter, self._memory, self._worked, self._operator = submitter, memory, worked, operator
        self._clock, self._catalog, self._local = clock, catalog, local
        self._settings, self._paused = settings, paused
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.step()
            except StoreUnavailable:
                log.warning("the summary waits: what was told cannot be kept now")
            except Exception:
                log.exception("a summary could not be sent")
            now = self._local(self._clock.now_ms())
            wait_ms = summary_times.wait_ms(now, minute=self._rule.summary.at)
            await self._clock.wait(self._woken, wait_ms if self._worked.are_known else min(wait_ms, _READING_MS))

    async def step(self) -> None:
        """Send what is due now. Raises StoreUnavailable: then nothing was sent that is not on record."""
        now_ms = self._clock.now_ms()
        now, rule = self._local(now_ms), self._rule.summary
        state = summary_times.from_data(self._memory.read_state(_STATE))
        if not rule.enabled:
            if state is not None:
                self._memory.write_state(_STATE, None)
            return
        day = summary_times.last_due(now, minute=rule.at, weekday=rule.weekday)
        if state is None or not summary_times.is_sane(state, now):
            await self._keep(summary_times.first(day, now, now_ms=now_ms))
            return
        begun = summary_times.begin(state, day, now, now_ms=now_ms)
        held = self._paused() or self._rule.quiet_hours.hold(now.hour * 60 + now.minute)
        if begun is not None and not held and self._settings().robots and self._worked.are_known:
            await self._tell(begun, now)

    @property
    def _rule(self) -> NoticeSettings:
        return self._settings().notices

    async def _tell(self, state: SummaryState, now: datetime) -> None:
        """Send each robot's, on record before it is sent; then remember what was told of each session."""
        worked = await self._worked.since(state)
        day = state.begun or state.day
        since = self._local(state.until_ms).date()
        span = Span(since=since, day=day, today=now.date(), week=self._rule.summary.weekday is not None)
        for robot, parts in self._worked.by_robot(worked).items():
            if robot in state.robots or all(one.told for one in parts):
                continue
            message = await self._message(parts, span)
            state = replace(state, robots=(*state.robots, robot))
            await self._keep(state)
            await self._send(message, robot, parts)
        await self._keep(SummaryState(day=day, until_ms=state.cut_ms, shares=shares_of(worked)))

    async def _message(self, worked: Sequence[Worked], span: Span) -> MarkdownMessage:
        operator = await self._operator.name(worked[0].session.cwd)
        moment = templates.clock(self._local(self._clock.now_ms()))
        return summary_words.message(worked, span, self._catalog(), operator=operator, moment=moment)

    async def _send(self, message: MarkdownMessage, robot: str, worked: Sequence[Worked]) -> None:
        agents = dict.fromkeys(one.session.agent for one in worked)
        projects = dict.fromkeys(one.session.project for one in worked if one.session.project)
        origin = Origin(source=Source.AUTO, tool=TOOL, client=", ".join(agents), project=", ".join(projects))
        try:
            await self._submitter.send(message, robot=robot, origin=origin, wait_s=0)
        except TrayAppError as trouble:
            log.warning("a summary was refused: %s", trouble.reason.key)

    async def _keep(self, state: SummaryState) -> None:
        self._memory.write_state(_STATE, summary_times.to_data(state))
        await self._memory.lasting()
