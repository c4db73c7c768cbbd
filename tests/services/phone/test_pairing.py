"""Who is paired with the app, and who is not any more."""

import pytest

from tests.support.agents import audited
from tests.support.phone_desk import ZH, PhoneDesk, paired
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.phone.pairing import MOST_TRIES
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.robots.app_robot import Recipient

pytestmark = pytest.mark.anyio


async def test_who_sends_the_code_is_paired_and_nobody_else_from_then_on(phone: PhoneDesk) -> None:
    phone.person.kept = None
    assert await paired(phone, "状态") == ""
    offer = await phone.pairing.begin()
    assert await paired(phone, f"配对 {offer.code}", single=False) == ""
    assert await paired(phone, f"配对 {offer.code}", forwarded=True) == ""
    assert phone.person.kept is None
    assert await paired(phone, f"配对 {offer.code.lower()}", msg_id="the code") == ZH("phone.paired")
    assert await paired(phone, f"配对 {offer.code.lower()}", msg_id="the code") == ""  # it came again
    assert phone.person.kept == Recipient(staff_id="li", corp_id="dingx")
    assert phone.notes[-1] == "phone.note_paired"
    assert audited(phone.office)[-1].rule == "phone.pairing"
    assert await phone.writes(offer.code) == ""  # once
    assert await paired(phone, f"配对 {offer.code}", msg_id="again") == ZH("phone.unclear_pairing")
    assert await paired(phone, "帮助") == ZH("phone.help")
    await phone.pairing.end()
    assert await paired(phone, "帮助") == ""
    assert phone.person.kept is None
    assert [entry.decision for entry in audited(phone.office)[-2:]] == [DecisionKind.ALLOW, DecisionKind.DENY]


async def test_a_pairing_code_bears_few_tries_of_one_person_and_ten_minutes(phone: PhoneDesk) -> None:
    phone.person.kept = None
    offer = await phone.pairing.begin()
    for _ in range(MOST_TRIES + 1):
        assert await paired(phone, "K7QPM4TX") == ""
    assert phone.notes.count("phone.note_tries") == 1
    assert await paired(phone, offer.code) == ""
    assert await phone.writes(offer.code) == ZH("phone.paired")  # another person's tries are none of the owner's
    await phone.pairing.end()
    offer = await phone.pairing.begin()
    await phone.passes(600)
    assert phone.pairing.offer is None
    assert await paired(phone, offer.code) == ""
    assert phone.person.kept is None
    phone.person.robot = False
    with pytest.raises(TrayAppError):
        await phone.pairing.begin()


async def test_a_pairing_code_is_told_and_on_record_and_puts_nobody_in_anothers_place(phone: PhoneDesk) -> None:
    with pytest.raises(TrayAppError) as refused:
        await phone.pairing.begin()
    assert refused.value.reason == text("phone.is_paired")
    assert (phone.pairing.offer, phone.notes) == (None, [])
    await phone.pairing.end()
    offer = await phone.pairing.begin()
    assert phone.notes == ["phone.note_offered"]
    assert audited(phone.office)[-1].reason == text("phone.audit_offered")
    await paired(phone, offer.code)
    assert audited(phone.office)[-1].reason == text("phone.audit_paired", staff_id="li")
