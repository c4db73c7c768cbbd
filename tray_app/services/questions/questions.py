"""Questions that agents ask in the terminal: each waits here beside the terminal, and the first answer wins.

Nothing is answered by silence. An answer counts once its line of the audit is on the disk, and is given only then. What
waits goes with the app: the agent's connection ends, and the dialog in the terminal stays.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import fit
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.questions.answers import UnknownAnswer, offered, reply_of
from tray_app.core.questions.question import AgentPrompt, AgentQuestion, Over, Reply, fits, over_by
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.signals import Ended, GoesOn, Signal, SubAgentDone
from tray_app.core.sessions.session import PendingCall
from tray_app.core.settings.settings import Settings
from tray_app.core.state.snapshot import QuestionView
from tray_app.services.ports import Clock
from tray_app.services.questions.calls import answered

log = logging.getLogger(__name__)
MOST_WAITING = 300
_MOST_OVER = 1_000
_MINUTE_MS = 60_000
_SAID_CHARS = 200
_WRITTEN_MS = 300  # the client writes its records down after a moment: until then an older call may stand for this one
_UNSHOWN_MS = 180_000  # in which the desktop, and then the phone, is told


class AnswerLog(Protocol):
    """The audit. May raise StoreUnavailable."""

    def keep(self, entry: AuditEntry) -> None:
        """Add a decision."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiting:
    """`reply` is the owner's, once `settled`; None: there is none. `taken` while an answer is being kept."""

    question: AgentQuestion
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    reply: Reply | None = None
    taken: bool = False


class Questions:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        records: AnswerLog,
        lasting: Callable[[], Awaitable[None]],
        clock: Clock,
        settings: Callable[[], Settings],
        project: Callable[[AgentPrompt], str],
        asked: Callable[[str, AgentPrompt], None],
        new_id: Callable[[], str],
        changed: Callable[[], None],
        unshown: Callable[[AgentPrompt], bool] = lambda _prompt: False,
    ) -> None:
        """`lasting` waits until what was kept is on the disk; `project` names a prompt's; `asked` hears of each.

        `unshown`: the terminal shows it only when nobody has answered here, so it waits here for three minutes at most.
        """
        self._unshown = unshown
        self._records = records
        self._lasting = lasting
        self._clock = clock
        self._settings = settings
        self._project = project
        self._asked = asked
        self._new_id = new_id
        self._changed = changed
        self._waiting: dict[str, _Waiting] = {}
        self._over: OrderedDict[str, Over] = OrderedDict()

    def waiting(self) -> Sequence[AgentQuestion]:
        """What waits, oldest first."""
        return tuple(one.question for one in self._waiting.values())

    def views(self) -> tuple[QuestionView, ...]:
        """What waits, for the snapshot."""
        return tuple(question_view(one.question) for one in self._waiting.values())

    async def ask(self, agent: str, prompt: AgentPrompt) -> Reply | None:
        """Wait for the owner's answer; None: nobody gave one here. Cancelled where the agent waits no more."""
        rules = self._settings().questions
        if not rules.ask or len(self._waiting) >= MOST_WAITING:
            return None
        now_ms = self._clock.now_ms()
        wait_ms = rules.wait_min * _MINUTE_MS
        if self._unshown(prompt):
            wait_ms = min(wait_ms, _UNSHOWN_MS)
        question = AgentQuestion(
            id=self._new_id(),
            agent=agent,
            project=self._project(prompt),
            prompt=prompt,
            asked_ms=now_ms,
            expires_ms=now_ms + wait_ms,
        )
        one = self._waiting[question.id] = _Waiting(question=question)
        self._asked(agent, prompt)
        self._changed()
        try:
            await self._clock.wait(one.settled, wait_ms)
            self._end(one, Over.EXPIRED)
        finally:
            self._end(one, Over.ELSEWHERE)  # the agent waits no more
        return one.reply

    async def answer(self, question_id: str, reply: Reply, *, by: Source) -> AgentQuestion:
        """Give the owner's answer. Raises TrayAppError: nobody asks that, somebody was first, or it cannot be kept."""
        one = self._waiting.get(question_id)
        if one is None:
            raise self._gone(question_id)
        if one.taken:
            raise TrayAppError(text("questions.taken"), text("questions.over_hint"))
        if not fits(one.question.prompt, reply):
            raise _unfit()
        one.taken = True
        try:
            self._records.keep(self._entry(one.question, reply, by))
            await self._lasting()
        finally:
            one.taken = False
        if one.settled.is_set():  # it was answered in the terminal meanwhile
            raise self._gone(question_id)
        one.reply = reply
        self._end(one, over_by(reply))
        return one.question

    async def say(self, question_id: str, word: str, *, by: Source, own: str = "") -> AgentQuestion:
        """Give one of the answers offered, by its word. Raises TrayAppError as `answer` does."""
        one = self._waiting.get(question_id)
        if one is None:
            raise self._gone(question_id)
        try:
            reply = reply_of(one.question.prompt, word, own=own)
        except UnknownAnswer:
            raise _unfit() from None
        return await self.answer(question_id, reply, by=by)

    def fate(self, question_id: str) -> Text | None:
        """Say what became of a question; None while it waits."""
        return None if question_id in self._waiting else self._gone(question_id).reason

    def hear(self, live: Live, signal: Signal) -> None:
        """A session that goes on, or ended, asks no more what it asked before: it was answered in the terminal."""
        mine = [
            one
            for one in self._waiting.values()
            if one.question.prompt.session == live.session_id and one.question.asked_ms <= signal.at_ms
        ]
        for one in self._over_by(mine, signal):
            self._end(one, Over.ELSEWHERE)

    def see_calls(self, session_id: str, *, before: Sequence[PendingCall], now: Sequence[PendingCall]) -> None:
        """A session's calls without a result have changed: of several that were asked one may have been answered."""
        mine = [
            one
            for one in self._waiting.values()
            if one.question.prompt.session == session_id
            and not one.question.prompt.sub_agent_id
            and self._clock.age_ms(one.question.asked_ms) >= _WRITTEN_MS
        ]
        over = answered([one.question for one in mine], before=before, now=now)
        for one in mine:
            if one.question in over:
                self._end(one, Over.ELSEWHERE)

    def _over_by(self, mine: Sequence[_Waiting], signal: Signal) -> Sequence[_Waiting]:
        """Which of a session's questions a signal ends. What a sub-agent asks waits while its session goes on."""
        match signal:
            case Ended():
                return mine
            case SubAgentDone(agent_id=agent_id):
                return [one for one in mine if one.question.prompt.sub_agent_id == agent_id]
            case GoesOn():
                return [one for one in mine if not one.question.prompt.sub_agent_id]
            case _:
                return []

    def _gone(self, question_id: str) -> TrayAppError:
        over = self._over.get(question_id)
        entry = "unknown" if over is None else over.value
        return TrayAppError(text(f"questions.over_{entry}"), text("questions.over_hint"))

    def _end(self, one: _Waiting, over: Over) -> None:
        """Once; what is said later is too late."""
        if self._waiting.pop(one.question.id, None) is None:
            return
        one.settled.set()
        self._over[one.question.id] = over
        if len(self._over) > _MOST_OVER:
            self._over.popitem(last=False)
        self._changed()

    def _entry(self, question: AgentQuestion, reply: Reply, by: Source) -> AuditEntry:
        """One line of the audit; what was asked about is not kept, for a secret may be in it."""
        denied = over_by(reply) is Over.DENIED
        return AuditEntry(
            id=question.id,
            at_ms=self._clock.now_ms(),
            tool=question.prompt.tool,
            client=question.agent,
            grant="",
            session=question.prompt.session,
            decision=DecisionKind.DENY if denied else DecisionKind.ALLOW,
            rule=f"question.{by}",
            reason=text("questions.audit_denied" if denied else "questions.audit_allowed", project=question.project),
        )


def _unfit() -> TrayAppError:
    return TrayAppError(text("questions.unfit"), text("questions.unfit_hint"))


def question_view(question: AgentQuestion) -> QuestionView:
    """One line of the snapshot."""
    prompt = question.prompt
    return QuestionView(
        id=question.id,
        agent=question.agent,
        project=question.project,
        session=prompt.session,
        tool=prompt.tool,
        kind=prompt.kind,
        said=fit(prompt.said, _SAID_CHARS),
        asked_ms=question.asked_ms,
        expires_ms=question.expires_ms,
        answers=offered(prompt),
    )
