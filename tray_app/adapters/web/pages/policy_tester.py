"""What the policy page's tester is asked and answers: the verdict, its rule, the counter; nothing is counted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tray_app.core.clients import CLAUDE_CODE
from tray_app.core.decide import Call, Decided
from tray_app.core.errors import TrayAppError
from tray_app.core.meters import Closest
from tray_app.core.policy_words import verdict_words
from tray_app.core.texts import Text, text
from tray_app.core.verdict import Allow, Ask, Deny, Throttle
from tray_app.tools.facts import facts
from tray_app.tools.trial import call_of, example_of

_LONGEST = 200
_HINT = text("policy_page.args_hint")
EXAMPLES: Mapping[str, str] = {name: json.dumps(example_of(name), ensure_ascii=False, indent=2) for name in facts()}
_TOOL = "dingtalk_send_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The tester's fields as they were typed."""

    tool: str = _TOOL
    args: str = EXAMPLES[_TOOL]
    client: str = CLAUDE_CODE
    session: str = ""


FIRST = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would happen. `tone` colours it. `trouble`: the question itself cannot be asked."""

    tone: str
    words: Text | None = None
    rule: str = ""
    closest: Closest | None = None
    trouble: TrayAppError | None = None


def asked_in(form: Mapping[str, str]) -> Asked:
    """Read the fields."""
    return Asked(
        tool=form.get("tool", "")[:_LONGEST],
        args=form.get("args", ""),
        client=form.get("client", "")[:_LONGEST].strip(),
        session=form.get("session", "")[:_LONGEST].strip(),
    )


def answer(asked: Asked, would: Callable[[Call], Decided]) -> Answer:
    """Ask the policy."""
    try:
        decided = would(call_of(asked.tool, asked.args.strip() or "{}", client=asked.client, session=asked.session))
    except TrayAppError as trouble:
        hint = _HINT if trouble.hint.key == "policy.args_hint" else trouble.hint  # that one speaks of the command line
        return Answer(tone="bad", trouble=TrayAppError(trouble.reason, hint))
    verdict = decided.verdict
    tone = {Allow: "good", Ask: "wait", Throttle: "wait", Deny: "bad"}[type(verdict)]
    return Answer(tone=tone, words=verdict_words(verdict), rule=verdict.rule, closest=decided.closest)
