"""One list of what waits for the owner: questions of agents and held calls, each settled by its own service."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.phone.danger import call_stays_here, stays_here
from tray_app.core.phone.message import fits
from tray_app.core.phone.resolve import CHOSEN, Meant
from tray_app.core.phone.shown import without_secrets
from tray_app.core.phone.waiting import Waiting, WaitingKind, from_approval, from_question, kind_only, only_denied
from tray_app.core.questions.answers import DENY, OWN
from tray_app.core.questions.question import AgentQuestion, Chosen
from tray_app.core.settings.phone import Content, PhoneSettings
from tray_app.core.settings.settings import RedactionMode, RedactionSettings
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.questions.questions import Questions
from tray_app.services.submit.redaction import Redaction

log = logging.getLogger(__name__)


class WaitList:
    """Lives on the engine's loop."""

    def __init__(
        self,
        questions: Questions,
        approvals: Approvals,
        settings: Callable[[], PhoneSettings],
        redaction: Redaction,
    ) -> None:
        """Nothing is asked yet."""
        self._questions = questions
        self._approvals = approvals
        self._settings = settings
        self._redaction = redaction
        self._seen: dict[str, Waiting] = {}  # looked through once
        self._seen_by: tuple[PhoneSettings, RedactionSettings] | None = None
        self._held: Sequence[Approval] = ()

    def waiting(self) -> Sequence[Waiting]:
        """What waits, oldest first. Calls are those of the last time where the database cannot be read."""
        settings = self._settings()
        seen_by = (settings, self._redaction.rules)
        if seen_by != self._seen_by:
            self._seen, self._seen_by = {}, seen_by
        try:
            self._held = self._approvals.waiting()
        except StoreUnavailable as trouble:
            log.info("held calls cannot be read: %s", trouble)
        known = self._seen
        self._seen = {
            **{one.id: known.get(one.id) or self._question(one, settings) for one in self._questions.waiting()},
            **{one.id: known.get(one.id) or self._call(one, settings) for one in self._held},
        }
        return sorted(self._seen.values(), key=lambda one: one.asked_ms)

    def _question(self, question: AgentQuestion, settings: PhoneSettings) -> Waiting:
        here = stays_here(question.prompt, settings)
        return self._shown(from_question(question, here=here, lasting=settings.lasting), settings)

    def _call(self, approval: Approval, settings: PhoneSettings) -> Waiting:
        here = call_stays_here(approval, settings)
        return self._shown(from_approval(approval, here=here, lasting=settings.lasting), settings)

    def _shown(self, waiting: Waiting, settings: PhoneSettings) -> Waiting:
        """As the phone may see it. What is kept from it by anything but the owner's wish, it cannot allow."""
        if settings.content is Content.KIND:
            waiting = kind_only(waiting)
        masked = without_secrets(waiting, self._redaction.masked)
        if self._redaction.rules.mode is RedactionMode.REFUSE and masked != waiting:
            return only_denied(replace(masked, details=(), hidden=replace(masked.hidden, details=())))
        return masked if fits(masked) else only_denied(masked)

    async def settle(self, meant: Meant) -> Text:
        """Give this answer, and say what it did.

        Raises TrayAppError where somebody was first, it cannot be kept, or the owner's settings no longer offer it.
        """
        now = next((one for one in self.waiting() if one.id == meant.told.waiting.id), None)
        if now is not None and not _offered(meant, now):
            raise TrayAppError(text("phone.unclear_here"), text("phone.here"))
        waiting, project = meant.told.waiting, meant.told.waiting.project or "-"
        if waiting.kind is WaitingKind.QUESTION:
            if meant.word == CHOSEN:
                await self._questions.answer(waiting.id, Chosen(meant.chosen), by=Source.PHONE)
            else:
                await self._questions.say(waiting.id, meant.word, own=meant.own, by=Source.PHONE)
            if meant.word == DENY:
                return text("phone.denied_words" if meant.own else "phone.denied", project=project)
            chosen = waiting.answer(meant.word)
            allowed = chosen is not None and chosen.allows
            return text("phone.allowed" if allowed else "phone.answered", project=project)
        settled = await self._approvals.settle(waiting.id, Answer(meant.word), by=Source.PHONE)
        denied = settled.state is ApprovalState.DENIED
        return text("phone.call_denied" if denied else "phone.call_approved", project=project)

    def fate(self, waiting: Waiting) -> Text | None:
        """Say what became of it; None while it waits."""
        of = self._questions if waiting.kind is WaitingKind.QUESTION else self._approvals
        return of.fate(waiting.id)


def _offered(meant: Meant, now: Waiting) -> bool:
    """Whether what waits still takes this answer; what was told may be older than the settings."""
    if meant.word == CHOSEN:
        return now.choices == meant.told.waiting.choices
    return meant.word == DENY or (now.own if meant.word == OWN else now.answer(meant.word) is not None)
