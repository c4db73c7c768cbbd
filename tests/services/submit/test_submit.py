"""What whoever sends is told, in time and in both languages; and what the history says later."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from tests.support.clock import StepClock
from tests.support.desk import MemoryVault
from tests.support.office import CATALOGS, ORIGIN, Office
from tray_app.adapters.mcp.results import of_receipt
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidMessage, TrayAppError
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.channel import Credentials
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.sandbox.robot import AnswerWith, Stall
from tray_app.services.history.history import to_data

pytestmark = pytest.mark.anyio

THROTTLED = AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}')


@pytest.fixture
def team(clock: StepClock) -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms, keywords=["build"]) as group:
        yield group


@dataclass
class SlowVault(MemoryVault):
    """A keyring whose dialog nobody answers, until `answer` is set."""

    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, robot: str) -> Credentials | None:
        await self.answer.wait()
        return await super().read(robot)


def said(receipt: Receipt, language: Language) -> str:
    """What the model reads of the tool's answer."""
    answer = of_receipt(receipt, CATALOGS[language])
    assert answer.is_error == (not receipt.accepted)
    return "\n".join(part.text for part in answer.content if hasattr(part, "text"))


async def test_the_answer_comes_within_the_time_it_was_given(office: Office, team: SandboxRobot) -> None:
    team.robot.script(Stall(take=True))
    began_ms = office.clock.now_ms()
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="a"), robot="", origin=ORIGIN, wait_s=8))
    await asyncio.to_thread(team.wait_for_requests, 1)
    office.clock.step(7_999)
    assert not task.done()
    office.clock.step(1)
    receipt = await task
    assert office.clock.now_ms() - began_ms == 8_000
    assert (receipt.status, receipt.reason) == (
        Status.QUEUED,
        text("outbox.queued_slow", service=text("dingtalk.name")),
    )
    team.stop()


async def test_a_keyring_that_does_not_answer_does_not_keep_the_caller(office: Office, team: SandboxRobot) -> None:
    await office.end()
    office.vault = SlowVault(kept=office.vault.kept)
    office._wire()
    office.deliver.start()
    receipt = await office.notify.send(TextMessage(content="a"), robot="team", origin=ORIGIN, wait_s=0)
    assert receipt.status is Status.QUEUED
    assert office.row(receipt.delivery_id).stage is Stage.QUEUED
    office.vault.answer.set()
    await office.settle()
    assert [each.text for each in team.received] == ["a\n\n— dingtalk-tray · build"]
    office._pausing = asyncio.ensure_future(office.pause.run())


@pytest.mark.parametrize("language", Language)
async def test_every_answer_says_what_happened_and_what_to_do_in_words(
    office: Office, team: SandboxRobot, language: Language
) -> None:
    sent = await office.send("sent")
    team.robot.script(THROTTLED)
    limited = await office.send("limited")
    await office.control.pause(PauseFor.OPEN)
    paused = await office.send("paused")
    waiting = office.notify.describe([office.row(limited.delivery_id)])
    office.control.resume()
    unknown = await office.send("x", robot="nobody")
    receipts = [sent, limited, paused, waiting, unknown]
    assert [receipt.status for receipt in receipts] == [
        Status.SENT,
        Status.QUEUED,
        Status.PAUSED,
        Status.QUEUED,
        Status.FAILED,
    ]
    for receipt in receipts:
        words = said(receipt, language)
        assert "{" not in words
        assert "⟨" not in words
        assert receipt.delivery_id in words
        if receipt is not sent:
            assert receipt.reason is not None
            assert receipt.hint is not None
            assert CATALOGS[language](receipt.reason) in words
            assert CATALOGS[language](receipt.hint) in words
    assert "600" in said(limited, language)


async def test_hopeless_waiting_is_not_waited(office: Office, team: SandboxRobot) -> None:
    team.robot.script(THROTTLED)
    began_ms = office.clock.now_ms()
    for _ in range(3):
        assert (await office.send("x")).retry_after_s == 600
    assert office.clock.now_ms() == began_ms


async def test_a_pause_answers_whoever_waits_at_once(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "7"}))
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="x"), robot="team", origin=ORIGIN))
    await office.settle()
    await office.control.pause(PauseFor.HOUR)
    await office.settle()
    assert task.done()
    receipt = task.result()
    assert (receipt.status, receipt.reason) == (Status.QUEUED, text("outbox.queued_paused"))
    assert receipt.retry_after_s == 3_600


async def test_a_webhook_given_as_the_robots_name_is_not_kept(office: Office, team: SandboxRobot) -> None:
    receipt = await office.send("x", robot=team.webhook)
    assert (receipt.status, receipt.robot) == (Status.FAILED, "")
    office.store.close()
    assert team.robot.token.encode() not in office.path.read_bytes()
    assert all(team.robot.token not in said(receipt, language) for language in Language)


async def test_what_breaks_the_rules_is_refused_before_anything_is_kept(office: Office) -> None:
    with pytest.raises(InvalidMessage):
        await office.notify.send(TextMessage(content=" "), robot="team", origin=ORIGIN)
    assert office.store.recent(9) == []


async def test_the_history_answers_for_a_message_of_several_parts(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "60"}))
    receipt = await office.send(MarkdownMessage(title="long", text="字" * 15_000))
    report = office.history.report(receipt.delivery_id)
    assert report.data["status"] == "queued"
    assert report.data["parts"] == 3
    await office.pass_time(60_000)
    report = office.history.report(receipt.delivery_id)
    assert (report.data["status"], report.data["stage"], report.data["attempts"]) == ("sent", "sent", 4)
    listed = [to_data(row, CATALOGS[Language.EN]) for row in office.store.recent(2)]
    assert [(row["part"], row["stage"], row["kind"]) for row in listed] == [(n, "sent", "markdown") for n in (3, 2)]
    parts = [each.title for each in team.received]
    assert parts == ["long (1/3)", "long (2/3)", "long (3/3)"]


async def test_what_was_delivered_can_be_sent_again_whole(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    receipt = await office.send(MarkdownMessage(title="long", text="字" * 9_000))
    again = await office.within(office.history.resend(receipt.delivery_id, source=Source.CLI))
    assert again.status is Status.SENT
    assert [each.title for each in team.received] == ["long (1/2)", "long (2/2)"] * 2
    row = office.row(again.delivery_id)
    assert row.origin == replace(ORIGIN, source=Source.CLI, client="")


async def test_what_is_under_way_unknown_or_forgotten_cannot_be_sent_again(office: Office, team: SandboxRobot) -> None:
    team.robot.script(THROTTLED)
    waiting = (await office.send("x")).delivery_id
    office.settings = replace(office.settings, history=replace(office.settings.history, store_content=False))
    forgotten = (await office.send("y", robot="nobody")).delivery_id
    for delivery_id, reason in (
        (waiting, "outbox.resend_open"),
        ("none", "outbox.unknown_delivery"),
        (forgotten, "outbox.resend_empty"),
    ):
        with pytest.raises(TrayAppError) as refused:
            await office.history.resend(delivery_id, source=Source.CLI)
        assert refused.value.reason == text(reason)


async def test_old_rows_go_and_what_waits_stays(office: Office, team: SandboxRobot) -> None:
    sent = (await office.send("sent")).delivery_id
    team.robot.script(THROTTLED)
    waiting = (await office.send("waits")).delivery_id
    assert office.store.prune(before_ms=office.clock.now_ms() + 1) == 1
    assert office.store.find(sent) is None
    await office.pass_time(600_000)
    assert office.row(waiting).stage is Stage.SENT


async def test_a_long_history_costs_a_new_message_nothing(office: Office) -> None:
    """Each question of the queue is answered from the index of open rows, whatever else the table holds."""
    asked: list[str] = []
    with office.store._database.reading() as connection:
        connection.set_trace_callback(asked.append)
    await office.send("x")
    office.store.waiting_robots()
    office.store.counts()
    with office.store._database.reading() as connection:
        connection.set_trace_callback(None)
        for question in asked:
            if question.startswith("SELECT") and "stage IN" in question:
                plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + question)]
                assert any("INDEX deliveries_open" in step for step in plan), plan
    assert sum("stage IN" in question for question in asked) >= 4


async def test_whoever_sends_a_picture_that_no_phone_can_load_is_told_so(office: Office, team: SandboxRobot) -> None:
    message = MarkdownMessage(title="build", text="build\n![chart](/srv/a.png)")
    sent = await office.notify.send(message, robot="", origin=ORIGIN)
    assert sent.status is Status.SENT
    assert "1 of the pictures cannot be seen in the group (/srv/a.png)" in said(sent, Language.EN)
    assert "有 1 张图片在群里无法显示（/srv/a.png）" in said(sent, Language.ZH)
    team.robot.script(THROTTLED)
    assert (await office.send("x")).status is Status.QUEUED
    waits = said(await office.notify.send(message, robot="", origin=ORIGIN), Language.EN)
    assert "Nothing to do: it goes out by itself." in waits
    assert "cannot be seen in the group" in waits
