"""Between telling and answer much may change: who is paired, the settings, the fate of the message, the app itself."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from tests.core.redaction.corpus.made import ALNUM, chance
from tests.support.asked import DB, EXTRAS, asked
from tests.support.phone_desk import OWNER, ZH, Killed, PhoneDesk, shown
from tests.support.phone_scenes import COMMAND, PLAN, running
from tray_app.core.claude_code.questions import read_question
from tray_app.core.delivery.delivery import Source
from tray_app.core.questions.question import AgentPrompt, Allowed, Denied
from tray_app.core.robots.app_robot import Recipient
from tray_app.core.settings.settings import RedactionMode, RedactionSettings
from tray_app.services.phone.teller import MOST_OPEN

pytestmark = pytest.mark.anyio
TOKEN = "gh" + "p_" + chance(5).of(ALNUM, 36)
OTHER = Recipient(staff_id="li", corp_id=OWNER.corp_id)


async def looks(phone: PhoneDesk) -> None:
    phone.teller.look()
    await phone.office.settle()


async def test_whoever_is_paired_in_anothers_place_answers_nothing_of_the_others(phone: PhoneDesk) -> None:
    call = await phone.ask()
    await phone.passes(60)
    [code] = phone.codes
    phone.person.kept = OTHER
    for written in ("拒绝", f"拒绝 {code}", f"允许 {code}"):  # before the teller has looked, too
        assert await phone.writes(written, staff_id=OTHER.staff_id) != ""
        assert not call.done()
    await looks(phone)
    assert len(phone.line.asked) == 2  # told anew
    await phone.writes(f"允许 {code}", staff_id=OTHER.staff_id)
    assert not call.done()
    [code] = phone.codes
    await phone.writes(f"允许 {code}", staff_id=OTHER.staff_id)
    assert await call == Allowed()


async def test_after_the_keyring_was_locked_for_a_while_what_waits_is_told_once_and_its_code_is_good(
    phone: PhoneDesk,
) -> None:
    call, elsewhere = await phone.ask(), await phone.ask(running("echo 2"))
    await phone.passes(60)
    codes = phone.codes
    phone.line.paired = False
    await looks(phone)
    await phone.questions.answer("q2", Denied(), by=Source.PAGE)
    await phone.passes(120)
    phone.line.paired = True
    await phone.passes(120)
    assert (len(phone.line.asked), phone.line.recalled, phone.codes) == (2, ["d2"], codes[:1])
    await phone.writes(f"允许 {codes[0]}")
    assert (await call, await elsewhere) == (Allowed(), Denied())


@pytest.mark.parametrize(
    ("prompt", "before", "after", "written"),
    [
        (COMMAND, {"lasting": True}, {"lasting": False}, "{} 2"),
        (COMMAND, {"lasting": False}, {"lasting": True}, ""),
        (PLAN, {"lasting": True}, {"lasting": False}, "{} 2"),
        (running("make release"), {}, {"computer_only": ("make release",)}, "允许 {}"),
        (running("make release"), {}, {"computer_only": ("make release",)}, "{} 1"),
    ],
)
async def test_settings_that_were_switched_after_telling_hold(
    phone: PhoneDesk, prompt: AgentPrompt, before: dict[str, object], after: dict[str, object], written: str
) -> None:
    phone.tune(**before)
    call = await phone.ask(prompt)
    await phone.passes(60)
    [code] = phone.codes
    phone.tune(**after)
    if written:
        assert await phone.writes(written.format(code)) == ZH("phone.unclear_here")
        assert not call.done()
    await phone.writes(f"{code} 2" if not written else f"拒绝 {code}")
    assert await call == Denied()  # "2" is what stood there as the second


@pytest.mark.parametrize(("questions", "written"), [([DB], "{} 1"), ([DB], "{} MySQL"), ([DB, EXTRAS], "{} 1; 2")])
async def test_what_is_refused_since_for_a_secret_takes_a_denial_alone(
    phone: PhoneDesk, questions: list[dict[str, Any]], written: str
) -> None:
    first = {**questions[0], "question": f"Which, for {TOKEN}?"}
    call = await phone.ask(read_question(asked("AskUserQuestion", {"questions": [first, *questions[1:]]})))
    await phone.passes(60)
    [code] = phone.codes
    redaction = RedactionSettings(mode=RedactionMode.REFUSE)
    phone.office.settings = replace(phone.office.settings, redaction=redaction)
    assert await phone.writes(written.format(code)) == ZH("phone.unclear_here")
    await phone.writes(f"拒绝 {code}")
    assert await call == Denied()


async def test_a_message_that_is_lost_gives_its_place_to_others_and_is_told_again(phone: PhoneDesk) -> None:
    for number in range(MOST_OPEN + 1):
        await phone.ask(running(f"echo {number}"))
    await phone.passes(60)
    assert "echo 5" not in "".join(map(shown, phone.line.asked))
    phone.line.lost = {f"d{number}" for number in range(1, MOST_OPEN + 1)}
    old = phone.codes
    await looks(phone)
    assert "echo 5" in shown(phone.line.asked[-1])
    assert len(phone.codes) == 1
    await phone.passes(300)
    assert len(phone.codes) == MOST_OPEN
    assert not {*old} & {*phone.codes}


async def test_what_cannot_be_written_keeps_no_place(phone: PhoneDesk) -> None:
    phone.line.unfit = True
    for number in range(MOST_OPEN + 1):
        await phone.ask(running(f"echo {number}"))
    await phone.passes(60)
    assert (phone.line.asked, phone.codes) == ([], [])
    phone.line.unfit = False
    await phone.passes(60)
    assert len(phone.line.asked) == MOST_OPEN


@pytest.mark.parametrize("count", [50, 2_000])
async def test_of_very_many_options_a_few_are_links_and_the_denial_is_one(phone: PhoneDesk, count: int) -> None:
    options = [{"label": f"第{number}项" * 9} for number in range(count)]
    call = await phone.ask(read_question(asked("AskUserQuestion", {"questions": [{**DB, "options": options}]})))
    await phone.passes(60)
    [message] = phone.line.asked
    assert len(shown(message).encode()) < 15_000
    [code] = phone.codes
    taps = unquote(shown(message)).split("content=")
    assert 2 <= len(taps) <= 14
    assert taps[-1].startswith(f"拒绝 {code})")
    await phone.writes(f"拒绝 {code}")
    assert await call == Denied()


@pytest.mark.parametrize("written", ["暂停 1h", "允许 {}", "状态"])
async def test_killed_before_a_message_was_acted_on_to_its_end_it_counts_when_it_comes_again(
    phone: PhoneDesk, written: str
) -> None:
    call = await phone.ask()
    await phone.passes(60)
    said = written.format(phone.codes[0])
    phone.line.killed = True
    with pytest.raises(Killed):
        await phone.writes(said, msg_id="same")
    phone.line.killed = False
    phone.restart()
    phone.office.control.resume()
    assert await phone.writes(said, msg_id="same") != ""
    assert (phone.office.pause.current() is not None) is ("暂停" in written)
    assert await phone.writes(said, msg_id="same") == ""
    call.cancel()


async def test_a_command_that_came_again_is_the_last_of_it_after_a_restart(phone: PhoneDesk) -> None:
    await phone.writes("暂停 1h", msg_id="same")
    phone.restart()
    phone.office.control.resume()
    assert await phone.writes("暂停 1h", msg_id="same") == ""
    assert phone.office.pause.current() is None


async def test_a_question_that_was_answered_at_the_computer_after_it_was_lost_is_said_nowhere(phone: PhoneDesk) -> None:
    await phone.ask()
    await phone.passes(60)
    phone.line.lost = {"d1"}
    await looks(phone)
    await phone.questions.answer("q1", Denied(), by=Source.PAGE)
    await looks(phone)
    assert (len(phone.line.asked), phone.line.recalled) == (1, [])
