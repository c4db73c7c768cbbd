"""What follows the agents' sessions, wired: tracking, notices, summaries, usage."""

import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tray_app.adapters.system.git_worktree import place_of
from tray_app.app.agents.agent import Agent
from tray_app.app.detached import run_detached
from tray_app.app.engine.parts.messages import MessageParts
from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.app.engine.parts.summaries import summaries
from tray_app.core.notices.whose import rules_for
from tray_app.core.questions.question import AgentPrompt, QuestionKind
from tray_app.core.sessions.live.events import HookEvent, Notified
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import Signal
from tray_app.core.sessions.place import Place, last_part
from tray_app.core.sessions.session import Asks, Session
from tray_app.core.settings.notices import NoticeRules
from tray_app.services.notices.mutes import Mutes
from tray_app.services.notices.notifier import Notifier
from tray_app.services.notices.writer import NoticeWriter
from tray_app.services.sessions.agents import WatchedAgent
from tray_app.services.sessions.attribution import Attribution
from tray_app.services.sessions.budget import BudgetWatch
from tray_app.services.sessions.places import Places
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.sessions.running import HearCalls
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.sessions.usage import UsageQueries

log = logging.getLogger(__name__)
_FOLDERS = 100


class SessionParts:
    """`track`, `notices` and `attribution`; start and stop them together."""

    def __init__(
        self,
        shared: Shared,
        sending: SendingParts,
        messages: MessageParts,
        *,
        agents: Sequence[Agent],
        heard: Callable[[Live, Signal], None],
        calls: HearCalls,
        hooked: Callable[[HookEvent], None],
    ) -> None:
        """Wire; nothing is read yet. `heard`, `calls` and `hooked` hear of sessions, too."""
        store, route = sending.store, messages.routing.robot
        self._heard, self._hooked, self._settings = heard, hooked, shared.settings
        environ, clock = shared.given.environ, shared.clock
        self.track = SessionTracker(
            agents=[
                WatchedAgent(
                    name=one.name,
                    title=one.title,
                    records=one.records(environ, Path.home(), now_ms=clock.now_ms, keep_in=shared.given.paths.data),
                )
                for one in agents
            ],
            archive=store.sessions,
            clock=clock,
            places=Places(_places_of, store.sessions),
            local_day=lambda at_ms: _local(at_ms).strftime("%Y-%m-%d"),
            prices=lambda: shared.settings().prices,
            heard=self._hear,
            calls=calls,
            changed=shared.changed,
        )
        self.mutes = Mutes(store, clock, new_id=shared.new_id, changed=shared.changed)
        self.notices = Notifier(
            submitter=messages.submitter,
            memory=store,
            reports=store.sessions,
            writer=NoticeWriter(
                operator=shared.operator,
                catalog=shared.catalog,
                local=_local,
                words=lambda: shared.settings().templates,
            ),
            clock=clock,
            local=_local,
            sessions=self.track,
            route=route,
            rules=self._rules,
        )
        self.queries = SessionQueries(
            tracker=self.track,
            archive=store.session_ranges,
            aside=store.reads.run,
            counts=store.sessions,
            prices_as_of=min(one.prices_as_of for one in agents),
            prices=lambda: shared.settings().prices,
        )
        self.usage = UsageQueries(
            archive=store.session_ranges,
            aside=store.reads.run,
            prices=lambda: shared.settings().prices,
            hurry=self.track.hurry,
            local_day=lambda at_ms: _local(at_ms).strftime("%Y-%m-%d"),
            midnight=_midnight,
        )
        self.budget = BudgetWatch(
            archive=store.session_ranges,
            aside=store.reads.run,
            clock=clock,
            settings=shared.settings,
            local_day=self.usage.local_day,
            midnight=_midnight,
            changed=shared.changed,
        )
        self.summaries = summaries(
            shared,
            store=store,
            submitter=messages.submitter,
            sessions=self.queries,
            rules=self._rules,
            route=route,
            paused=lambda: sending.pause.current() is not None,
        )
        self.attribution = Attribution(self.track.call_index, self.track, store.sessions, changed=shared.changed)

    def _rules(self, session: Session | None) -> NoticeRules:
        """What holds for a session."""
        settings = self._settings()
        home, mutes = str(Path.home()), self.mutes.current()
        return rules_for(session, settings.notices, home=home, routes=settings.routes, mutes=mutes)

    def project_of(self, prompt: AgentPrompt) -> str:
        """Name the project of what an agent asks."""
        session = self.track.session(prompt.session)
        return (session.project if session is not None else "") or last_part(prompt.cwd)

    def unshown(self, prompt: AgentPrompt) -> bool:
        """Whether the terminal does not show it while it waits here: a sub-agent's hook is run before its dialog."""
        session = self.track.session(prompt.session)
        return bool(prompt.sub_agent_id) and not (session is not None and session.scripted)

    def asked(self, agent: str, prompt: AgentPrompt) -> None:
        """An agent asks its person: its session waits."""
        asks = Asks.PERMISSION if prompt.kind is QuestionKind.PERMISSION else Asks.INPUT
        self.track.on_hook(HookEvent(session_id=prompt.session, what=Notified(asks=asks), agent=agent, cwd=prompt.cwd))

    def on_hook(self, event: HookEvent) -> None:
        """Take one event of a hook."""
        self.track.on_hook(event)
        self._hooked(event)

    def _hear(self, live: Live, signal: Signal) -> None:
        self.notices.hear(live, signal)
        self._heard(live, signal)

    def start(self, keep: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Begin to look and to tell; `keep` runs a task until the app stops."""
        keep(self.track.run())
        keep(self.notices.run())
        keep(self.summaries.run())

    def folders(self) -> list[str]:
        """Folders of known sessions, the newest first."""
        listed = self.track.listing(everything=True, limit=_FOLDERS)
        return list(dict.fromkeys(str(one.get("main_folder") or one["cwd"]) for one in listed if one["cwd"]))

    async def stop(self) -> None:
        """Send what waits to be sent together, and keep what was measured."""
        try:
            await self.notices.flush()
        except Exception:
            log.exception("notices could not be sent at the end")
        with contextlib.suppress(Exception):
            self.track.stop()

    async def close(self) -> None:
        """End the reading."""
        await self.track.close()


async def _places_of(folders: Collection[str]) -> list[Place]:
    return await run_detached(lambda: [place_of(folder) for folder in folders])


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time()).astimezone().timestamp() * 1000)
