"""Whatever becomes of a message, its secrets are in no row; and the row says what was taken out."""

from dataclasses import replace

import pytest

from tests.core.redaction.corpus.made import ALNUM, chance
from tests.support.office import ORIGIN, Office
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MAX_BODY_CHARS, TextMessage, to_json
from tray_app.core.redaction.kinds import MaskedCount
from tray_app.core.settings.settings import RedactionMode, RedactionSettings

pytestmark = pytest.mark.anyio
TOKEN = "gh" + "p_" + chance(5).of(ALNUM, 36)
SAID = f"token {TOKEN}"
MASKED = "token 【已隐藏：GitHub 令牌】"
FOUND = (MaskedCount(kind="github", count=1),)


def set_mode(office: Office, mode: RedactionMode, *allow: str) -> None:
    office.settings = replace(office.settings, redaction=RedactionSettings(mode=mode, allow=allow))


def kept(office: Office, delivery_id: str) -> tuple[Stage, str, str, tuple[tuple[str, int], ...]]:
    """Stage, title, content and mark of a row, read from the database."""
    row = office.row(delivery_id)
    assert isinstance(row.message, TextMessage)
    return row.stage, row.title, row.message.content, row.masked


def nowhere(office: Office) -> bool:
    return not any(TOKEN.encode() in path.read_bytes() for path in office.path.parent.iterdir() if path.is_file())


async def test_a_sent_message_is_masked_and_its_answer_says_so(office: Office, team: SandboxRobot) -> None:
    receipt = await office.send(SAID)
    assert (receipt.status, receipt.masked) == (Status.SENT, FOUND)
    assert [seen.text for seen in team.received] == [MASKED]
    assert kept(office, receipt.delivery_id) == (Stage.SENT, MASKED, MASKED, (("github", 1),))
    assert nowhere(office)


async def test_a_message_that_is_sent_again_says_what_was_taken_out_of_it_before(office: Office) -> None:
    receipt = await office.send(SAID)
    row = office.row(receipt.delivery_id)
    assert row.message is not None
    again = await office.notify.send(row.message, robot="team", origin=ORIGIN, repeats=row, wait_s=0)
    assert kept(office, again.delivery_id)[1:] == (MASKED, MASKED, (("github", 1),))


@pytest.mark.parametrize(("robot", "paused", "stage"), [("nobody", False, Stage.FAILED), ("team", True, Stage.BLOCKED)])
async def test_what_does_not_go_out_is_kept_masked_too(office: Office, robot: str, paused: bool, stage: Stage) -> None:
    if paused:
        await office.within(office.control.pause(PauseFor.OPEN))
    receipt = await office.send(SAID, robot=robot)
    assert receipt.masked == FOUND
    assert kept(office, receipt.delivery_id) == (stage, MASKED, MASKED, (("github", 1),))
    assert nowhere(office)


async def test_a_notice_that_is_withheld_is_kept_masked(office: Office) -> None:
    office.notify.withhold(
        TextMessage(content=SAID),
        robot="team",
        origin=ORIGIN,
        reason=text("outbox.paused_open"),
        hint=text("outbox.paused_hint"),
    )
    [row] = office.store.recent(1)
    assert kept(office, row.id) == (Stage.DISCARDED, MASKED, MASKED, (("github", 1),))


async def test_every_part_of_a_long_message_says_what_was_masked(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    receipt = await office.send((f"{'一' * 40}\n" * 500)[:MAX_BODY_CHARS] + SAID)
    rows = office.store.group(receipt.delivery_id)
    assert len(rows) == len(team.received) > 1
    assert {row.masked for row in rows} == {(("github", 1),)}
    assert receipt.masked == FOUND


async def test_a_secret_where_a_message_is_split_is_found(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    await office.send("字" * 6_600 + f" {TOKEN} " + "字" * 6_600)
    assert not any(part in seen.text for seen in team.received for part in (TOKEN, TOKEN[:12], TOKEN[-12:]))


async def test_a_refused_message_names_kinds_and_what_to_do(office: Office, team: SandboxRobot) -> None:
    set_mode(office, RedactionMode.REFUSE)
    receipt = await office.send(SAID)
    assert (receipt.status, receipt.masked, receipt.hint) == (Status.REFUSED, FOUND, text("redact.refused_hint"))
    assert TOKEN not in str(receipt)
    assert kept(office, receipt.delivery_id) == (Stage.REFUSED, MASKED, MASKED, (("github", 1),))
    assert not team.received
    assert nowhere(office)
    assert (await office.send("no secret")).status is Status.SENT


@pytest.mark.parametrize(
    "settings", [(RedactionMode.OFF,), (RedactionMode.MASK, TOKEN), (RedactionMode.REFUSE, "gh[ps]_.*")]
)
async def test_what_the_owner_lets_through_goes_out_unmarked(
    office: Office, team: SandboxRobot, settings: tuple[RedactionMode, ...]
) -> None:
    set_mode(office, *settings)
    receipt = await office.send(SAID)
    assert (receipt.status, receipt.masked) == (Status.SENT, ())
    assert [seen.text for seen in team.received] == [SAID]


async def test_an_old_message_with_a_secret_is_masked_when_it_is_sent_again(office: Office, team: SandboxRobot) -> None:
    set_mode(office, RedactionMode.OFF)
    first = await office.send(SAID)
    set_mode(office, RedactionMode.MASK)
    again = await office.within(office.history.resend(first.delivery_id, source=Source.PAGE))
    assert again.masked == FOUND
    assert [seen.text for seen in team.received] == [SAID, MASKED]


async def test_the_report_of_a_delivery_says_what_was_hidden(office: Office) -> None:
    receipt = await office.send(SAID)
    report = office.history.report(receipt.delivery_id)
    assert report.data["masked"] == [{"kind": "github", "count": 1}]
    assert TOKEN not in str(to_json(office.row(receipt.delivery_id).message or TextMessage(content=TOKEN)))
    assert isinstance(report.words, tuple)
    assert report.words[-1].key == "redact.masked"
