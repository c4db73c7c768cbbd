"""Has the desktop ask its owner of what waits: held calls, and questions of agents."""

from collections.abc import Callable, Sequence
from functools import partial

from tray_app.adapters.tray.tray import Tray
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.approvals.words import body_of, title_of
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.menu.actions import Action, AnswerQuestion, OpenPage, Page, SettleApproval, ShowApproval
from tray_app.core.questions import words as question_words
from tray_app.core.questions.answers import is_lasting, offered
from tray_app.core.questions.question import AgentQuestion
from tray_app.core.state.snapshot import EndpointState, Snapshot

_MANY = "many"
_WAITING, _ELSEWHERE = OpenPage(Page.APPROVALS), text("waiting.elsewhere")
MOST = 3  # that begin to wait at once; more are told as a number
_AGAIN_S = 10.0  # after this, what found no room among the desktop's notifications is tried again


class WaitingPrompts:
    """Lives on the engine's loop; `heard` is called whenever there is a new snapshot."""

    def __init__(
        self,
        *,
        look: Callable[[], Snapshot],
        waiting: Callable[[], Sequence[Approval]],
        questions: Callable[[], Sequence[AgentQuestion]],
        tray: Tray,
        words: Catalog,
        later: Callable[[float, Callable[[], None]], object],
        after_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`waiting` gives the calls that wait in full, and may raise StoreUnavailable; `questions` those of agents.

        `later` does something after so many seconds. Questions are asked of after `after_s`: whoever answers in the
        terminal within that sits there.
        """
        self._look = look
        self._waiting = waiting
        self._questions = questions
        self._tray = tray
        self._words = words
        self._later, self._after_s = later, after_s
        self._seen: set[str] = set()  # questions that wait here
        self._young: set[str] = set()  # those of them that may yet be answered at once
        self._told: set[str] = set()
        self._many = False  # were told as a number
        self._again = False  # another look is to come

    def heard(self) -> None:
        """Ask about what is new. Until the app serves, what the last run left may still be on its way out."""
        snapshot = self._look()
        if snapshot.endpoint is EndpointState.STARTING:
            return
        now = {view.id for view in snapshot.waiting} | {view.id for view in snapshot.questions}
        if not now and not snapshot.store.usable:
            return  # it cannot be read, which does not mean that nothing waits
        for key in self._told - now:
            self._tray.withdraw(key)
        self._told &= now
        self._told |= snapshot.muted_questions
        self._see({view.id for view in snapshot.questions})
        fresh = now - self._told - self._young
        if len(fresh) > MOST:
            title, body = text("questions.status", count=len(now)), _ELSEWHERE
            if self._tray.notify(title, body, key=_MANY, about=_WAITING):
                self._told, self._many = now, True
        elif fresh:
            self._ask_questions(fresh)
            self._ask(fresh)
        if self._many and not now:
            self._many = False
            self._tray.withdraw(_MANY)
        if fresh - self._told:
            self._look_again()

    def _see(self, questions: set[str]) -> None:
        """Give each new question its time."""
        after_s = self._after_s()
        for one in questions - self._seen if after_s else ():
            self._young.add(one)
            self._later(after_s, partial(self._grown, one))
        self._seen = questions
        self._young &= questions

    def _grown(self, question_id: str) -> None:
        self._young.discard(question_id)
        self.heard()

    def _look_again(self) -> None:
        """Once for all that found no room, however often the snapshot changes meanwhile."""
        if not self._again:
            self._again = True
            self._later(_AGAIN_S, self._have_another_look)

    def _have_another_look(self) -> None:
        self._again = False
        self.heard()

    def _ask_questions(self, fresh: set[str]) -> None:
        """At most two answers of this one time stand on it; more are a click away."""
        for question in [one for one in self._questions() if one.id in fresh]:
            short = [(word, said) for word, said in offered(question.prompt) if not is_lasting(word)][:2]
            buttons: list[tuple[Text, Action]] = [(said, AnswerQuestion(question.id, word)) for word, said in short]
            show = OpenPage(Page.APPROVALS, question.id)
            buttons.append((text("waiting.show"), show))
            title, body = question_words.title_of(question), question_words.body_of(question, self._words)
            if self._tray.notify(title, body, buttons, elsewhere=_ELSEWHERE, key=question.id, about=show):
                self._told.add(question.id)

    def _ask(self, fresh: set[str]) -> None:
        """One that finds no room among the desktop's notifications is asked about later."""
        try:
            approvals = [approval for approval in self._waiting() if approval.id in fresh]
        except StoreUnavailable:
            return
        for approval in approvals:
            show = ShowApproval(approval.id)
            buttons = (
                (text("waiting.once"), SettleApproval(approval.id, Answer.ONCE)),
                (text("waiting.deny"), SettleApproval(approval.id, Answer.DENY)),
                (text("waiting.show"), show),
            )
            title, body = title_of(approval), body_of(approval, self._words)
            if self._tray.notify(title, body, buttons, elsewhere=_ELSEWHERE, key=approval.id, about=show):
                self._told.add(approval.id)
