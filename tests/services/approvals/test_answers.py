"""An answer that holds for longer than one call: for the rest of a session, or always."""

import asyncio
import json
from dataclasses import replace

import pytest

from tests.support.agents import SEND, asks, called, caller, calling, held, says, settle
from tests.support.clock import DAY_MS
from tests.support.office import Office
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000
PENALTY = AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}')


async def test_the_rest_of_the_session_goes_through_and_another_session_waits(
    office: Office, team: SandboxRobot
) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    await settle(office, approval, Answer.SESSION)
    assert (await called(office, "b", origin=caller(session="s1"))).status is Status.SENT
    _call, other = await held(office, "c", origin=caller(session="s2"))
    await office.restart()
    assert (await called(office, "d", origin=caller(session="s1"))).status is Status.SENT
    await settle(office, other, Answer.DENY)
    await office.pass_time(DAY_MS)
    await held(office, "e", origin=caller(session="s1"))
    assert seen(team) == ["a", "b", "d"]


async def test_without_a_known_session_there_is_no_answer_for_it(office: Office, team: SandboxRobot) -> None:
    _call, approval = await held(office, "a")
    with pytest.raises(TrayAppError) as caught:
        await settle(office, approval, Answer.SESSION)
    assert caught.value.reason == text("approvals.no_session")
    assert office.overrides.now().sessions == frozenset()
    await settle(office, approval, Answer.ONCE)
    await held(office, "b")
    assert seen(team) == ["a"]


async def test_what_was_allowed_for_a_session_holds_for_no_call_whose_session_is_unknown(
    office: Office, team: SandboxRobot
) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    await settle(office, approval, Answer.SESSION)
    await held(office, "b")
    office.overrides.allow_session(SEND, caller(session="s2"))
    await held(office, "c")
    assert seen(team) == ["a"]


async def test_a_waiting_call_is_told_whose_it_is_when_that_is_known(office: Office) -> None:
    _call, approval = await held(office, "a", origin=replace(caller(), call_id="toolu_1"))
    assert office.held == [approval.origin]
    office.store.sessions.attribute("toolu_2", session_id="s9", project="web")
    assert office.approvals.waiting() == [approval]
    office.store.sessions.attribute("toolu_1", session_id="s1", project="api")
    (told,) = office.approvals.waiting()
    assert (told.origin.session, told.origin.project) == ("s1", "api")
    await settle(office, told, Answer.SESSION)
    assert (await called(office, "b", origin=caller(session="s1"))).status is Status.SENT


async def test_always_changes_the_policy_file_and_nothing_else_of_it(office: Office) -> None:
    _call, approval = await held(office, "a")
    await settle(office, approval, Answer.ALWAYS)
    assert json.loads(office.policy_file.source or "")["tools"] == {SEND: {"action": "allow", "reason": "I look first"}}
    assert (await called(office, "b")).status is Status.SENT


async def test_always_takes_out_the_very_condition_that_asked_also_when_it_has_moved(office: Office) -> None:
    loud = {"path": "args.content", "op": "contains", "value": "loud"}
    long = {"path": "args.content", "op": "contains", "value": "long"}
    says(office, {SEND: {"require_approval_if": [loud, long]}})
    _call, first = await held(office, "a loud one")
    _call, second = await held(office, "a long one")
    await settle(office, first, Answer.ALWAYS)
    assert json.loads(office.policy_file.source or "")["tools"][SEND]["require_approval_if"] == [long]
    _call, third = await held(office, "another long one")
    await settle(office, second, Answer.ALWAYS)  # its rule was …[1] when it was asked
    assert not json.loads(office.policy_file.source or "")["tools"][SEND].get("require_approval_if")
    await settle(office, third, Answer.ALWAYS)  # nothing is left to take out


async def test_a_policy_that_cannot_be_written_leaves_the_call_waiting(office: Office, team: SandboxRobot) -> None:
    _call, approval = await held(office, "a")
    office.policy_file.source = "{ broken"
    with pytest.raises(TrayAppError):
        await settle(office, approval, Answer.ALWAYS)
    assert [one.id for one in office.approvals.waiting()] == [approval.id]
    await settle(office, approval, Answer.ONCE)
    assert seen(team) == ["a"]


async def test_a_call_that_is_under_way_ends_by_the_rules_it_began_with(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"action": "allow"}})
    team.robot.script(PENALTY)  # so that it is still on its way
    sending = calling(office, "begun before")
    await office.settle()
    asks(office)
    waiting, approval = await held(office, "held before")
    says(office, {SEND: {"action": "deny"}})
    assert (await called(office, "too late")).status is Status.REFUSED
    await settle(office, approval)
    await office.pass_time(10 * MINUTE_MS)
    assert sorted(seen(team)) == ["begun before", "held before"]
    await asyncio.gather(sending, waiting)
