"""What the phone may say to a held call, and to an agent's question."""

import pytest

from tests.support.phone_scenes import CHOICES, COMMAND, PLAN, waiting
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.texts import text
from tray_app.core.phone.danger import call_stays_here
from tray_app.core.phone.waiting import Waiting, from_approval
from tray_app.core.policy.model import Risk
from tray_app.core.settings.phone import PhoneSettings


def held(risk: Risk, *, session: str = "s1", lasting: bool = False, own: tuple[str, ...] = ()) -> Waiting:
    approval = Approval(
        id="1",
        tool="dingtalk_send_text",
        risk=risk,
        origin=Origin(source=Source.MCP, tool="dingtalk_send_text", session=session, project="api"),
        robot="team",
        title="hello",
        details=((text("approvals.field_text"), "hello"),),
        rule="default",
        reason=text("approvals.asked"),
        fingerprint="x",
        created_ms=0,
        expires_ms=1,
    )
    here = call_stays_here(approval, PhoneSettings(computer_only=own))
    return from_approval(approval, here=here, lasting=lasting)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (held(Risk.WRITE), ["once", "deny"]),
        (held(Risk.WRITE, lasting=True), ["once", "session", "always", "deny"]),
        (held(Risk.WRITE, session="", lasting=True), ["once", "always", "deny"]),
        (held(Risk.CONFIGURE, lasting=True), ["deny"]),  # where messages go is decided at the computer
        (held(Risk.WRITE, own=("(?i)HELLO",)), ["deny"]),  # its title and text
        (held(Risk.WRITE, own=("send_text$",), lasting=True), ["deny"]),
        (held(Risk.WRITE, own=("production",)), ["once", "deny"]),
        (waiting(COMMAND), ["allow", "deny"]),
        (waiting(COMMAND, lasting=True), ["allow", "always-0", "deny"]),
        (waiting(COMMAND, lasting=True, here=True), ["deny"]),
        (waiting(PLAN), ["approve", "deny"]),
        (waiting(PLAN, lasting=True), ["approve", "approve_edits", "deny"]),
        (waiting(CHOICES), ["deny"]),
    ],
)
def test_these_answers_are_offered(one: Waiting, words: list[str]) -> None:
    assert [answer.word for answer in one.answers] == words
