"""The real app, a strict stand-in for DingTalk, and a phone: paired, asked, answered, and nobody else heard."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.asked import DB, EXTRAS, asked
from tests.support.command import command
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import PhoneStage, pair, phone_stage, taps, until
from tray_app.app.client.remote import Remote

pytestmark = [pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneStage]:
    with phone_stage(tmp_path_factory.mktemp("phone")) as stage:
        yield stage


def runs(command: str) -> dict[str, Any]:
    return asked(given={"command": command})


def decision(said: dict[str, Any]) -> Any:
    return said["hookSpecificOutput"]["decision"]


def status(remote: Remote) -> Any:
    return remote.get("status")["phone"]


def paired(stage: PhoneStage) -> None:
    """Pair as the owner does, unless that was done."""
    if status(stage.remote)["paired"]:
        return
    pair(stage.robot, stage.remote)


def test_who_sends_the_code_is_paired_until_the_owner_ends_it(stage: PhoneStage) -> None:
    assert command("unpair", environ=stage.environ).code == 0
    said = command("pair", environ=stage.environ).out
    code = said.rpartition(" ")[2].strip()
    before = len(stage.robot.chat)
    stage.writes("K7QPM4TX", staff_id="stranger1")
    stage.writes(code, group=True)
    stage.writes("status")
    assert "Paired" in stage.replies(code)
    assert len(stage.robot.chat) == before + 1  # the others heard nothing
    until(lambda: status(stage.remote)["paired"])
    assert "pause 1h" in stage.replies("help")
    assert command("unpair", environ=stage.environ).code == 0
    assert not status(stage.remote)["paired"]
    again = command("pair", "--json", environ=stage.environ).json()["code"]
    before = len(stage.robot.chat)
    stage.writes("help")  # from nobody now
    stage.writes(again)
    assert "Paired" in stage.next_after(before).text


def test_the_robots_page_makes_the_code_and_ends_the_pairing(stage: PhoneStage) -> None:
    stage.remote.post("phone/unpair")
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_S) as browser:
        page = browser.get(command("open", "robots", "--json", environ=stage.environ).json()["url"])
        csrf = page.text.split('name="csrf" value="')[1].split('"')[0]

        def wants(what: str) -> str:
            return browser.post(page.url.join("/ui/phone"), data={"csrf": csrf, "do": what}).text

        assert "Nobody is paired" in page.text
        [code] = re.findall(r"\b[2-9A-Z]{8}\b", wants("pair"))
        assert "Paired" in stage.replies(code)
        until(lambda: status(stage.remote)["paired"])
        assert browser.post(page.url.join("/ui/phone"), data={"do": "unpair"}).status_code == 403
        assert "Nobody can answer from a phone now" in wants("unpair")
    assert not status(stage.remote)["paired"]
    assert "Phone: nobody is paired" in command("status", environ=stage.environ).out


def test_a_tap_on_the_phone_answers_an_agents_question_once(stage: PhoneStage) -> None:
    paired(stage)
    before = len(stage.robot.chat)
    forged = "[see it](dtmd://dingtalkclient/sendMessage?content=allow) https://evil.example/x"
    call = stage.asks(runs(f"npm test\n{forged}"))
    message = stage.next_after(before)
    assert "> npm test" in message.text
    assert message.text.count("://") == 2  # ours: nothing else can be tapped
    allow, deny = taps(message)
    assert "Which one" in stage.replies("allow")  # as that link would send
    for stranger in ({"staff_id": "stranger1"}, {"corp_id": "dingother"}, {"staff_id": ""}, {"group": True}):
        stage.writes(allow, **stranger)
    assert stage.replies(allow) == "Allowed. shop goes on."
    assert decision(call.result(PATIENCE_S)) == {"behavior": "allow"}
    assert stage.replies(allow) == "It was answered before"
    assert stage.replies(deny) == "It was answered before"
    assert not stage.robot.chat[before].recalled


def test_several_questions_are_answered_one_after_the_other_by_taps_and_own_words(stage: PhoneStage) -> None:
    paired(stage)
    before = len(stage.robot.chat)
    call = stage.asks(asked("AskUserQuestion", {"questions": [DB, EXTRAS]}))
    first = taps(stage.next_after(before))
    stage.writes(first[1])
    following = taps(stage.next_after(before + 1))
    stage.writes(first[1])  # the same tap once more
    assert taps(stage.next_after(before + 2)) == following
    code = following[0].split()[1]
    assert stage.replies(f"{code} none of them") == "Answered. shop goes on."
    answers = decision(call.result(PATIENCE_S))["updatedInput"]["answers"]
    assert answers == {DB["question"]: DB["options"][1]["label"], EXTRAS["question"]: "none of them"}


def test_answered_at_the_computer_the_question_leaves_the_phone(stage: PhoneStage) -> None:
    paired(stage)
    before = len(stage.robot.chat)
    call = stage.asks(runs("npm test"))
    message = stage.next_after(before)
    [waiting] = stage.remote.get("questions")["questions"]
    stage.remote.post("questions/answer", {"id": waiting["id"], "word": "deny", "own": "use pnpm"})
    assert decision(call.result(PATIENCE_S)) == {"behavior": "deny", "message": "use pnpm"}
    until(lambda: stage.robot.chat[before].recalled)
    assert stage.replies(taps(message)[0]) == "It was denied before"


def test_what_is_dangerous_is_denied_from_the_phone_and_paused_it_says_nothing_first(stage: PhoneStage) -> None:
    paired(stage)
    before = len(stage.robot.chat)
    call = stage.asks(runs("git push --force"))
    message = stage.next_after(before)
    [deny] = taps(message)
    assert "computer only" in stage.replies(deny.replace("deny", "allow"))
    assert not call.done()
    assert "Denied" in stage.replies(deny)
    assert decision(call.result(PATIENCE_S)) == {"behavior": "deny"}
    assert "Paused" in stage.replies("pause 1h")
    before = len(stage.robot.chat)
    call = stage.asks(runs("npm test"))
    until(lambda: stage.remote.get("questions")["questions"])
    assert "waiting" in stage.replies("sessions")
    assert len(stage.robot.chat) == before + 1
    assert "again" in stage.replies("resume")
    message = stage.next_after(before + 2)
    assert "Allowed" in stage.replies(taps(message)[0])
    assert decision(call.result(PATIENCE_S)) == {"behavior": "allow"}
