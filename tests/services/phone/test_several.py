"""Several questions at once, answered from the phone in one message or in turn."""

from urllib.parse import unquote

import pytest

from tests.support.phone_desk import ZH, PhoneDesk
from tests.support.phone_scenes import CHOICES
from tray_app.core.delivery.delivery import Source
from tray_app.core.questions.question import Chosen
from tray_app.core.settings.phone import Content

pytestmark = pytest.mark.anyio


async def test_several_questions_are_answered_in_one_message(phone: PhoneDesk) -> None:
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    [code] = phone.codes
    assert await phone.writes(f"{code} 1; 3") == ZH("phone.unclear_unfit")
    assert await phone.writes(f"{code} 2; 1,2") == ZH("phone.answered", project="shop")
    assert await call == Chosen((("Postgres",), ("SQLite", "Postgres")))


async def test_several_questions_are_answered_in_turn_and_no_tap_answers_two(phone: PhoneDesk) -> None:
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    [first] = phone.codes
    asked = unquote(await phone.writes(f"{first} MySQL，版本 8"))
    [second] = phone.codes
    assert second != first
    assert "Extras?" in asked
    assert f"2 {second}" in asked
    for again in (f"{first} MySQL，版本 8", f"1 {first}", f"拒绝 {first}"):
        said = unquote(await phone.writes(again))
        assert ZH("phone.old_code") in said
        assert f"1 {second}" in said
        assert (call.done(), phone.codes) == (False, [second])
    assert f"1 {second}" in unquote(await phone.writes("1、2"))  # without a code: which one?
    assert await phone.writes(f"1、2 {second}") == ZH("phone.answered", project="shop")
    assert await call == Chosen((("MySQL，版本 8",), ("SQLite", "Postgres")))
    assert await phone.writes(f"1 {second}") == ZH("questions.over_allowed")


async def test_of_several_questions_none_is_answered_that_the_settings_now_keep_at_the_computer(
    phone: PhoneDesk,
) -> None:
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    await phone.writes(f"1 {phone.codes[0]}")
    [code] = phone.codes
    phone.tune(content=Content.KIND)
    asked = await phone.writes(f"{code} 1; 2; 3")
    assert asked == ZH("phone.unclear_unfit")
    phone.tune(computer_only=("(?i)sqlite",))
    assert await phone.writes(f"{code} 1") == ZH("phone.unclear_here")
    call.cancel()
    phone.tune(computer_only=())
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    phone.tune(computer_only=("(?i)sqlite",))
    assert await phone.writes(f"{phone.codes[-1]} 1") == ZH("phone.unclear_here")
    assert not call.done()


async def test_what_was_answered_in_part_is_asked_whole_again_after_a_restart(phone: PhoneDesk) -> None:
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    await phone.writes(f"1 {phone.codes[0]}")
    [code] = phone.codes
    call.cancel()
    phone.restart()
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    assert await phone.writes(f"2 {code}") == ZH("phone.unclear_unknown")
    assert [one.given for one in phone.teller.told] == [()]


async def test_what_is_answered_at_the_computer_between_two_questions_is_over_on_the_phone(phone: PhoneDesk) -> None:
    call = await phone.ask(CHOICES)
    await phone.passes(60)
    await phone.writes(f"1 {phone.codes[0]}")
    [code] = phone.codes
    await phone.questions.answer("q1", Chosen((("Postgres",), ("SQLite",))), by=Source.PAGE)
    assert await phone.writes(f"1 {code}") == ZH("questions.over_allowed")
    assert await call == Chosen((("Postgres",), ("SQLite",)))
