"""Whatever is written, tapped, answered, paused and restarted: an answer is for what it names, once, and on record."""

import random
from typing import TYPE_CHECKING

import pytest

from tests.support.agents import audited
from tests.support.office import Office
from tests.support.phone_desk import PhoneDesk
from tests.support.phone_scenes import CHOICE, CHOICES, COMMAND, PLAN, running
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.questions.question import Denied, Reply

if TYPE_CHECKING:
    from asyncio import Future

pytestmark = pytest.mark.anyio
STEPS = 150
PROMPTS = (COMMAND, CHOICE, CHOICES, PLAN, running("rm -rf x"))
WORDS = (
    "允许 {}",
    "拒绝 {} 用 pnpm",
    "{} 1",
    "1 {}",
    "2",
    "允许",
    "拒绝",
    "{}",
    "好的",
    "允许 {} 但是",
    "{} 1; 2",
    "1、2 {}",
    "{} 用 MySQL",
    "“允許 {}”",
    "恢复",
)
STRANGERS = ({"staff_id": "x"}, {"corp_id": "y"}, {"single": False}, {"forwarded": True}, {"staff_id": ""})


class Life:
    """One owner's day. `calls` are the agents' by the id of their question."""

    def __init__(self, phone: PhoneDesk, seed: int) -> None:
        self.phone = phone
        self.chance = random.Random(seed)
        self.calls: dict[str, Future[Reply | None]] = {}
        self.codes: list[str] = []  # every code that was ever told

    @property
    def office(self) -> Office:
        return self.phone.office

    def entries(self) -> list[AuditEntry]:
        return [entry for entry in audited(self.office) if entry.rule.startswith("question.")]

    async def step(self) -> None:
        what = self.chance.choice([self.ask, self.ask, self.time, self.write, self.write, self.write, self.other])
        await what()
        self.codes += [code for code in self.phone.codes if code not in self.codes]

    async def ask(self) -> None:
        if len(self.phone.questions.waiting()) < 6:
            before = {one.id for one in self.phone.questions.waiting()}
            call = await self.phone.ask(self.chance.choice(PROMPTS))
            [new] = [one.id for one in self.phone.questions.waiting() if one.id not in before]
            self.calls[new] = call

    async def time(self) -> None:
        await self.phone.passes(self.chance.choice([1, 10, 30, 600]))

    async def write(self) -> None:
        """Only the owner answers, and at most the one thing that is named; or denies the only one."""
        told = {one.code: one.waiting.id for one in self.phone.teller.told}
        waits, before = len(self.phone.questions.waiting()), len(self.entries())
        stranger = self.chance.random() < 0.2
        code = self.chance.choice([*self.codes[-4:], "Z9Z9"])
        written = self.chance.choice(WORDS).format(code)
        await self.phone.writes(written, **(self.chance.choice(STRANGERS) if stranger else {}))
        new = self.entries()[before:]
        assert len(new) <= (0 if stranger else 1)
        for entry in new:
            assert entry.rule == "question.phone"
            named = [one for one in told if one in written]
            only = waits == 1 and entry.id in told.values() and entry.decision is DecisionKind.DENY
            assert entry.id == told[named[0]] if named else only

    async def other(self) -> None:
        match self.chance.randrange(9):
            case 0:
                await self.office.control.pause(PauseFor.OPEN)
            case 1 | 5 | 6 | 7 | 8:
                self.office.control.resume()
                self.phone.teller.look()
            case 2 if waiting := self.phone.questions.waiting():
                await self.phone.questions.answer(waiting[0].id, Denied(), by=Source.PAGE)
            case 3 if waiting := self.phone.questions.waiting():
                self.calls[waiting[-1].id].cancel()
            case 4:
                self.phone.restart()
                for call in self.calls.values():
                    call.cancel()  # the app they asked is gone
        await self.office.settle()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_an_answer_is_for_what_it_names_once_and_on_record(phone: PhoneDesk, seed: int) -> None:
    phone.tune(after_s=5)
    life = Life(phone, seed)
    for _ in range(STEPS):
        await life.step()
    answered = [entry.id for entry in life.entries()]
    assert len(answered) == len(set(answered))
    assert len(answered) > 5  # else it says little
    for name, call in life.calls.items():
        given = call.done() and not call.cancelled() and call.result() is not None
        assert given is (name in answered)
        call.cancel()
    with pytest.raises(TrayAppError):
        await phone.questions.say("q0", "allow", by=Source.PHONE)
