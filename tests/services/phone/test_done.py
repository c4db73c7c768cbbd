"""From the phone the owner goes on with a session that is done: by its code, once, and told of it only where wanted."""

from dataclasses import replace

import pytest

from tests.support.agents import audited
from tests.support.done_sessions import code_of, codes, is_given, office, word
from tests.support.phone_desk import PhoneDesk, shown
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.follow_ups.follow_up import WAKES_WITHIN_MS
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.robots.app_robot import Recipient
from tray_app.core.settings.phone import Content
from tray_app.core.settings.settings import QuestionSettings

__all__ = ["office"]
pytestmark = pytest.mark.anyio


async def test_a_code_and_words_go_on_with_that_session_once_and_are_on_record(phone: PhoneDesk) -> None:
    await phone.is_done("s1", "shop")
    await phone.is_done("s2", "docs")
    listed = await phone.writes("continue")
    second, first = codes(listed)
    assert f"{second}：docs" in listed
    assert is_given(await phone.writes(f"继续 {second} 现在写测试"), "docs")
    assert str(await phone.woken["s2"]).endswith("\n\n现在写测试")
    assert not phone.woken["s1"].done()
    entry = audited(phone.office)[-1]
    assert (entry.session, entry.decision, entry.rule) == ("s2", DecisionKind.ALLOW, "follow_up.phone")
    again = await phone.writes(f"继续 {second} 再来一次")
    assert again == word("follow_ups.not_waiting", project="docs")
    assert codes(await phone.writes("继续")) == [first]
    assert phone.line.asked == []  # nobody wanted to be told


async def test_a_code_is_for_one_turn_alone(phone: PhoneDesk) -> None:
    await phone.is_done()
    old = await code_of(phone)
    await phone.is_done()
    assert await phone.writes(f"continue {old} go on") == word("follow_ups.not_waiting", project="shop")
    new = await code_of(phone)
    assert new != old
    assert is_given(await phone.writes(f"continue {new} go on"), "shop")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("继续 K7QP 写测试", "phone.continue_foreign"),
        ("继续 写测试", "phone.continue_which"),
        ("CODE 写测试", "phone.continue_how"),
        ("允许 CODE", "phone.continue_how"),
        ("继续 CODE", "phone.continue_no_words"),
    ],
)
async def test_nothing_is_given_without_code_verb_and_words(phone: PhoneDesk, written: str, said: str) -> None:
    await phone.is_done()
    code = await code_of(phone)
    reply = await phone.writes(written.replace("CODE", code))
    assert reply.startswith(word(said, code=code))
    assert not phone.woken["s1"].done()


async def test_words_from_anybody_else_or_under_another_persons_code_are_nothing(phone: PhoneDesk) -> None:
    await phone.is_done()
    code = await code_of(phone)
    assert await phone.writes(f"继续 {code} 写测试", staff_id="stranger") == ""
    assert await phone.writes(f"继续 {code} 写测试", single=False) == ""
    phone.person.kept = Recipient(staff_id="other", corp_id="ding1")
    said = await phone.writes(f"继续 {code} 写测试", staff_id="other")
    assert said == word("phone.continue_unknown")
    assert not phone.woken["s1"].done()


async def test_switched_off_it_says_so(phone: PhoneDesk) -> None:
    phone.office.settings = replace(phone.office.settings, questions=QuestionSettings())
    assert await phone.writes("继续") == word("follow_ups.off")


async def test_where_the_owner_wants_it_the_phone_hears_that_a_session_is_done_after_a_while(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    await phone.is_done(said="All *done*: see https://evil.example\ntoken " + "ghp_" + "a1B2" * 9)
    await phone.passes(59)
    assert phone.line.asked == []
    await phone.passes(2)
    [message] = phone.line.asked
    said = shown(message)
    assert said.startswith(f"### {word('phone.done_title', project='shop')}")
    assert "> All \\*done\\*: see https:\u200b//evil" in said
    assert "ghp_" not in said
    assert "dtmd:" not in said
    [code] = codes(said.rpartition("\n\n")[2])
    assert is_given(await phone.writes(f"继续 {code} 写测试"), "shop")
    await phone.passes(600)
    assert len(phone.line.asked) == 2  # that they perhaps did not arrive
    assert phone.line.recalled == ["d1"]


async def test_who_goes_on_at_the_computer_is_told_nothing_and_a_message_is_taken_back(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    await phone.is_done()
    await phone.passes(30)
    phone.follow_ups.over("s1")
    await phone.passes(60)
    assert phone.line.asked == []
    await phone.is_done()
    await phone.passes(61)
    assert len(phone.line.asked) == 1
    phone.follow_ups.over("s1")
    await phone.passes(61)
    assert phone.line.recalled == ["d1"]


async def test_by_kind_alone_the_agents_words_stay_and_mute_and_pause_are_kept(phone: PhoneDesk) -> None:
    phone.tune(done=True, content=Content.KIND)
    phone.quiet.add("s2")
    await phone.office.control.pause(PauseFor.OPEN)
    await phone.is_done(said="A secret plan")
    await phone.is_done("s2", "docs")
    await phone.passes(180)
    assert phone.line.asked == []
    phone.office.control.resume()
    await phone.passes(61)
    [message] = phone.line.asked
    assert "secret" not in shown(message)
    await phone.office.control.pause(PauseFor.OPEN)
    [code] = codes(shown(message))
    assert is_given(await phone.writes(f"继续 {code} 写测试"), "shop")  # to a session, not out


async def test_what_is_refused_for_a_secret_is_told_without_its_words(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    phone.line.refuses = 1
    await phone.is_done(said="Use it")
    await phone.passes(61)
    whole, kind = phone.line.asked
    assert "Use it" in shown(whole)
    assert "Use it" not in shown(kind)


async def test_one_that_cannot_be_told_is_not_told_again_and_again(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    phone.line.answers = Status.FAILED
    await phone.is_done()
    await phone.passes(600)
    assert len(phone.line.asked) == 1


async def test_after_a_kill_the_phone_hears_that_its_words_are_perhaps_lost_and_the_code_is_nobodys(
    phone: PhoneDesk,
) -> None:
    await phone.is_done()
    code = await code_of(phone)
    await phone.writes(f"继续 {code} 写测试")
    phone.restart()
    await phone.passes(1)
    assert [shown(one) for one in phone.line.asked] == [word("follow_ups.fate_lost", project="shop")]
    await phone.is_done()
    assert await phone.writes(f"继续 {code} 写测试") == word("phone.continue_unknown")
    await phone.passes(WAKES_WITHIN_MS // 1000)
    assert len(phone.line.asked) == 1
