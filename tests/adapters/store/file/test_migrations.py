"""Files of older versions open with everything in them, at whatever point the change-over was broken off."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import at_work
from tests.support.old_databases import killed_within_step, of_schema
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.deliveries import text_to_column
from tray_app.adapters.store.file.migrations import MIGRATIONS
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.sessions.codec import from_data
from tray_app.core.sessions.session import Cost, Session, SessionState
from tray_app.core.state.snapshot import StoreState

VERSIONS = range(1, len(MIGRATIONS) + 1)


@pytest.fixture
def team(clock: StepClock) -> Iterator[SandboxRobot]:
    with SandboxRobot(now_ms=clock.now_ms) as group:
        yield group


def schema(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_message_that_waited_in_an_older_file_is_delivered_by_this_version(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, version: int
) -> None:
    of_schema(tmp_path / "history.sqlite3", version, now_ms=clock.now_ms())
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        assert [each.text for each in team.received] == ["from the old version"]
        assert office.row("old-1").stage is Stage.SENT
        assert office.snapshot().robots[0].month_used == 42
        assert (await office.send("and a new one")).status is Status.SENT


@pytest.mark.parametrize("version", VERSIONS)
def test_every_older_file_ends_with_the_same_schema_as_a_new_one(tmp_path: Path, version: int) -> None:
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    of_schema(old, version, now_ms=1)
    for path in (old, new):
        store = SqliteStore(path)
        store.recover()
        store.close()
    assert schema(old) == schema(new)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_kill_in_the_middle_of_a_step_leaves_a_file_that_opens(tmp_path: Path, version: int) -> None:
    path = tmp_path / "history.sqlite3"
    if version > 1:
        of_schema(path, version - 1, now_ms=1)
    killed_within_step(path, MIGRATIONS[version - 1], statements=1)
    store = SqliteStore(path)
    store.recover()
    assert store.state is StoreState.OK
    assert store.month_sent("team", "2025-11") == (41 if version > 1 else 0)
    store.close()


@pytest.mark.anyio
async def test_a_file_of_a_newer_version_is_left_alone_and_named(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    path = tmp_path / "history.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE of_the_future (x)")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        receipt = await office.send("hello")
        assert (receipt.status, receipt.reason) == (Status.FAILED, text("store.newer", file="history.sqlite3"))
        await office.pass_time(60_000)
        snapshot = office.snapshot()
        assert (snapshot.store, snapshot.problems[0].reason) == (StoreState.ERROR, receipt.reason)
        assert snapshot.robots[0].ready
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["history.sqlite3"]
    assert team.connections == 0


def test_what_an_older_version_gave_up_on_promises_nothing_and_says_where_it_may_be_there(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    of_schema(path, 8, now_ms=1_000)
    connection = sqlite3.connect(path)
    for number, (stage, reason) in enumerate([("failed", "server"), ("failed", "no_answer"), ("queued", "broken")]):
        why = text(f"dingtalk.{reason}", status=502)
        said = text("outbox.gave_up", reason=why, tries=3) if stage == "failed" else why
        connection.execute(
            "INSERT INTO deliveries (id, group_id, part, parts, stage, robot, source, tool, client, session, project, "
            "title, decision, rule, attempts, reason, hint, created_ms, updated_ms, due_ms) "
            "SELECT ?, ?, part, parts, ?, robot, source, tool, client, session, project, title, decision, rule, 3, ?, "
            "?, 7, updated_ms, due_ms FROM deliveries WHERE id = 'old-1'",
            (f"g{number}", f"g{number}", stage, text_to_column(said), text_to_column(text("dingtalk.server_hint"))),
        )
    connection.commit()
    connection.close()
    store = SqliteStore(path)
    refused, lost, waiting = (store.group(f"g{number}")[0] for number in range(3))
    untouched = store.group("old-1")[0]
    assert (refused.hint, refused.lost_ms) == (text("outbox.expired_hint"), None)
    assert (lost.hint, lost.lost_ms, lost.stage) == (text("outbox.perhaps_hint"), 7, Stage.FAILED)
    assert (waiting.lost_ms, waiting.hint) == (7, text("dingtalk.server_hint"))  # still true of one that waits
    assert (untouched.lost_ms, untouched.said, untouched.known_as) == (None, "", "old-1")
    store.close()


def test_a_session_kept_before_there_were_kinds_of_agents_is_claude_codes(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    of_schema(path, 10, now_ms=1)
    with sqlite3.connect(path) as connection:
        data = '{"session_id": "s1", "project": "api", "last_ms": 5}'
        connection.execute("INSERT INTO sessions (session_id, last_ms, data) VALUES ('s1', 5, ?)", (data,))
    connection.close()
    store = SqliteStore(path)
    try:
        store.sessions.keep([Session(session_id="s2", agent="scribe", last_ms=4)], [])
        assert [(one["session_id"], one["agent"]) for one in store.sessions.kept(10)] == [
            ("s1", "claude-code"),
            ("s2", "scribe"),
        ]
        found = store.session_ranges.find("s1")
        assert found is not None
        assert from_data(found[0]).session == Session(
            session_id="s1",
            agent="claude-code",
            project="api",
            last_ms=5,
            state=SessionState.ENDED,
            cost=Cost(micros=None),
        )
    finally:
        store.close()
