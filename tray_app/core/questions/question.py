"""A question that an agent asks its person in the terminal, and the answers that it takes from elsewhere.

Silence is no answer: whoever asks goes on as if nobody had heard it. Each answer fits one kind of question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tray_app.core.kernel.texts import Text

MOST_WORDS = 2_000  # characters of the owner's own words
Details: TypeAlias = tuple[tuple[Text, str], ...]


class NoQuestion(ValueError):
    """What a hook has posted is no question; its words name the field and repeat no value."""


class QuestionKind(StrEnum):
    """What is asked; values are stable: `--json` shows them."""

    PERMISSION = "permission"  # may this tool run
    CHOICE = "choice"  # which of these
    PLAN = "plan"  # is this plan good


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOption:
    """One answer that is offered."""

    label: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose, of `options` or in own words; `several` may be chosen at once."""

    question: str
    header: str
    options: tuple[ChoiceOption, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may run this time; with the number of a suggestion, what that one says holds from now on."""

    suggestion: int | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """It may not; the agent reads exactly these words, where there are any."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One answer for each choice, in their order: the labels of options, or own words."""

    answers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """The plan is good; edits need no permission any more where `accept_edits`."""

    accept_edits: bool = False


Reply: TypeAlias = Allowed | Denied | Chosen | Approved


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPrompt:
    """What is asked, in full: `details` are pairs of a label and the whole value. `said` is all of it on one line.

    `suggestions` are the agent's own: what holds from now on where one is taken. `answer` writes a reply as the agent
    reads it; the reply `fits`. `sub_agent` is what kind of helper asks, by the id `sub_agent_id`; both empty: none.
    `about` is what its call is about, as the session's own records have it.
    """

    session: str
    cwd: str
    tool: str
    kind: QuestionKind
    said: str
    details: Details
    answer: Callable[[Reply], Mapping[str, object]]
    choices: tuple[Choice, ...] = ()
    suggestions: tuple[Text, ...] = ()
    sub_agent: str = ""
    sub_agent_id: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentQuestion:
    """A prompt that waits. `project` is its session's; times are wall-clock milliseconds."""

    id: str
    agent: str
    project: str
    prompt: AgentPrompt
    asked_ms: int
    expires_ms: int


class Over(StrEnum):
    """Why a question waits no more."""

    ALLOWED = "allowed"
    DENIED = "denied"
    ELSEWHERE = "elsewhere"  # answered, or dropped, in the terminal
    EXPIRED = "expired"


def fits(prompt: AgentPrompt, reply: Reply) -> bool:
    """Whether this is an answer to that."""
    match reply:
        case Allowed(suggestion=number):
            known = number is None or 0 <= number < len(prompt.suggestions)
            return prompt.kind is QuestionKind.PERMISSION and known
        case Denied(words=words):
            return _can_be_sent(words)
        case Chosen(answers=answers):
            return (
                prompt.kind is QuestionKind.CHOICE
                and len(answers) == len(prompt.choices)
                and all(_chosen(choice, answer) for choice, answer in zip(prompt.choices, answers, strict=True))
            )
        case Approved():
            return prompt.kind is QuestionKind.PLAN and bool(prompt.details)


def _chosen(choice: Choice, answer: tuple[str, ...]) -> bool:
    """Several only where several may be; each says something."""
    return 0 < len(answer) <= (len(choice.options) + 1 if choice.several else 1) and all(
        word.strip() and _can_be_sent(word) for word in answer
    )


def over_by(reply: Reply) -> Over:
    """What becomes of a question by this answer."""
    return Over.DENIED if isinstance(reply, Denied) else Over.ALLOWED


def _can_be_sent(words: str) -> bool:
    """Half a surrogate pair cannot: the answer would be on record and never reach the agent."""
    return len(words) <= MOST_WORDS and not any("\ud800" <= letter <= "\udfff" for letter in words)
