"""Two computers with one app robot: DingTalk hands each message to one of them. No answer is lost, none goes astray."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_phone import decision, runs
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import PhoneStage, phone_stage, taps
from tray_app.sandbox.sending import ChatMessage

if TYPE_CHECKING:
    from concurrent.futures import Future

pytestmark = [pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180), pytest.mark.slow]
_TRIES = 10  # each message goes to one of two


@pytest.fixture
def computers(tmp_path: Path) -> Iterator[tuple[PhoneStage, PhoneStage]]:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with phone_stage(folders[0]) as one, phone_stage(folders[1], robot=one.robot) as two:
        for stage in (one, two):
            _pair(stage)
        yield one, two


def _pair(stage: PhoneStage) -> None:
    """Send the code until it has reached the right one."""
    code, robot = stage.remote.post("phone/pair")["code"], stage.robot
    for _ in range(_TRIES):
        heard = robot.hear(code)
        robot.wait_until(lambda heard=heard: heard in robot.gateway.acknowledged, PATIENCE_S)  # type: ignore[misc]  # bound now
        if stage.remote.get("status")["phone"]["paired"]:
            break
    stage.hears("Paired", after=0)


def asks(stage: PhoneStage, command: str) -> tuple["Future[dict[str, Any]]", ChatMessage]:
    before = len(stage.robot.chat)
    call = stage.asks(runs(command))
    return call, stage.hears(command, after=before)


def tapped_twice(stage: PhoneStage, tap: str, call: "Future[dict[str, Any]]") -> list[str]:
    """Tap, and once more: the stand-in hands the two to different computers. Gives what was said to each."""
    said = [stage.replies(tap) for _ in range(2)]
    call.result(PATIENCE_S)
    return said


def test_each_answer_reaches_its_own_question_or_hears_that_it_did_not(
    computers: tuple[PhoneStage, PhoneStage],
) -> None:
    one, two = computers
    astray: list[str] = []
    for number in range(3):
        (call, message), (other, theirs) = asks(one, f"npm test {number}"), asks(two, f"npm run build {number}")
        allow, deny = taps(message)[0], taps(theirs)[1]
        said = tapped_twice(one, allow, call)
        assert not other.done()
        said += tapped_twice(two, deny, other)
        assert (decision(call.result()), decision(other.result())) == ({"behavior": "allow"}, {"behavior": "deny"})
        astray += [each for each in said if "never gave out" in each]
        for stage, behavior in ((one, "allow"), (two, "deny")):
            assert [entry[1] for entry in stage.audited()] == [behavior] * (number + 1)
    assert len(astray) == 6  # one of the two taps, each time
    shared = [stage.remote.get("status")["phone"]["reason"] for stage in computers]
    assert any(reason and "Another computer" in reason for reason in shared)
