"""What was kept is not lost where it cannot be read for a moment."""

import pytest

from tests.support.clock import StepClock
from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.services.follow_ups.memory import FollowUpMemory
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.others import OtherComputers

pytestmark = pytest.mark.anyio


class SomeDisk:
    """Keeps values; cannot be read while it is `away`."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}
        self.away = False

    def read_state(self, key: str) -> object:
        if self.away:
            raise StoreUnavailable(text("store.locked", file="x"), text("store.locked_hint", folder="x", file="x"))
        return self.kept.get(key)

    def write_state(self, key: str, value: object) -> None:
        self.kept[key] = value

    async def lasting(self) -> None:
        """It is."""


def memory(disk: SomeDisk, clock: StepClock) -> PhoneMemory:
    numbers = iter(range(10_000))
    return PhoneMemory(disk, clock, lambda below: next(numbers) * 7 % below, disk.lasting)


def test_words_under_way_are_still_known_after_a_read_that_failed() -> None:
    disk = SomeDisk()
    first, second = (FollowUp(id=name, session="s", project="web", by="page", at_ms=1) for name in ("one", "two"))
    FollowUpMemory(disk).keep(first)
    disk.away = True
    after = FollowUpMemory(disk)
    assert list(after.take_left()) == []
    with pytest.raises(StoreUnavailable):
        after.keep(second)
    disk.away = False
    after.keep(second)
    assert list(after.take_left()) == [first]
    assert list(after.take_left()) == []
    assert list(after.open) == [first, second]


async def test_codes_and_messages_of_before_are_known_again_after_a_read_that_failed(clock: StepClock) -> None:
    disk = SomeDisk()
    before = memory(disk, clock)
    code = before.new_code()
    await before.keep("m1")
    disk.away = True
    now = memory(disk, clock)
    assert not now.knows("m1")
    await now.keep("m2")
    newer = now.new_code()
    disk.away = False
    assert (now.knows("m1"), now.knows("m2"), now.gave(code), now.gave(newer)) == (True, True, True, True)
    await now.keep("m3")
    now.new_code()
    after = memory(disk, clock)
    assert all(after.knows(name) for name in ("m1", "m2", "m3"))
    assert after.gave(code)
    assert after.gave(newer)


def test_signs_of_another_computer_too(clock: StepClock) -> None:
    disk = SomeDisk()
    OtherComputers(disk, clock).saw("K7QP")
    disk.away = True
    others = OtherComputers(disk, clock)
    others.saw("M4TX")
    assert not others.likely
    disk.away = False
    assert others.likely
    others.saw("M4TX")
    assert OtherComputers(disk, clock).likely
