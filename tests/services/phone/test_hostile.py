"""What is written to the robot is not always well meant, or well written: nothing is answered that is not named."""

from urllib.parse import unquote

import pytest

from tests.support.phone_desk import ZH, PhoneDesk
from tests.support.phone_scenes import CHOICE, running
from tray_app.core.questions.question import MOST_WORDS, Allowed, Denied

pytestmark = pytest.mark.anyio


def parted(code: str) -> str:
    return f"{code[:2]} {code[2:]}"


async def test_a_denial_of_what_is_over_never_reaches_what_waits_now(phone: PhoneDesk) -> None:
    first = await phone.ask()
    await phone.passes(60)
    [old] = phone.codes
    await phone.writes(f"允许 {old}")
    assert await first == Allowed()
    now = await phone.ask(running("npm start"))
    await phone.passes(60)
    [new] = phone.codes
    for written in (parted(old), f"{old[:3]}O", f"{old}{old[0]}", f"用 {old}", f"允许 {old}"):
        asked = unquote(await phone.writes(f"拒绝 {written}"))
        assert (f"拒绝 {new}" in asked, now.done()) == (True, False)  # to tap, instead
    assert await phone.writes(f"拒绝 {old}") == ZH("questions.over_allowed")
    await phone.writes("拒绝 用 pnpm")
    assert await now == Denied("用 pnpm")


@pytest.mark.parametrize("written", ["允许 {0} {1}", "拒绝 {0}\n拒绝 {1}", "{1} 1 {0} 2", "允许 {0}，拒绝 {1}"])
async def test_a_message_with_two_codes_answers_neither_and_says_so(phone: PhoneDesk, written: str) -> None:
    one, other = await phone.ask(), await phone.ask(CHOICE)
    await phone.passes(60)
    assert await phone.writes(written.format(*phone.codes)) == ZH("phone.unclear_several")
    assert (one.done(), other.done()) == (False, False)
    await phone.writes(f"允许 {phone.codes[0]} {phone.codes[0].lower()}")  # one code twice is one
    assert await one == Allowed()


async def test_words_that_are_too_long_deny_nothing_and_choose_nothing(phone: PhoneDesk) -> None:
    one, other = await phone.ask(), await phone.ask(CHOICE)
    await phone.passes(60)
    first, second = phone.codes
    for written in (f"拒绝 {first} ", f"{second} "):
        assert await phone.writes(written + "啊" * (MOST_WORDS + 1)) == ZH("questions.unfit")
    assert (one.done(), other.done()) == (False, False)
    await phone.writes(f"拒绝 {first} " + "啊" * MOST_WORDS)
    assert await one == Denied("啊" * MOST_WORDS)


async def test_a_message_that_comes_again_with_other_words_and_anothers_of_its_number_are_nothing(
    phone: PhoneDesk,
) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    assert await phone.writes(f"允许 {code}", msg_id="same", staff_id="stranger") == ""
    assert await phone.writes("状态", msg_id="same") != ""  # a stranger uses no number up
    assert await phone.writes(f"允许 {code}", msg_id="same") == ""
    assert not call.done()
    await phone.writes(f"允许 {code}")
    assert await call == Allowed()
    for written in ("允许", "拒绝"):  # the same tap twice, and the other one after it
        assert await phone.writes(f"{written} {code}") == ZH("questions.over_allowed")
