"""A session that is done, told to the phone: which one it is, and what holds while things change meanwhile."""

from dataclasses import replace

import pytest

from tests.support.done_sessions import CODE, code_of, is_given, office, word
from tests.support.phone_desk import OWNER, PhoneDesk, shown
from tray_app.core.delivery.receipt import Status
from tray_app.core.follow_ups.follow_up import WAKES_WITHIN_MS
from tray_app.core.robots.app_robot import Recipient
from tray_app.core.sessions.session import SessionState
from tray_app.core.settings.phone import Content
from tray_app.services.phone.done import MOST_LISTED

__all__ = ["office"]
pytestmark = pytest.mark.anyio
OTHER = Recipient(staff_id="li", corp_id=OWNER.corp_id)
TOKEN = "ghp_" + "a1B2" * 9
LOST_S = WAKES_WITHIN_MS // 1000 + 1


async def is_done(phone: PhoneDesk, session_id: str, title: str, project: str = "shop") -> None:
    await phone.is_done(session_id, project)
    phone.sessions[session_id] = replace(phone.sessions[session_id], title=title)


async def works(phone: PhoneDesk, session_id: str, state: SessionState = SessionState.WORKING) -> None:
    """The registry says so."""
    phone.sessions[session_id] = replace(phone.sessions[session_id], state=state)
    phone.follow_ups.look()
    phone.done.look()
    await phone.office.settle()


async def pairs(phone: PhoneDesk, person: Recipient | None) -> None:
    phone.person.kept = person
    phone.done.look()
    await phone.office.settle()


async def test_sessions_of_one_project_are_told_apart_by_title_and_age_the_newest_first(phone: PhoneDesk) -> None:
    await is_done(phone, "s1", f"Deploy\nwith {TOKEN}")
    await phone.passes(300)
    await is_done(phone, "s2", "Fix the cart")
    _which, newer, older = (await phone.writes("继续")).splitlines()
    assert "shop · Fix the cart（0" in newer
    assert "shop · Deploy with 【" in older
    assert TOKEN not in older
    assert "5 " in older
    [code] = CODE.findall(newer)
    assert is_given(await phone.writes(f"继续 {code} 写测试"), "shop · Fix the cart")


async def test_by_kind_alone_their_age_tells_them_apart(phone: PhoneDesk) -> None:
    phone.tune(content=Content.KIND)
    await is_done(phone, "s1", "Deploy")
    await phone.passes(300)
    await is_done(phone, "s2", "Fix the cart")
    said = await phone.writes("继续")
    assert "Deploy" not in said
    assert "Fix" not in said
    _which, newer, older = said.splitlines()
    assert newer.partition("：")[2] != older.partition("：")[2]
    [code] = CODE.findall(older)
    reply = await phone.writes(f"继续 {code} 写测试")
    assert is_given(reply, "shop（5 ")
    assert "Deploy" not in reply


async def test_of_many_that_wait_the_newest_are_listed_and_the_rest_are_counted(phone: PhoneDesk) -> None:
    for number in range(MOST_LISTED + 2):
        await phone.is_done(f"s{number}", f"project{number}")
    _which, first, *_between, last, more = (await phone.writes("继续")).splitlines()
    assert f"project{MOST_LISTED + 1}（" in first
    assert "project2（" in last
    assert more == word("phone.continue_more", count=2)


async def test_while_the_keyring_is_locked_nothing_is_forgotten_and_nobody_is_told_anew(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    await phone.is_done()
    await phone.passes(61)
    [message] = phone.line.asked
    [code] = CODE.findall(shown(message).rpartition("\n\n")[2])
    phone.line.paired = False
    await phone.passes(61)
    phone.line.paired = True
    await phone.passes(61)
    assert phone.line.asked == [message]
    assert is_given(await phone.writes(f"继续 {code} 写测试"), "shop")


async def test_after_unpairing_a_code_is_nobodys_and_the_next_person_is_told_anew(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    await phone.is_done()
    await phone.passes(61)
    code = await code_of(phone)
    await pairs(phone, None)
    assert await phone.writes(f"继续 {code} 写测试") == ""
    await pairs(phone, OTHER)
    assert len(phone.line.asked) == 2
    assert await phone.writes(f"继续 {code} 写测试", staff_id="li") == word("phone.continue_unknown")
    assert not phone.woken["s1"].done()


@pytest.mark.parametrize("lost_first", [True, False])
async def test_words_that_are_perhaps_lost_are_told_to_who_wrote_them_alone(phone: PhoneDesk, lost_first: bool) -> None:
    await phone.is_done()
    await phone.writes(f"继续 {await code_of(phone)} 写测试")
    if lost_first:
        phone.line.answers = Status.FAILED
        await phone.passes(LOST_S)
        phone.line.answers = Status.QUEUED
        phone.line.asked.clear()
    await pairs(phone, None)
    await pairs(phone, OTHER)
    await phone.passes(2 * LOST_S)
    assert phone.line.asked == []


@pytest.mark.parametrize(("person", "told"), [(OWNER, 1), (OTHER, 0)])
async def test_words_that_the_last_run_lost_are_told_to_who_wrote_them_whoever_is_paired_by_then(
    phone: PhoneDesk, person: Recipient, told: int
) -> None:
    await phone.is_done()
    await phone.writes(f"继续 {await code_of(phone)} 写测试")
    phone.line.paired = False  # the keyring is still locked when the app starts again
    phone.restart()
    await phone.passes(1)
    phone.person.kept, phone.line.paired = person, True
    await phone.passes(120)
    assert len(phone.line.asked) == told


async def test_that_words_are_perhaps_lost_is_told_again_until_it_is_kept_and_without_secrets(phone: PhoneDesk) -> None:
    await phone.is_done(project=TOKEN)
    await phone.writes(f"继续 {await code_of(phone)} 写测试")
    phone.line.refuses = 1
    await phone.passes(LOST_S)
    assert len(phone.line.asked) == 1
    await phone.passes(120)
    refused, kept = phone.line.asked
    assert shown(refused) == shown(kept)
    assert TOKEN not in shown(kept)
    assert phone.line.masked[-1]


async def test_a_session_that_is_busy_for_a_moment_is_told_once_and_its_message_stays(phone: PhoneDesk) -> None:
    phone.tune(done=True)
    await phone.is_done()
    await phone.passes(61)
    await works(phone, "s1")
    await phone.passes(3)
    await works(phone, "s1", SessionState.IDLE)
    await phone.passes(120)
    assert (len(phone.line.asked), phone.line.recalled) == (1, [])
    await works(phone, "s1")
    await phone.passes(7)
    await works(phone, "s1", SessionState.IDLE)
    await phone.passes(120)
    assert (len(phone.line.asked), phone.line.recalled) == (1, ["d1"])
