"""`kill -9` at any instant between a question, its message on the phone, the tap and the answer.

Nothing is allowed by silence, no answer is applied to another question or twice, and nothing is told twice.
"""

import contextlib
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_phone import decision, runs
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import PhoneStage, pair, phone_stage, taps, until
from tray_app.sandbox.robot import Stall
from tray_app.sandbox.sending import SEND_PATH, TOKEN_PATH

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tray_app.sandbox.robot import RobotFault

pytestmark = [pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.slow]
INSTANTS = 40  # `dev.py bench phone-kill`: 200
_SOON_S = 0.08
_AGAIN_MS = 500  # the stand-in delivers again what was not acknowledged


@pytest.mark.timeout(900)  # forty starts, on a computer that may have much else to do
def test_killed_at_forty_random_instants_no_answer_goes_astray(tmp_path: Path) -> None:
    assert killed(tmp_path, instants=INSTANTS) > 0


def killed(folder: Path, *, instants: int) -> int:
    """Kill it so many times, and assert that all is well. Returns how many answers reached an agent before."""
    chance, answered = random.Random(), 0
    with phone_stage(folder) as stage:
        pair(stage.robot, stage.remote)
        _often(stage)
        stage.robot.change(lambda: setattr(stage.robot.gateway, "redeliver_ms", _AGAIN_MS))
        for number in range(instants):
            answered += _round(stage, number, chance)
            stage.begin_anew()
            _no_late_answer(stage, number)
        _nothing_twice(stage)
        stage.robot.change(lambda: _forgive(stage.robot.app.breaches))
    return answered


def _forgive(breaches: list[str]) -> None:
    """Each start asks for a token, for it is kept in memory only; so many starts are the test's doing."""
    breaches[:] = [said for said in breaches if not said.startswith(TOKEN_PATH)]


def _often(stage: PhoneStage) -> None:
    """Let it send without waiting for its minute."""
    file = stage.child.paths.settings
    file.write_text(file.read_text("utf-8").replace("[robots.phone]", "[robots.phone]\nper_minute = 1000"), "utf-8")


def _round(stage: PhoneStage, number: int, chance: random.Random) -> int:
    """One is allowed, one denied, one left alone; killed somewhere between. Returns how many heard the answer."""
    before = len(stage.robot.chat)
    calls = {word: stage.asks(runs(f"make {word}-{number}")) for word in ("allow", "deny", "nothing")}
    if number % 4:  # else it is killed while the phone is told
        told = {word: stage.hears(f"make {word}-{number}", after=before) for word in calls}
        waiting = {
            one["id"]: one["details"][0]["value"].removeprefix("make ").partition("-")[0]
            for one in stage.remote.get("questions")["questions"]
        }
        stage.writes(taps(told["allow"])[0])
        stage.writes(taps(told["deny"])[1])
    else:
        waiting = {}
    time.sleep(chance.uniform(0.0, _SOON_S))  # the instant is the test's subject
    stage.kill()
    heard = {word: _heard(call) for word, call in calls.items()}
    assert heard["nothing"] is None
    assert heard["allow"] in (None, {"behavior": "allow"})
    assert heard["deny"] in (None, {"behavior": "deny"})
    _on_record(stage, waiting, heard)
    return sum(said is not None for said in heard.values())


def _heard(call: "Future[dict[str, Any]]") -> Any:
    return None if call.exception(PATIENCE_S) is not None else decision(call.result())


def _on_record(stage: PhoneStage, waiting: dict[str, str], heard: dict[str, Any]) -> None:
    """What an agent heard is in the audit, and nothing is there twice or otherwise than it was answered."""
    kept = stage.audited()
    assert max(Counter(entry[0] for entry in kept).values(), default=1) == 1
    said = {waiting[entry[0]]: entry[1] for entry in kept if entry[0] in waiting}
    assert all(word == decided for word, decided in said.items())
    assert all(word in said for word, each in heard.items() if each is not None)


def _no_late_answer(stage: PhoneStage, number: int) -> None:
    """The taps of before come again by themselves; the next question of the same words waits for its own answer."""
    before = len(stage.robot.chat)
    call = stage.asks(runs(f"make allow-{number}"))
    mine = stage.hears(f"make allow-{number}", after=before)
    stage.writes(taps(mine)[1])
    assert decision(call.result(PATIENCE_S)) == {"behavior": "deny"}


def _nothing_twice(stage: PhoneStage) -> None:
    codes = Counter(taps(message)[0].rpartition(" ")[2] for message in stage.robot.chat if taps(message))
    assert max(codes.values()) == 1
    until(lambda: not {"queued", "sending"} & set(_stages(stage)))


def _stages(stage: PhoneStage) -> list[str]:
    with contextlib.closing(sqlite3.connect(stage.child.paths.history)) as file:
        return [row[0] for row in file.execute("SELECT stage FROM deliveries ORDER BY seq")]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", [Stall(take=True), Stall(take=False)], ids=["taken", "not taken"])
def test_killed_while_a_question_is_on_its_way_it_perhaps_arrived_and_is_not_sent_again(
    tmp_path: Path, fault: "RobotFault"
) -> None:
    with phone_stage(tmp_path) as stage:
        pair(stage.robot, stage.remote)
        before = len(stage.robot.chat)
        stage.robot.change(lambda: stage.robot.app.script(fault, path=SEND_PATH))
        posts = stage.robot.read(lambda: stage.robot.app.requests.count(SEND_PATH))
        call = stage.asks(runs("make all"))
        stage.robot.wait_until(lambda: stage.robot.app.requests.count(SEND_PATH) > posts, PATIENCE_S)
        assert _stages(stage)[-1] == "sending"
        arrived = stage.hears("make all", after=before) if fault.take else None
        stage.kill()
        assert call.exception(PATIENCE_S) is not None
        stage.begin_anew()
        until(lambda: "sending" not in _stages(stage))
        assert "perhaps" in _stages(stage)[-1]
        if arrived is not None:
            assert "Nothing waits" in stage.replies(taps(arrived)[0])
        assert stage.replies("status")
        assert sum("make all" in message.text for message in stage.robot.chat) == (1 if fault.take else 0)
        assert stage.audited() == []
