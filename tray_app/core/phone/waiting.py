"""What waits for the owner, whatever it is, as the phone is told of it: an agent's question or a held call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.approvals.words import title_of as call_title
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.markdown import one_line
from tray_app.core.questions import answers
from tray_app.core.questions.question import AgentPrompt, AgentQuestion, Choice, ChoiceOption, Details, QuestionKind
from tray_app.core.questions.words import title_of as question_title
from tray_app.core.redaction.kinds import Masked
from tray_app.core.sessions.session import Session

_ALLOWING = frozenset({answers.ALLOW, answers.APPROVE, Answer.ONCE})
_LASTING_CALLS = ((Answer.SESSION, text("waiting.session")), (Answer.ALWAYS, text("waiting.always")))


class WaitingKind(StrEnum):
    """Which service settles it."""

    QUESTION = "question"
    CALL = "call"
    DONE = "done"  # a session that is done, and may be given words


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """One answer that is offered: its stable word, and what people read."""

    word: str
    said: Text

    @property
    def allows(self) -> bool:
        """Whether "allow" means this one."""
        return self.word in _ALLOWING

    @property
    def denies(self) -> bool:
        """Whether "deny" means this one."""
        return self.word == answers.DENY


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """The secrets that were masked: in the title, in the answers, in each of the details."""

    title: Masked = ()
    answers: Masked = ()
    details: tuple[Masked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits. `answers` are all that the phone may give, in the order of their numbers from 1.

    `own`: words of the owner are an answer too. `here`: it can be allowed at the computer only; `choices`: it
    takes an answer to each of these, by the numbers of their options. `unseen`: not all that it asks about can be seen
    there. `unshown`: the terminal shows it only if nobody answers elsewhere. `asked_ms` is wall-clock milliseconds.
    `hidden` is what was masked in the words above.
    """

    id: str
    kind: WaitingKind
    project: str
    title: Text
    details: Details
    answers: tuple[PhoneAnswer, ...]
    asked_ms: int
    own: bool = False
    here: bool = False
    unseen: bool = False
    unshown: bool = False
    choices: tuple[Choice, ...] = ()
    hidden: Hidden = Hidden()

    def answer(self, word: str) -> PhoneAnswer | None:
        """Find the answer of this word among those that are offered."""
        return next((one for one in self.answers if one.word == word), None)


def from_question(question: AgentQuestion, *, here: bool, lasting: bool) -> Waiting:
    """See an agent's question so; `lasting`: what lets more through than this once is offered too."""
    prompt = question.prompt
    offered = tuple(
        PhoneAnswer(word, said)
        for word, said in answers.offered(prompt)
        if word == answers.DENY or not (here or (answers.is_lasting(word) and not lasting))
    )
    choices = () if here or _takes_words(prompt) else prompt.choices
    return Waiting(
        id=question.id,
        kind=WaitingKind.QUESTION,
        project=question.project,
        title=question_title(question),
        details=_numbered(choices) or prompt.details,
        answers=offered,
        asked_ms=question.asked_ms,
        own=_takes_words(prompt) and not here,
        here=here,
        unshown=bool(prompt.sub_agent_id),
        choices=choices,
    )


def only_denied(waiting: Waiting) -> Waiting:
    """See it as what can be denied there alone: nobody allows what cannot be read."""
    if waiting.here:
        return waiting
    denying = tuple(one for one in waiting.answers if one.denies)
    hidden = replace(waiting.hidden, answers=())
    return replace(waiting, answers=denying, own=False, here=True, unseen=True, choices=(), hidden=hidden)


def kind_only(waiting: Waiting) -> Waiting:
    """See it without what is asked about: an agent's own words in answers are their numbers."""
    numbered = tuple(
        one
        if waiting.kind is WaitingKind.CALL or one.allows or one.denies or one.word == answers.APPROVE_EDITS
        else replace(one, said=text("phone.number", number=number))
        for number, one in enumerate(waiting.answers, start=1)
    )
    return replace(waiting, answers=numbered, details=())


def from_session(session: Session, *, since_ms: int) -> Waiting:
    """See a session that is done so: with the last words of its agent."""
    said = ((text("phone.done_said"), session.last_text),) if session.last_text.strip() else ()
    return Waiting(
        id=session.session_id,
        kind=WaitingKind.DONE,
        project=session.project,
        title=text("phone.done_title", project=session.project or "-"),
        details=said,
        answers=(),
        asked_ms=since_ms,
    )


def from_approval(approval: Approval, *, here: bool, lasting: bool) -> Waiting:
    """See a held call so."""
    return Waiting(
        id=approval.id,
        kind=WaitingKind.CALL,
        project=approval.origin.project,
        title=call_title(approval),
        details=approval.details,
        answers=tuple(_call_answers(approval, here=here, lasting=lasting)),
        asked_ms=approval.created_ms,
        here=here,
    )


def _call_answers(approval: Approval, *, here: bool, lasting: bool) -> Iterator[PhoneAnswer]:
    if not here:
        yield PhoneAnswer(Answer.ONCE, text("waiting.once"))
    if lasting and not here:
        for answer, said in _LASTING_CALLS:
            if answer is not Answer.SESSION or approval.origin.session:
                yield PhoneAnswer(answer, said)
    yield PhoneAnswer(Answer.DENY, text("waiting.deny"))


def _numbered(choices: Sequence[Choice]) -> Details:
    """Several questions, with numbers to answer by: a line each, or an agent could write numbers of its own."""
    return tuple(
        (
            text("questions.field_question"),
            "\n".join(
                [
                    one_line(one.question),
                    *(f"{number}. {_said(option)}" for number, option in enumerate(one.options, 1)),
                ]
            ),
        )
        for one in choices
    )


def _said(option: ChoiceOption) -> str:
    return one_line(f"{option.label}: {option.description}" if option.description else option.label)


def _takes_words(prompt: AgentPrompt) -> bool:
    return prompt.kind is QuestionKind.CHOICE and len(prompt.choices) == 1 and not prompt.choices[0].several
