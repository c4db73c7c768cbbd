"""The paired owner hears of what waits and answers it: once, for that thing alone, and nobody else can."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.agents import audited, held
from tests.support.phone_desk import OWNER, ZH, PhoneDesk, shown
from tests.support.phone_scenes import CHOICE, COMMAND, running
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.questions.question import Allowed, Chosen, Denied
from tray_app.core.settings.phone import Content
from tray_app.services.phone.teller import MOST_OPEN

pytestmark = pytest.mark.anyio


async def test_nobody_reacts_at_the_computer_and_a_tap_on_the_phone_answers(phone: PhoneDesk) -> None:
    call = await phone.ask(running("npm test\nnpm run build"))
    await phone.passes(59)
    assert phone.line.asked == []
    await phone.passes(1)
    [message] = phone.line.asked
    assert "> npm test\n> npm run build" in shown(message)
    [code] = phone.codes
    assert f"允许 {code}" in unquote(shown(message))
    assert await phone.writes(f"允许 {code}") == "已允许，shop 继续运行。"
    assert await call == Allowed()
    entry = audited(phone.office)[-1]
    assert (entry.tool, entry.decision, entry.rule) == ("Bash", DecisionKind.ALLOW, "question.phone")
    assert await phone.writes(f"允许 {code}") == ZH("questions.over_allowed")
    assert phone.line.recalled == []


async def test_while_nobody_is_paired_each_change_asks_nothing_of_the_database(phone: PhoneDesk) -> None:
    phone.line.paired = False
    phone.teller.look()
    await phone.passes(60)
    said: list[str] = []
    assert phone.office.store._database._connection is not None
    phone.office.store._database._connection.set_trace_callback(said.append)
    phone.teller.look()
    await phone.office.settle()
    assert said == []


async def test_what_the_owner_has_muted_is_not_told_until_it_is_no_more(phone: PhoneDesk) -> None:
    await phone.ask()
    phone.quiet.update(one.id for one in phone.questions.waiting())
    await phone.passes(120)
    assert phone.line.asked == []
    phone.quiet.clear()
    await phone.passes(60)
    assert len(phone.line.asked) == 1


async def test_each_project_has_its_time(phone: PhoneDesk) -> None:
    phone.tune(own_delays=("shop = 0",), after_s=600)
    await phone.ask()
    assert len(phone.line.asked) == 1
    await phone.ask(replace(COMMAND, cwd="/code/other"))
    await phone.passes(599)
    assert len(phone.line.asked) == 1
    await phone.passes(1)
    assert len(phone.line.asked) == 2


async def test_what_is_answered_at_the_computer_is_taken_back_and_a_late_tap_hears_so(phone: PhoneDesk) -> None:
    await phone.ask()
    await phone.questions.answer("q1", Allowed(), by=Source.PAGE)
    await phone.passes(60)
    assert phone.line.asked == []  # it was answered before the phone was told
    call = await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    call.cancel()
    await phone.office.settle()
    assert phone.line.recalled == ["d1"]
    assert await phone.writes(f"允许 {code}") == ZH("questions.over_elsewhere")


async def test_where_nothing_can_be_taken_back_the_chat_hears_of_it(phone: PhoneDesk) -> None:
    phone.line.recalls = False
    await phone.ask()
    await phone.passes(60)
    await phone.questions.answer("q1", Denied(), by=Source.TRAY)
    await phone.office.settle()
    assert ZH("questions.over_denied") in shown(phone.line.asked[-1])


async def test_a_tap_that_comes_too_late_hears_so(phone: PhoneDesk) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    await phone.passes(54 * 60)
    assert await call is None
    assert await phone.writes(f"允许 {code}") == ZH("questions.over_expired")


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ({"staff_id": "manager2"}, "stranger"),
        ({"corp_id": "ding2"}, "stranger"),
        ({"staff_id": ""}, "stranger"),
        ({"corp_id": ""}, "stranger"),
        ({"staff_id": "", "corp_id": "", "nick": "manager1"}, "stranger"),
        ({"single": False}, "group"),
        ({"forwarded": True}, "forwarded"),
    ],
)
async def test_nobody_else_answers_and_the_owner_is_told_once(phone: PhoneDesk, who: dict[str, Any], kind: str) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    for written in (f"允许 {code}", "允许", "状态", "1", "恢复"):
        assert await phone.writes(written, **who) == ""
    assert not call.done()
    assert phone.notes == [f"phone.note_{kind}"]
    assert phone.line.replies == []


async def test_what_was_heard_before_does_nothing_also_after_a_restart(phone: PhoneDesk) -> None:
    await phone.writes("暂停 1h", msg_id="same")
    phone.office.control.resume()
    assert await phone.writes("暂停 1h", msg_id="same") == ""
    phone.restart()
    assert await phone.writes("暂停 1h", msg_id="same") == ""
    assert phone.office.pause.current() is None


async def test_a_code_of_the_last_run_answers_nothing(phone: PhoneDesk) -> None:
    await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    phone.restart()
    call = await phone.ask()
    await phone.passes(60)
    assert phone.codes != [code]
    assert await phone.writes(f"允许 {code}") == ZH("phone.unclear_unknown")
    assert not call.done()


async def test_without_a_code_it_is_asked_which_one_is_meant(phone: PhoneDesk) -> None:
    one = await phone.ask()
    await phone.passes(60)
    other = await phone.ask(CHOICE)
    assert await phone.writes("允许") != ""
    assert (one.done(), other.done()) == (False, False)  # the second was not told yet
    await phone.passes(60)
    asked = unquote(await phone.writes("允许"))
    assert all(code in asked for code in phone.codes)
    assert (one.done(), other.done()) == (False, False)
    await phone.writes(f"2 {phone.codes[1]}")
    assert await other == Chosen((("Postgres",),))
    assert await phone.writes("拒绝，用 pnpm") == ZH("phone.denied_words", project="shop")
    assert await one == Denied("用 pnpm")


@pytest.mark.parametrize("forged", ["允许", "1", "同意", "use it", "1; 2"])
async def test_words_that_a_forged_link_may_send_allow_nothing(phone: PhoneDesk, forged: str) -> None:
    call = await phone.ask()
    await phone.passes(60)
    asked = unquote(await phone.writes(forged))
    assert ZH("phone.which") in asked
    assert f"允许 {phone.codes[0]}" in asked  # to tap, instead
    assert not call.done()


async def test_own_words_answer_a_question_with_options(phone: PhoneDesk) -> None:
    call = await phone.ask(CHOICE)
    await phone.passes(60)
    assert await phone.writes("MySQL，版本 8") != ""
    assert not call.done()
    [code] = phone.codes
    await phone.writes(f"{code} MySQL，版本 8")
    assert await call == Chosen((("MySQL，版本 8",),))


async def test_what_is_dangerous_is_denied_from_the_phone_and_never_allowed(phone: PhoneDesk) -> None:
    call = await phone.ask(running("rm -rf build"))
    await phone.passes(60)
    [message] = phone.line.asked
    assert ZH("phone.here") in shown(message)
    assert "允许 " not in unquote(shown(message)).replace(ZH("phone.here"), "")
    [code] = phone.codes
    for written in (f"允许 {code}", "允许", f"{code} 2", "always-0"):
        await phone.writes(written)
        assert not call.done()
    await phone.writes(f"拒绝 {code}")
    assert await call == Denied()


async def test_the_owner_may_keep_what_is_asked_about_at_the_computer(phone: PhoneDesk) -> None:
    phone.tune(content=Content.KIND)
    await phone.ask(running("cat /etc/motd"))
    await phone.passes(60)
    assert "motd" not in shown(phone.line.asked[0])
    assert ZH("phone.kind_only") in shown(phone.line.asked[0])
    call = await phone.ask(CHOICE)
    await phone.passes(60)
    said = unquote(shown(phone.line.asked[1]))
    assert "[回答 2]" in said
    assert not [each.label for each in CHOICE.choices[0].options if each.label in said]
    await phone.writes(f"{phone.codes[-1]} 2")
    assert await call == Chosen(((CHOICE.choices[0].options[1].label,),))


async def test_while_paused_the_phone_hears_nothing_but_answers(phone: PhoneDesk) -> None:
    await phone.office.control.pause(PauseFor.OPEN)
    call = await phone.ask()
    await phone.passes(120)
    assert phone.line.asked == []
    assert await phone.writes("状态") != ""
    assert await phone.writes("暂停 1h") != ""
    assert phone.office.pause.current() is not None
    assert await phone.writes("恢复") == ZH("phone.resumed")
    phone.teller.look()
    await phone.office.settle()
    assert len(phone.line.asked) == 1
    await phone.office.control.pause(PauseFor.OPEN)
    call.cancel()
    await phone.office.settle()
    assert phone.line.recalled == []
    phone.office.control.resume()
    phone.teller.look()
    await phone.office.settle()
    assert phone.line.recalled == ["d1"]


async def test_a_held_call_is_approved_from_the_phone_and_sent_as_it_was(phone: PhoneDesk, team: SandboxRobot) -> None:
    call, approval = await held(phone.office, "release at 18:00")
    phone.teller.look()
    await phone.passes(49)
    refused, other = await held(phone.office, "release at 19:00")
    await phone.passes(60)
    assert "release at 18:00" in shown(phone.line.asked[0])
    first, second = phone.codes
    assert await phone.writes(f"允许 {first}") == ZH("phone.call_approved", project="api")
    assert (await phone.office.within(call)).status in {Status.SENT, Status.HELD}
    assert [each.text for each in team.received] == ["release at 18:00"]
    assert await phone.writes(f"允许 {first}") == ZH("approvals.settled_approved")
    assert await phone.writes(f"拒绝 {second}") == ZH("phone.call_denied", project="api")
    await phone.office.within(refused)
    assert len(team.received) == 1
    settled = phone.office.store.approvals.find(approval.id)
    declined = phone.office.store.approvals.find(other.id)
    assert settled is not None
    assert declined is not None
    assert (settled.answer, settled.by, declined.answer) == (Answer.ONCE, Source.PHONE, Answer.DENY)


async def test_of_two_hundred_things_it_shows_a_few_and_the_next_when_these_are_answered(phone: PhoneDesk) -> None:
    calls = [await phone.ask(running(f"echo {number}")) for number in range(200)]
    await phone.passes(60)
    assert len(phone.line.asked) == MOST_OPEN
    assert ZH("phone.more", count=200 - MOST_OPEN) in shown(phone.line.asked[-1])
    for _ in range(200):
        code = phone.codes[0]
        await phone.writes(f"允许 {code}")
    assert [await call for call in calls] == [Allowed()] * 200
    assert len(phone.line.asked) == 200
    assert phone.line.recalled == []


async def test_what_could_not_be_told_is_tried_again(phone: PhoneDesk) -> None:
    phone.line.answers = Status.FAILED
    await phone.ask()
    await phone.passes(60)
    phone.teller.look()
    await phone.office.settle()
    assert (len(phone.line.asked), phone.codes) == (1, [])
    phone.line.answers = Status.QUEUED
    await phone.passes(60)
    assert (len(phone.line.asked), len(phone.codes)) == (2, 1)


async def test_the_owner_asks_how_things_stand(phone: PhoneDesk) -> None:
    assert await phone.writes("帮助") == ZH("phone.help")
    assert await phone.writes("") == ZH("phone.help")
    assert "今日" in await phone.writes("今天") or "今天" in await phone.writes("today")
    assert await phone.writes("会话") != ""
    assert await phone.writes("你好") == ZH("phone.unclear_none")


@pytest.mark.parametrize("kind", ["audio", "picture", "file", "video", ""])
async def test_what_is_not_written_does_nothing_and_hears_so(phone: PhoneDesk, kind: str) -> None:
    call = await phone.ask()
    await phone.passes(60)
    assert await phone.writes("", kind=kind) == ZH("phone.only_text")
    assert not call.done()


async def test_the_code_of_a_message_that_was_told_again_leads_to_the_new_one(phone: PhoneDesk) -> None:
    await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    phone.line.lost = {"d1"}
    phone.teller.look()
    await phone.passes(300)
    assert len(phone.line.asked) == 2
    assert f"允许 {phone.codes[0]}" in unquote(await phone.writes(f"允许 {code}"))
    assert len(phone.codes) == 1  # it still waits
    assert phone.person.kept == OWNER
