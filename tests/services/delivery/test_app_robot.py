"""An app robot speaks to its owner: with a token of its own, once, and in a pause only when it is asked."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.app_robot import add, credentials_of, phone
from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.menu.lines import IconState, icon_of
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.state.problems import ProblemKind
from tray_app.sandbox.robot import AnswerWith, Drop, Garbage, RawRequest, RobotAnswer, RobotFault, Stall
from tray_app.sandbox.sending import SEND_PATH, TOKEN_PATH

__all__ = ["phone"]
pytestmark = pytest.mark.anyio

QUESTION = Origin(source=Source.QUESTION, tool="question", project="web")
REPLY = Origin(source=Source.REPLY, tool="reply")
TAP = "[允许](dtmd://dingtalkclient/sendMessage?content=%E5%85%81%E8%AE%B8%20K7QF)"
ASKED = MarkdownMessage(title="web 请求许可", text=f"`npm test`\n\n{TAP}\n\n[文档](https://example.com/a?b=1)")


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, phone: SandboxApp, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        add(office, phone)
        yield office
    assert phone.breaches == []


async def test_a_question_reaches_its_owner_with_its_taps_as_they_are(office: Office, phone: SandboxApp) -> None:
    receipt = await office.send(ASKED, robot="phone", origin=QUESTION)
    (seen,) = phone.chat
    row = office.row(receipt.delivery_id)
    assert (receipt.status, row.stage, row.taken_as, row.attempts) == (Status.SENT, Stage.SENT, seen.key, 1)
    assert (seen.staff_id, seen.kind, seen.title) == ("manager807", "sampleMarkdown", "web 请求许可")
    assert TAP in seen.text
    assert "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fexample.com" in seen.text
    assert phone.app.requests == [TOKEN_PATH, SEND_PATH]


async def test_one_token_serves_all_until_shortly_before_its_end(office: Office, phone: SandboxApp) -> None:
    for _ in range(3):
        await office.send("hello", robot="phone", origin=REPLY)
    assert phone.sending.tokens_given == 1
    await office.pass_time(6_899_000)
    await office.send("hello", robot="phone", origin=REPLY)
    assert phone.sending.tokens_given == 1
    await office.pass_time(2_000)
    await office.send("hello", robot="phone", origin=REPLY)
    assert (phone.sending.tokens_given, len(phone.chat)) == (2, 5)


async def test_a_token_that_is_refused_is_renewed_within_the_same_attempt(office: Office, phone: SandboxApp) -> None:
    await office.send("one", robot="phone", origin=QUESTION)
    phone.change(phone.sending.expire_token)
    receipt = await office.send("two", robot="phone", origin=QUESTION)
    assert (receipt.status, office.row(receipt.delivery_id).attempts) == (Status.SENT, 1)
    assert phone.app.requests == [TOKEN_PATH, SEND_PATH, SEND_PATH, TOKEN_PATH, SEND_PATH]


async def test_the_token_is_in_no_row_and_no_file(office: Office, phone: SandboxApp, tmp_path: Path) -> None:
    await office.send("one", robot="phone", origin=QUESTION)
    await office.store.lasting()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"one" in kept
    assert phone.client_secret.encode() not in kept
    assert phone.sending.token.encode() not in kept


@pytest.mark.parametrize("fault", [Drop(take=True), Garbage(take=True), Drop(), AnswerWith(status=502, take=True)])
async def test_a_lost_answer_is_perhaps_arrived_and_nothing_is_sent_twice(
    office: Office, phone: SandboxApp, fault: RobotFault
) -> None:
    await office.send("first", robot="phone", origin=QUESTION)
    phone.app.script(fault, path=SEND_PATH)
    receipt = await office.send("once", robot="phone", origin=QUESTION, wait_s=20)
    await office.pass_time(3_600_000)
    assert (receipt.status, office.row(receipt.delivery_id).stage) == (Status.PERHAPS, Stage.PERHAPS)
    assert [one.text for one in phone.chat].count("once") <= 1
    assert phone.app.requests.count(SEND_PATH) == 2


async def test_what_was_on_the_wire_when_the_process_died_is_perhaps_arrived(office: Office, phone: SandboxApp) -> None:
    phone.app.script(Stall(take=True), path=SEND_PATH)
    work = office.notify.send(MarkdownMessage(title="t", text="once"), robot="phone", origin=QUESTION, wait_s=0)
    receipt = await work
    await office.poster.took_off.wait()
    while not phone.chat:
        await office.clock.wait(office.poster.took_off, 0)
    await office.restart()
    await office.settle()
    assert office.row(receipt.delivery_id).stage is Stage.PERHAPS
    assert len(phone.chat) == 1


async def test_a_question_that_waits_for_a_retry_ends_with_the_run_and_an_answer_goes_on(
    office: Office, phone: SandboxApp
) -> None:
    phone.app.script(AnswerWith(status=503), path=SEND_PATH)
    question = await office.send(ASKED, robot="phone", origin=QUESTION, wait_s=0)
    answer = await office.send("all is quiet", robot="phone", origin=REPLY, wait_s=0)
    assert office.row(question.delivery_id).stage is Stage.QUEUED
    await office.restart()
    await office.pass_time(120_000)
    row = office.row(question.delivery_id)
    assert (row.stage, row.reason) == (Stage.DISCARDED, text("phone.of_last_run"))
    assert office.row(answer.delivery_id).stage is Stage.SENT
    assert len(phone.chat) == 1
    again = await office.send(ASKED, robot="phone", origin=QUESTION)
    assert again.status is Status.SENT


async def test_a_pause_holds_questions_at_the_door_and_lets_answers_through(
    office: Office, phone: SandboxApp, team: SandboxRobot
) -> None:
    await office.within(office.control.pause(PauseFor.HOUR))
    question = await office.send(ASKED, robot="phone", origin=QUESTION)
    assert (question.status, office.row(question.delivery_id).stage) == (Status.PAUSED, Stage.BLOCKED)
    answer = await office.send("paused for an hour", robot="phone", origin=REPLY)
    assert answer.status is Status.SENT
    for source in set(Source) - {Source.REPLY}:
        await office.send(source.value, robot="phone", origin=replace(REPLY, source=source), wait_s=0)
        await office.send(source.value, robot="team", origin=replace(REPLY, source=source), wait_s=0)
    await office.settle()
    assert [one.text for one in phone.chat] == ["paused for an hour"]
    assert team.received == ()


async def test_an_answer_goes_past_what_a_pause_holds_in_the_queue(office: Office, phone: SandboxApp) -> None:
    phone.app.script(AnswerWith(status=503), path=SEND_PATH)
    waits = await office.send("a question", robot="phone", origin=QUESTION, wait_s=0)
    await office.settle()
    assert office.row(waits.delivery_id).stage is Stage.QUEUED
    await office.within(office.control.pause(PauseFor.HOUR))
    await office.send("an answer", robot="phone", origin=REPLY, wait_s=20)
    await office.pass_time(60_000)
    assert [one.text for one in phone.chat] == ["an answer"]
    office.control.resume()
    await office.pass_time(60_000)
    assert [one.text for one in phone.chat] == ["an answer", "a question"]


async def test_a_pause_that_begins_while_a_token_is_asked_for_lets_no_question_out(
    office: Office, phone: SandboxApp
) -> None:
    phone.app.script(Stall(), path=TOKEN_PATH)
    receipt = await office.notify.send(ASKED, robot="phone", origin=QUESTION, wait_s=0)
    await office.poster.took_off.wait()
    await office.within(office.control.pause(PauseFor.HOUR))
    await office.settle()
    row = office.row(receipt.delivery_id)
    assert (row.stage, row.lost_ms, row.attempts) == (Stage.QUEUED, None, 0)
    assert phone.app.requests == [TOKEN_PATH]


@pytest.mark.parametrize("robot", ["phone", ""])
async def test_what_is_for_a_group_never_goes_to_it(office: Office, phone: SandboxApp, robot: str) -> None:
    if not robot:  # it is the only one, and so it would be the default
        office.settings = replace(office.settings, robots={"phone": office.settings.robots["phone"]})
    for source in (Source.MCP, Source.AUTO):
        receipt = await office.send("hello", robot=robot, origin=replace(ORIGIN, source=source))
        assert receipt.status is Status.REFUSED
        assert receipt.reason is not None
        assert receipt.reason.key == "gate.personal"
    assert phone.app.requests == []


async def test_without_a_recipient_it_says_so_and_sends_nothing(office: Office, phone: SandboxApp) -> None:
    office.vault.kept["phone"] = credentials_of(phone, staff_id="")
    receipt = await office.send("hello", robot="phone", origin=QUESTION)
    assert receipt.status is Status.FAILED
    assert receipt.reason is not None
    assert receipt.reason.key == "app_robot.not_paired"
    assert phone.app.requests == []


async def test_waiting_questions_are_never_merged_into_one(office: Office, phone: SandboxApp) -> None:
    office.tune(digest_after_s=0)
    office.settings = replace(
        office.settings,
        robots={**office.settings.robots, "phone": replace(office.settings.robots["phone"], per_minute=1)},
    )
    for number in range(3):
        await office.send(f"question {number}", robot="phone", origin=QUESTION, wait_s=0)
    await office.pass_time(200_000)
    assert [one.text for one in phone.chat] == ["question 0", "question 1", "question 2"]


async def test_more_than_dingtalk_takes_in_a_second_wait_a_second_and_go_out_in_order(
    office: Office, phone: SandboxApp
) -> None:
    for number in range(25):
        await office.send(f"question {number}", robot="phone", origin=QUESTION, wait_s=0)
    await office.settle()
    assert len(phone.chat) == 20
    await office.pass_time(1_500)
    assert [one.text for one in phone.chat] == [f"question {number}" for number in range(25)]
    assert phone.app.requests.count(SEND_PATH) == 26


@pytest.mark.parametrize(
    ("attribute", "value", "key"),
    [
        ("may_send", False, "permission"),
        ("ip_listed", False, "ip"),
        ("calls_left", 0, "quota"),
        ("people", {"manager593"}, "person_unknown"),
        ("invalid", {"manager807"}, "person_unknown"),
        ("filtered", {"manager807"}, "person_filtered"),
        ("limited", {"manager807"}, "person_limited"),
    ],
)
async def test_what_keeps_it_from_the_person_is_said_and_not_tried_again(
    office: Office, phone: SandboxApp, attribute: str, value: object, key: str
) -> None:
    phone.change(lambda: setattr(phone.sending, attribute, value))
    receipt = await office.send(ASKED, robot="phone", origin=QUESTION, wait_s=20)
    assert receipt.status is Status.FAILED
    assert receipt.reason is not None
    assert receipt.reason.key == f"app_robot.{key}"
    await office.pass_time(600_000)
    assert (phone.app.requests.count(SEND_PATH), phone.chat) == (1, [])


async def test_a_quota_that_is_used_up_is_one_problem_until_a_message_goes_out_or_the_month_is_over(
    office: Office, phone: SandboxApp
) -> None:
    def problems() -> list[tuple[ProblemKind, str]]:
        return [(one.kind, one.reason.key) for one in office.snapshot().problems]

    async def ask(calls_left: int) -> None:
        phone.change(lambda: setattr(phone.sending, "calls_left", calls_left))
        await office.send(ASKED, robot="phone", origin=QUESTION)

    spent = [(ProblemKind.QUOTA, "app_robot.quota")]
    await ask(0)
    await ask(0)
    assert problems() == spent  # and no "the last message failed" beside it
    assert icon_of(office.snapshot()) is IconState.ATTENTION
    await ask(10)
    assert problems() == []
    await ask(0)
    assert problems() == spent
    await office.send("to the group")
    assert problems() == spent  # another robot's message says nothing about this one
    office.clock.step(31 * 86_400_000)  # at once: nobody has anything to do meanwhile
    await office.settle()
    assert (ProblemKind.QUOTA, "app_robot.quota") not in problems()


async def test_a_wrong_secret_is_said_and_nothing_is_sent(office: Office, phone: SandboxApp) -> None:
    phone.change(lambda: setattr(phone.app, "client_secret", "reset"))
    receipt = await office.send(ASKED, robot="phone", origin=QUESTION, wait_s=20)
    assert (receipt.status, receipt.reason and receipt.reason.key) == (Status.FAILED, "app_robot.secret_wrong")
    assert phone.app.requests == [TOKEN_PATH]


@pytest.mark.parametrize("fault", [Drop(), AnswerWith(status=502), AnswerWith(status=200, body=b"<html>")])
async def test_a_token_that_does_not_come_costs_nothing_and_the_message_goes_out_later(
    office: Office, phone: SandboxApp, fault: RobotFault
) -> None:
    phone.app.script(fault, path=TOKEN_PATH)
    receipt = await office.send(ASKED, robot="phone", origin=QUESTION, wait_s=0)
    await office.settle()
    row = office.row(receipt.delivery_id)
    assert (row.stage, row.lost_ms) == (Stage.QUEUED, None)
    await office.pass_time(20_000)
    assert (office.row(receipt.delivery_id).stage, len(phone.chat)) == (Stage.SENT, 1)


async def test_a_pause_that_begins_before_the_token_is_there_keeps_the_question_back(
    office: Office, phone: SandboxApp
) -> None:
    loop, given = asyncio.get_running_loop(), phone.app.routes["POST", TOKEN_PATH]

    def answer(request: RawRequest, now_ms: int) -> RobotAnswer:
        """Pause, and answer only then."""
        begun = threading.Event()

        def begin() -> None:
            office.pause.begin(PauseFor.HOUR)
            begun.set()

        loop.call_soon_threadsafe(begin)
        assert begun.wait(PATIENCE_S)
        return given(request, now_ms)

    phone.change(lambda: phone.app.routes.update({("POST", TOKEN_PATH): answer}))
    receipt = await office.send(ASKED, robot="phone", origin=QUESTION, wait_s=0)
    await office.settle()
    row = office.row(receipt.delivery_id)
    assert (row.stage, row.lost_ms, row.attempts) == (Stage.QUEUED, None, 0)
    assert phone.app.requests == [TOKEN_PATH]
    phone.change(lambda: phone.app.routes.update({("POST", TOKEN_PATH): given}))
    assert (await office.send("paused", robot="phone", origin=REPLY)).status is Status.SENT
    assert [one.text for one in phone.chat] == ["paused"]


@pytest.mark.parametrize("body", ["\n".join(["a line"] * 150), "\n\n".join(["一行" * 90] * 60)])
async def test_a_long_question_comes_whole_with_its_taps_at_the_end(
    office: Office, phone: SandboxApp, body: str
) -> None:
    receipt = await office.send(replace(ASKED, text=f"{body}\n\n{TAP}"), robot="phone", origin=QUESTION, wait_s=20)
    assert receipt.status is Status.SENT
    said = "".join(one.text for one in phone.chat)
    assert said.count("a line") + said.count("一行") == body.count("a line") + body.count("一行")
    assert TAP in phone.chat[-1].text
    assert await office.within(office.owner_line.recall(receipt.delivery_id))
    assert all(one.recalled for one in phone.chat)


async def test_a_pause_cuts_no_answer_that_is_on_the_wire(office: Office, phone: SandboxApp) -> None:
    came, go, take = threading.Event(), threading.Event(), phone.app.routes["POST", SEND_PATH]
    office.poster._real._total_s = PATIENCE_S  # a busy machine may take longer than the office's five seconds

    def answer(request: RawRequest, now_ms: int) -> RobotAnswer:
        """Take it only when the pause is on."""
        came.set()
        assert go.wait(PATIENCE_S)
        return take(request, now_ms)

    phone.change(lambda: phone.app.routes.update({("POST", SEND_PATH): answer}))
    text = TextMessage(content="paused for an hour")
    replying = asyncio.ensure_future(office.notify.send(text, robot="phone", origin=REPLY, wait_s=20))
    assert await asyncio.to_thread(came.wait, PATIENCE_S)
    await office.control.pause(PauseFor.HOUR)
    go.set()
    assert (await replying).status is Status.SENT
    assert [one.text for one in phone.chat] == ["paused for an hour"]
