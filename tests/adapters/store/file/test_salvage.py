"""Damaged pages of the messages and approvals themselves cost what is on them alone, and nothing is sent twice."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.office import CATALOGS, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.going_on import GoingOn
from tray_app.adapters.store.file.salvage import _MOST_SPANS, Salvage
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.policy.model import Risk
from tray_app.core.state.snapshot import StoreState
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio

PAGE = 4_096
ROWS, WAITING, HELD = 60, 10, 20
INTERIOR = {5: 12, 2: 12}  # kinds of pages that lead to others, and where their cells are named
LATER = AnswerWith(status=503, headers={"retry-after": "300"})


def opened(path: Path) -> SqliteStore:
    return SqliteStore(path, on_change=lambda: None, keep_content=lambda: True)


def approval(number: int) -> Approval:
    return Approval(
        id=f"held{number}",
        tool="dingtalk_send_text",
        risk=Risk.WRITE,
        origin=Origin(source=Source.MCP, tool="dingtalk_send_text"),
        robot="team",
        title="x" * 100,
        details=((text("approvals.field_robot"), "y" * 100),),
        rule="tools.dingtalk_send_text.action",
        reason=text("approvals.asked"),
        fingerprint="f" * 64,
        created_ms=number,
        expires_ms=10**15,
        state=ApprovalState.WAITING,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a history of sixty settled and waiting messages, and twenty that are held."""
    path = tmp_path_factory.mktemp("whole") / "history.sqlite3"
    store = opened(path)
    rows = [delivery(number, message=TextMessage(content=f"no {number} " + "x" * 90)) for number in range(ROWS)]
    store.accept([replace(row, stage=Stage.QUEUED) if row in rows[-WAITING:] else row for row in rows])
    for number in range(HELD):
        held = replace(delivery(1_000 + number), id=f"h{number}", group_id=f"held{number}", stage=Stage.HELD)
        store.accept([held], approval=approval(number))
    store.close()
    return path


def pages(path: Path, tree: str) -> list[int]:
    """Give the pages of a table below its first one, which leads to them; that one alone where there are none."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (tree,)).fetchone()
    raw = path.read_bytes()[(root - 1) * PAGE : root * PAGE]
    if raw[0] not in INTERIOR:
        return [root]
    begin, count = INTERIOR[raw[0]], int.from_bytes(raw[3:5])
    cells = [int.from_bytes(raw[at : at + 2]) for at in range(begin, begin + 2 * count, 2)]
    return [*(int.from_bytes(raw[cell : cell + 4]) for cell in cells), int.from_bytes(raw[8:12])]


def turn_over(path: Path, page: int) -> None:
    begin, old = (page - 1) * PAGE, path.read_bytes()
    path.write_bytes(old[:begin] + bytes(255 - byte for byte in old[begin : begin + PAGE]) + old[begin + PAGE :])


def used(path: Path) -> Iterator[SqliteStore]:
    """Open it as the app does: the first use meets the damage."""
    store = opened(path)
    with pytest.raises(StoreUnavailable):
        store.read_state("kept")
    yield store
    store.close()


def test_a_damaged_page_of_messages_costs_the_messages_on_it_alone(whole: Path, tmp_path: Path) -> None:
    leaves = pages(whole, "deliveries")
    assert len(leaves) > 4
    waiting = 0
    for leaf in leaves:
        path = tmp_path / str(leaf) / "history.sqlite3"
        path.parent.mkdir()
        shutil.copy(whole, path)
        turn_over(path, leaf)
        damaged = path.read_bytes()
        for store in used(path):
            rows = store.recent(999)
            lost = ROWS + HELD - len(rows)
            assert 0 < lost < (ROWS + HELD) // 2
            waiting += len(store.queued("team"))
            assert store.state is StoreState.RESTORED
            (aside,) = path.parent.glob("history.damaged-*.sqlite3")
            assert aside.read_bytes() == damaged
            assert store.trouble is not None
            assert store.trouble[0] == text("store.mended_rows", count=lost, file=aside.name)
            assert f"{lost} of its messages" in CATALOGS[Language.EN](store.trouble[0])
            assert len({row.id for row in rows}) == len(rows)
            store.accept([delivery(ROWS)])
            assert store.recent(1)[0].id == delivery(ROWS).id
    assert waiting == WAITING * (len(leaves) - 1)  # of all waiting messages each was lost once


@pytest.mark.parametrize("number", [2**40, 2**63 - 1])
def test_a_damaged_highest_number_neither_holds_up_the_repair_nor_is_gone_on_from(
    whole: Path, tmp_path: Path, number: int
) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'deliveries'", (number,))
    leaves = pages(path, "deliveries")
    for leaf in (leaves[1], leaves[-1]):
        turn_over(path, leaf)
    for store in used(path):
        assert (ROWS + HELD) // 2 < len(store.recent(999)) < ROWS + HELD
        assert store.state is StoreState.RESTORED
        store.accept([delivery(ROWS)])
        assert store.recent(1)[0].id == delivery(ROWS).id


def test_a_span_without_end_is_asked_for_in_few_questions(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    turn_over(path, pages(path, "deliveries")[1])
    with closing(Salvage(path, busy_s=1, going_on=GoingOn())) as salvage:
        found = list(salvage._between(1, 2**63 - 1))
        assert (ROWS + HELD) // 2 < len(found) < ROWS + HELD
        assert _MOST_SPANS - salvage._spans_left < 500


def test_damage_that_nobody_has_thought_of_has_the_file_set_aside(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE marker (one)")
    turn_over(path, pages(path, "deliveries")[1])
    raw = path.read_bytes()
    assert raw.count(b"marker") > 1
    path.write_bytes(raw.replace(b"marker", b"m\xffrker"))
    for store in used(path):
        assert (list(store.recent(9)), store.state) == ([], StoreState.CORRUPT)
    assert len(list(tmp_path.glob("history.damaged-*.sqlite3"))) == 1
    assert not list(tmp_path.glob("*.mend*"))


def test_a_damaged_page_of_approvals_costs_no_message_and_none_waits_for_an_approval_that_is_lost(
    whole: Path, tmp_path: Path
) -> None:
    leaves = pages(whole, "approvals")
    assert len(leaves) > 1
    for leaf in leaves:
        path = tmp_path / str(leaf) / "history.sqlite3"
        path.parent.mkdir()
        shutil.copy(whole, path)
        turn_over(path, leaf)
        for store in used(path):
            rows = store.recent(999)
            assert len(rows) == ROWS + HELD
            held = {row.group_id for row in rows if row.stage is Stage.HELD}
            assert held == {one.id for one in store.approvals.waiting()}
            assert 0 < len(held) < HELD
            expired = [row for row in rows if row.stage is Stage.EXPIRED]
            assert len(expired) == HELD - len(held)
            assert {row.reason for row in expired if row.reason is None} == set()
            assert store.trouble is not None
            assert store.trouble[0].args["count"] == len(expired)


def test_what_a_digest_said_that_is_lost_is_not_sent_alone_for_the_digest_may_have_arrived(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = opened(path)
    said = [delivery(number, stage=Stage.QUEUED) for number in range(2)]
    filling = [delivery(number, message=TextMessage(content="x" * 400)) for number in range(2, 40)]
    digest = delivery(99, stage=Stage.SENDING, message=TextMessage(content="both " + "x" * 400))
    store.accept([*said, *filling])
    store.merge(digest, said)
    store.close()
    turn_over(path, pages(path, "deliveries")[-1])
    for mended in used(path):
        found = {row.id: row.stage for row in mended.recent(999)}
        assert digest.id not in found
        assert [found[row.id] for row in said] == [Stage.PERHAPS, Stage.PERHAPS]
        assert not mended.queued("team")


def test_where_every_message_is_damaged_the_file_is_set_aside(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    for leaf in pages(whole, "deliveries"):
        turn_over(path, leaf)
    for store in used(path):
        assert (list(store.recent(9)), store.state) == ([], StoreState.CORRUPT)
    assert not list(tmp_path.glob("*.mend*"))


async def test_what_waits_on_other_pages_is_sent_once_after_damage_that_the_next_start_meets(tmp_path: Path) -> None:
    clock = StepClock()
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as team:
        async with at_work(tmp_path, {"team": team}, clock=clock) as office:
            for number in range(14):
                await office.send(f"sent {number} " + "x" * 600)
            team.robot.script(LATER)
            await office.queue("waits")
            with office.store._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("PRAGMA shrink_memory")  # else the pages would come from memory
            leaves = pages(office.path, "deliveries")
            assert len(leaves) > 2
            turn_over(office.path, leaves[1])
            await office.end()
            office._wire()
            await office.store.open_aside(lambda _step, _of: False)  # as the app does, before anything else
            await office.start()
            await office.pass_time(400_000)
            assert list(tmp_path.glob("history.damaged-*"))
            said = [each.text for each in team.received]
            assert said.count("waits") == 1
            assert len(set(said)) == len(said) == 15
