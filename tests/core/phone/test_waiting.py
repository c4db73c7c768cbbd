"""What the phone may say to a held call, and to an agent's question."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.phone_scenes import CHOICE, CHOICES, COMMAND, PLAN, question, waiting
from tray_app.core.approvals.approval import Approval
from tray_app.core.approvals.words import title_of as call_title
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.texts import Text, text
from tray_app.core.phone.danger import call_stays_here
from tray_app.core.phone.waiting import (
    Hidden,
    PhoneAnswer,
    Waiting,
    WaitingKind,
    from_approval,
    from_question,
    from_session,
    kind_only,
    only_denied,
)
from tray_app.core.policy.model import Risk
from tray_app.core.questions.question import AgentPrompt, Details
from tray_app.core.questions.words import title_of
from tray_app.core.sessions.session import Session
from tray_app.core.settings.phone import PhoneSettings

ONCE, DENY = PhoneAnswer("once", text("waiting.once")), PhoneAnswer("deny", text("waiting.deny"))
SESSION, ALWAYS = PhoneAnswer("session", text("waiting.session")), PhoneAnswer("always", text("waiting.always"))


def call(risk: Risk = Risk.WRITE, *, session: str = "s1", title: str = "hello", said: str = "hello") -> Approval:
    return Approval(
        id="a1",
        tool="dingtalk_send_text",
        risk=risk,
        origin=Origin(source=Source.MCP, tool="dingtalk_send_text", session=session, project="api"),
        robot="team",
        title=title,
        details=((text("approvals.field_text"), said),),
        rule="default",
        reason=text("approvals.asked"),
        fingerprint="x",
        created_ms=7,
        expires_ms=9,
    )


@pytest.mark.parametrize(
    ("risk", "session", "own", "lasting", "answers"),
    [
        (Risk.WRITE, "s1", (), False, (ONCE, DENY)),
        (Risk.WRITE, "s1", (), True, (ONCE, SESSION, ALWAYS, DENY)),
        (Risk.WRITE, "", (), True, (ONCE, ALWAYS, DENY)),
        (Risk.CONFIGURE, "s1", (), True, (DENY,)),  # where messages go is decided at the computer
        (Risk.WRITE, "s1", ("(?i)HELLO",), True, (DENY,)),
        (Risk.WRITE, "s1", ("rm -rf", "production"), False, (ONCE, DENY)),
    ],
)
def test_a_held_call_is_seen_whole_with_these_answers(
    risk: Risk, session: str, own: tuple[str, ...], lasting: bool, answers: tuple[PhoneAnswer, ...]
) -> None:
    approval = call(risk, session=session)
    here = call_stays_here(approval, PhoneSettings(computer_only=own))
    assert from_approval(approval, here=here, lasting=lasting) == Waiting(
        id="a1",
        kind=WaitingKind.CALL,
        project="api",
        title=call_title(approval),
        details=approval.details,
        answers=answers,
        asked_ms=7,
        here=answers == (DENY,),
    )


@pytest.mark.parametrize(
    ("own", "stays"),
    [
        ((), False),
        (("send_text$",), True),
        (("the title",), True),
        (("the text",), True),
        (("other",), False),
        (("other", "te.t"), True),
    ],
)
def test_the_owners_own_patterns_look_at_all_of_a_held_call(own: tuple[str, ...], stays: bool) -> None:
    approval = call(title="the title", said="the text tells of rm -rf / in production")
    assert call_stays_here(approval, PhoneSettings(computer_only=own)) is stays
    assert call_stays_here(approval, PhoneSettings(computer_only=own, usual_computer_only=False)) is stays


@pytest.mark.parametrize(
    ("prompt", "more", "words"),
    [
        (COMMAND, {}, ["allow", "deny"]),
        (COMMAND, {"lasting": True}, ["allow", "always-0", "deny"]),
        (COMMAND, {"lasting": True, "here": True}, ["deny"]),
        (PLAN, {}, ["approve", "deny"]),
        (PLAN, {"lasting": True}, ["approve", "approve_edits", "deny"]),
        (CHOICE, {}, ["option-0", "option-1", "deny"]),
        (CHOICES, {}, ["deny"]),
    ],
)
def test_these_answers_are_offered(prompt: AgentPrompt, more: dict[str, Any], words: list[str]) -> None:
    assert [answer.word for answer in waiting(prompt, **more).answers] == words


def test_a_question_is_seen_whole() -> None:
    asked = question(replace(COMMAND, sub_agent="reviewer", sub_agent_id="x"))
    answers = (PhoneAnswer("allow", text("questions.allow")), PhoneAnswer("deny", text("questions.deny")))
    assert from_question(asked, here=False, lasting=False) == Waiting(
        id="q1",
        kind=WaitingKind.QUESTION,
        project="shop",
        title=title_of(asked),
        details=COMMAND.details,
        answers=answers,
        asked_ms=1_000,
        unshown=True,
    )
    assert not waiting(COMMAND).unshown
    assert [label for label, _value in waiting(CHOICES).details] == [text("questions.field_question")] * 2
    assert (waiting(CHOICE).own, waiting(CHOICE, here=True).own, waiting(CHOICES).own) == (True, False, False)


@pytest.mark.parametrize(
    ("project", "last", "shown", "details"),
    [
        ("shop", "All done.", "shop", ((text("phone.done_said"), "All done."),)),
        ("", " \n", "-", ()),
    ],
)
def test_a_session_that_is_done_is_seen_with_its_last_words(
    project: str, last: str, shown: str, details: Details
) -> None:
    session = Session(session_id="s1", project=project, last_text=last)
    assert from_session(session, since_ms=5) == Waiting(
        id="s1",
        kind=WaitingKind.DONE,
        project=project,
        title=text("phone.done_title", project=shown),
        details=details,
        answers=(),
        asked_ms=5,
    )


def test_what_may_only_be_denied_keeps_nothing_but_that() -> None:
    hidden = Hidden(title=(("aws", 1),), answers=(("aws", 2),), details=((("aws", 3),),))
    for prompt in (COMMAND, CHOICE, CHOICES, PLAN):
        one = replace(waiting(prompt, lasting=True), hidden=hidden)
        assert only_denied(one) == replace(
            one,
            answers=one.answers[-1:],
            own=False,
            here=True,
            unseen=True,
            choices=(),
            hidden=replace(hidden, answers=()),
        )
        here = waiting(prompt, here=True)
        assert only_denied(here) is here


def said(one: Waiting) -> list[Text]:
    return [answer.said for answer in kind_only(one).answers]


def test_by_its_kind_alone_an_agents_words_are_numbers_and_the_apps_own_stay() -> None:
    assert kind_only(waiting(COMMAND)).details == ()
    assert said(waiting(COMMAND, lasting=True)) == [
        text("questions.allow"),
        text("phone.number", number=2),
        text("questions.deny"),
    ]
    assert said(waiting(CHOICE)) == [
        text("phone.number", number=1),
        text("phone.number", number=2),
        text("questions.decline"),
    ]
    assert said(waiting(PLAN, lasting=True)) == [
        text("questions.approve"),
        text("questions.approve_edits"),
        text("questions.reject"),
    ]
    held = from_approval(call(), here=False, lasting=True)
    assert said(held) == [answer.said for answer in held.answers]
