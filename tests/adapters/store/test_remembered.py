"""What the store remembers of the database is what stands there, whatever was written, by whomever."""

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.store.test_approvals import ONE
from tests.support.deliveries import BEGAN_MS, delivery
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import ApprovalState
from tray_app.core.clients.client import Client
from tray_app.core.delivery.delivery import FINAL, Source, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.sessions.session import Session

NOW_MS, MONTH = BEGAN_MS + 60 * 60_000, "2026-11"
SAID = text("policy.asks")


def refused(number: int) -> AuditEntry:
    return AuditEntry(
        id=f"e{number}",
        at_ms=NOW_MS + number,
        tool="dingtalk_send_text",
        client="claude-code",
        grant="claude-code",
        session="",
        decision=DecisionKind.DENY,
        rule="r",
        reason=SAID,
    )


def accept(store: SqliteStore, number: int) -> None:
    store.accept([delivery(number, stage=Stage.QUEUED, call_id=f"c{number}")])


def begin(store: SqliteStore, number: int) -> None:
    found = store.find(f"d{number}")
    if found is not None and found.stage is Stage.QUEUED:
        store.begin(found, now_ms=NOW_MS)


def settle(store: SqliteStore, number: int) -> None:
    found = store.find(f"d{number}")
    if found is not None and found.stage not in FINAL:
        sent = replace(found, stage=Stage.SENT, updated_ms=NOW_MS)
        store.settle(sent, outcome="sent", took_ms=1, month=MONTH)


def save(store: SqliteStore, number: int) -> None:
    found = store.find(f"d{number}")
    if found is not None:
        store.save(replace(found, stage=Stage.FAILED, reason=SAID))


def merge(store: SqliteStore, number: int) -> None:
    rows = store.queued("team")
    if rows:
        digest = delivery(100 + number, stage=Stage.QUEUED, source=Source.DIGEST)
        store.merge(digest, rows)


def hold(store: SqliteStore, number: int) -> None:
    name = f"h{number}"
    held = delivery(10 + number, stage=Stage.HELD, group_id=name)
    store.accept([held], audit=refused(10 + number), approval=replace(ONE, id=name, created_ms=NOW_MS))


def settle_approval(store: SqliteStore, number: int) -> None:
    found = store.approvals.find(f"h{number}")
    if found is not None:
        state = ApprovalState.APPROVED
        settled = replace(found, state=state, answer=Answer.ONCE, by=Source.PAGE, settled_ms=NOW_MS)
        store.settle_approval(settled, to=Stage.QUEUED, reason=None, hint=None)


def client(number: int) -> Client:
    return Client(name=f"n{number}", fingerprint=b"f", created_ms=NOW_MS)


WRITES: Mapping[str, Callable[[SqliteStore, int], object]] = {
    "accept": accept,
    "blocked": lambda store, number: store.accept([delivery(20 + number, stage=Stage.BLOCKED, created_ms=NOW_MS)]),
    "begin": begin,
    "settle": settle,
    "save": save,
    "merge": merge,
    "hold": hold,
    "settle_approval": settle_approval,
    "discard": lambda store, _number: store.discard_queued(reason=SAID, hint=SAID, now_ms=NOW_MS),
    "end_questions": lambda store, _number: store.end_questions(reason=SAID, hint=SAID, now_ms=NOW_MS),
    "requeue": lambda store, _number: store.requeue_interrupted("team", now_ms=NOW_MS),
    "prune": lambda store, number: store.prune(before_ms=NOW_MS + number),
    "decision": lambda store, number: store.audit.keep(refused(number)),
    "let_through": lambda store, number: store.audit.let_through(f"e{number}"),
    "refund": lambda store, number: store.audit.refund(f"e{number}"),
    "attribute": lambda store, number: store.sessions.attribute(f"c{number}", session_id="s", project="web"),
    "session": lambda store, number: store.sessions.keep([Session(session_id=f"s{number}")], []),
    "client": lambda store, number: store.clients.keep([client(number)]),
    "forget": lambda store, number: store.clients.forget(f"n{number}"),
    "pause": lambda store, number: store.write_state("pause", number),
    "limit": lambda store, number: store.set_limit("team", until_ms=NOW_MS + number, reason=SAID),
    "recover": lambda store, _number: store.recover(),
    "index": lambda store, _number: store.look.index_older(),
    "tidy": lambda store, _number: store.look.tidy(first=True),
    "close": lambda store, _number: store.close(),
}


def seen(store: SqliteStore) -> tuple[object, ...]:
    """Everything that a snapshot reads."""
    return (
        store.recent(10),
        store.counts(),
        store.month_sent("team", MONTH),
        store.blocked_since(NOW_MS),
        store.approvals.waiting(),
        store.audit.refusals(1),
    )


def afresh(path: Path) -> tuple[object, ...]:
    store = SqliteStore(path)
    try:
        return seen(store)
    finally:
        store.close()


@given(st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(0, 2)), max_size=15))
def test_after_any_writes_what_is_remembered_is_what_a_new_look_finds(writes: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite3"
        store = SqliteStore(path)
        seen(store)
        for name, number in writes:
            with contextlib.suppress(StoreUnavailable):  # the same row twice: nothing is written then
                WRITES[name](store, number)
            assert seen(store) == afresh(path), name
        store.close()


@pytest.mark.parametrize("name", sorted(WRITES))
def test_each_write_alone_and_after_the_others_is_seen(name: str, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    for first in ("accept", "hold", "decision", "blocked"):
        WRITES[first](store, 1)
    accept(store, 2)
    begin(store, 2)
    seen(store)
    WRITES[name](store, 0)
    assert seen(store) == afresh(path)
    with contextlib.suppress(StoreUnavailable):
        WRITES[name](store, 1)
    assert seen(store) == afresh(path)
    store.close()


def test_what_another_program_writes_is_seen(tmp_path: Path) -> None:
    here, there = (SqliteStore(tmp_path / "history.sqlite3") for _ in range(2))
    assert not here.recent(10)
    accept(there, 1)
    assert [row.id for row in here.recent(10)] == ["d1"]
    here.close()
    there.close()


def test_a_write_that_failed_leaves_what_was_seen_before(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    accept(store, 1)
    seen(store)
    with pytest.raises(StoreUnavailable):
        accept(store, 1)
    assert seen(store) == afresh(path)
    store.close()
