"""Another computer with the same app robot: DingTalk hands each message to one of the two, whoever it is for."""

import pytest

from tests.support.phone_desk import ZH, PhoneDesk, paired
from tray_app.core.phone.pairing import is_code
from tray_app.core.questions.question import Allowed

pytestmark = pytest.mark.anyio
ELSEWHERE, AGAIN = "K7QP", "M4TX"  # codes of the other computer


def likely(phone: PhoneDesk) -> bool:
    return phone.others.likely


async def test_an_answer_for_another_computer_hears_so_and_changes_nothing_here(phone: PhoneDesk) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [mine] = phone.codes
    for word in ("允许", "拒绝", "1"):
        assert "没有发出过此代码" in await phone.writes(f"{word} {ELSEWHERE}")
    assert not call.done()
    assert not likely(phone)  # one code may be a slip of the pen
    assert "哪一项" in await phone.writes("拒绝")  # of which of the two computers?
    assert "没有发出过此代码" in await phone.writes(f"允许 {AGAIN}")
    assert (likely(phone), phone.notes) == (True, ["phone.shared"])
    phone.restart()
    assert likely(phone)
    assert await phone.writes(f"允许 {mine}") == ZH("phone.unclear_unknown")  # it was given out here, before
    call.cancel()


async def test_words_to_a_session_of_another_computer_hear_so_and_are_a_sign_of_it_too(phone: PhoneDesk) -> None:
    assert await phone.writes(f"继续 {ELSEWHERE} 写测试") == ZH("phone.continue_foreign")
    assert (phone.others.possible, likely(phone)) == (True, False)
    await phone.writes(f"continue {ELSEWHERE} go on")  # the same again is no second sign
    assert not likely(phone)
    assert await phone.writes(f"continue {AGAIN}") == ZH("phone.continue_foreign")
    assert (likely(phone), phone.notes) == (True, ["phone.shared"])


async def test_a_code_of_here_is_no_sign_of_another_computer_whatever_it_was_for(phone: PhoneDesk) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [mine] = phone.codes
    assert await phone.writes(f"继续 {mine} 写测试") == ZH("phone.continue_unknown")
    assert not phone.others.possible
    call.cancel()


async def test_a_day_later_the_signs_are_forgotten(phone: PhoneDesk) -> None:
    for code in (ELSEWHERE, AGAIN):
        await phone.writes(f"允许 {code}")
    assert likely(phone)
    phone.office.clock.step(86_400_000)
    assert not phone.others.possible
    call = await phone.ask()
    await phone.passes(60)
    [mine] = phone.codes
    await phone.writes(f"允许 {mine}")
    assert await call == Allowed()


async def test_a_pairing_code_of_another_computer_is_not_lost_without_a_word(phone: PhoneDesk) -> None:
    assert "没有等待配对" in await phone.writes("K7QPM4TX")
    await phone.pairing.end()
    assert await paired(phone, "K7QPM4TX") == ""
    assert phone.notes == ["phone.note_pairing"]


@pytest.mark.parametrize(("written", "is_one"), [("k7qpm4tx", True), ("配对 K7QPM4TX", True), ("repeated", False)])
def test_a_word_of_eight_letters_is_no_pairing_code(written: str, is_one: bool) -> None:
    assert is_code(written) is is_one
