"""The answers that a question offers, each as one word with what people read, and the reply that a word stands for.

Words are stable: tray, pages and commands give them.
"""

from tray_app.core.kernel.texts import Text, text
from tray_app.core.questions.question import (
    AgentPrompt,
    AgentQuestion,
    Allowed,
    Approved,
    Chosen,
    Denied,
    QuestionKind,
    Reply,
)

ALLOW, DENY, APPROVE, APPROVE_EDITS, OWN = "allow", "deny", "approve", "approve_edits", "own"
_ALWAYS, _OPTION = "always-", "option-"


class UnknownAnswer(ValueError):
    """The word is no answer to this question."""


def offered(prompt: AgentPrompt) -> tuple[tuple[str, Text], ...]:
    """Every answer of one word, the likeliest first. Of several choices, or several options at once, there is none."""
    match prompt.kind:
        case QuestionKind.PERMISSION:
            always = ((f"{_ALWAYS}{number}", said) for number, said in enumerate(prompt.suggestions))
            return (ALLOW, text("questions.allow")), *always, (DENY, text("questions.deny"))
        case QuestionKind.PLAN if not prompt.details:  # nobody approves what cannot be read
            return ((DENY, text("questions.reject")),)
        case QuestionKind.PLAN:
            return (
                (APPROVE, text("questions.approve")),
                (APPROVE_EDITS, text("questions.approve_edits")),
                (DENY, text("questions.reject")),
            )
        case QuestionKind.CHOICE:
            single = prompt.choices[0].options if len(prompt.choices) == 1 and not prompt.choices[0].several else ()
            options = (
                (f"{_OPTION}{number}", text("questions.option", label=one.label)) for number, one in enumerate(single)
            )
            return *options, (DENY, text("questions.decline"))


def is_lasting(word: str) -> bool:
    """Whether it lets more through than this one time."""
    return word.startswith(_ALWAYS) or word == APPROVE_EDITS


def reply_of(prompt: AgentPrompt, word: str, *, own: str = "") -> Reply:
    """The reply that a word stands for; `own` are the owner's own words. Raises UnknownAnswer."""
    known = {each for each, _said in offered(prompt)}
    if word == OWN and prompt.kind is QuestionKind.CHOICE and len(prompt.choices) == 1 and own.strip():
        return Chosen(((own.strip(),),))
    if word not in known:
        raise UnknownAnswer
    match word:
        case "allow":
            return Allowed()
        case "deny":
            return Denied(own.strip())
        case "approve":
            return Approved()
        case "approve_edits":
            return Approved(accept_edits=True)
        case _ if word.startswith(_ALWAYS):
            return Allowed(suggestion=int(word.removeprefix(_ALWAYS)))
        case _:
            return Chosen(((prompt.choices[0].options[int(word.removeprefix(_OPTION))].label,),))


def to_data(question: AgentQuestion) -> dict[str, object]:
    """One question as plain data, its texts still to be said; the names are stable (docs/seams.md)."""
    prompt = question.prompt
    return {
        "id": question.id,
        "agent": question.agent,
        "project": question.project,
        "session": prompt.session,
        "sub_agent": prompt.sub_agent,
        "tool": prompt.tool,
        "kind": prompt.kind,
        "details": [{"label": label, "value": value} for label, value in prompt.details],
        "answers": [{"word": word, "label": said} for word, said in offered(prompt)],
        "asked_ms": question.asked_ms,
        "expires_ms": question.expires_ms,
    }
