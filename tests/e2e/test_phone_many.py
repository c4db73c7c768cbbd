"""Two hundred questions at once, through the hook's own door: a few on the phone, each answered right and once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_phone import decision, runs
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import PhoneStage, pair, phone_stage, taps, until
from tray_app.app.client.remote import AppSaysNo
from tray_app.services.phone.teller import MOST_OPEN

pytestmark = [pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180), pytest.mark.slow]
MANY = 200
_ROOM_KIB = 40 * 1024  # for two hundred connections, each with its question, and what the phone was told


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[PhoneStage]:
    with phone_stage(tmp_path) as stage:
        pair(stage.robot, stage.remote)
        yield stage


def held_kib(stage: PhoneStage) -> int:
    status = Path("/proc", str(stage.child.process.pid), "status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0])


def words_for(number: int) -> tuple[str, str]:
    return ("allow", "") if number % 2 else ("deny", f"not {number}")


def expected(number: int) -> dict[str, Any]:
    word, own = words_for(number)
    return {"behavior": word, **({"message": own} if own else {})}


def test_two_hundred_at_once_are_answered_each_right_and_once(stage: PhoneStage) -> None:
    before, before_kib = len(stage.robot.chat), held_kib(stage)
    with ThreadPoolExecutor(MANY) as aside:
        calls = {number: aside.submit(stage.post, runs(f"make part-{number}")) for number in range(MANY)}
        until(lambda: len(stage.remote.get("questions")["questions"]) == MANY)
        shown = stage.robot.wait_for_chat(before + MOST_OPEN, PATIENCE_S)[before:]
        by_phone = int(shown[0].text.partition("make part-")[2].split()[0])
        stage.writes(taps(shown[0])[0 if by_phone % 2 else 1] + ("" if by_phone % 2 else f" not {by_phone}"))
        assert decision(calls[by_phone].result(PATIENCE_S)) == expected(by_phone)
        stage.hears("more wait", after=before)  # the others as a number
        waiting = {
            int(one["details"][0]["value"].removeprefix("make part-")): one["id"]
            for one in stage.remote.get("questions")["questions"]
        }
        assert len(waiting) == MANY - 1
        for number, question_id in waiting.items():
            word, own = words_for(number)
            stage.remote.post("questions/answer", {"id": question_id, "word": word, "own": own})
        for number, call in calls.items():
            assert decision(call.result(PATIENCE_S)) == expected(number)
    for question_id in waiting.values():
        with pytest.raises(AppSaysNo):
            stage.remote.post("questions/answer", {"id": question_id, "word": "allow"})
    audited = [entry[0] for entry in stage.audited()]
    assert (len(audited), len(set(audited))) == (MANY, MANY)
    assert stage.remote.get("questions")["questions"] == []
    assert held_kib(stage) - before_kib < _ROOM_KIB
