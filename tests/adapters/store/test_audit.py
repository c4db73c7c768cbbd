"""Decisions as they are kept: they come back whole, counted ones are found again, refusals until let through."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.deliveries import delivery
from tests.support.old_databases import of_schema
from tray_app.adapters.store import audit as audit_rows
from tray_app.adapters.store.file.migrations import MIGRATIONS
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.policy.model import LimitScope
from tray_app.core.policy.verdict import CounterKey

TALLY = CounterKey(counter="sends", scope=LimitScope.GRANT, whose="claude-code", window_ms=60_000)
WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
MAYBE = st.none() | st.integers(0, 1 << 40)


def entry(entry_id: str, at_ms: int = 1, **more: object) -> AuditEntry:
    """A decision that was allowed."""
    made = AuditEntry(
        id=entry_id,
        at_ms=at_ms,
        tool="dingtalk_send_text",
        client="claude-code",
        grant="claude-code",
        session="",
        decision=DecisionKind.ALLOW,
        rule="r",
    )
    return replace(made, **more)  # type: ignore[arg-type] # any field


ENTRIES = st.builds(
    AuditEntry,
    id=WORDS,
    at_ms=st.integers(0, 1 << 41),
    tool=WORDS,
    client=WORDS,
    grant=WORDS,
    session=WORDS,
    decision=st.sampled_from(DecisionKind),
    rule=WORDS,
    reason=st.none() | WORDS.map(lambda words: text("policy.own_words", words=words)),
    counter=WORDS,
    used=MAYBE,
    most=MAYBE,
    retry_after_ms=MAYBE,
    observed=st.booleans(),
    delivery_id=WORDS,
    counted=st.lists(
        st.builds(CounterKey, counter=WORDS, scope=st.sampled_from(LimitScope), whose=WORDS, window_ms=st.just(5))
    ).map(tuple),
)


def test_what_is_kept_comes_back_whole(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = SqliteStore(tmp_path_factory.mktemp("audit") / "history.sqlite3")

    ids = itertools.count()

    @settings(max_examples=30)
    @given(ENTRIES)
    def comes_back(drawn: AuditEntry) -> None:
        one = replace(drawn, id=f"{drawn.id}{next(ids)}")
        store.audit.keep(one)
        assert store.audit.find(one.id) == one

    comes_back()
    store.close()


def test_counted_decisions_are_found_until_they_are_given_back_once(store: SqliteStore) -> None:
    assert store.audit.latest_ms() is None
    store.accept([], audit=entry("old", at_ms=10, counted=(TALLY,)))
    store.accept([], audit=entry("new", at_ms=20, counted=(TALLY,)))
    store.accept([], audit=entry("free", at_ms=30))
    assert store.audit.latest_ms() == 30
    assert [one.id for one in store.audit.counted_since(10)] == ["new"]
    assert [one.id for one in store.audit.counted_since(0)] == ["old", "new"]
    assert (store.audit.refund("new"), store.audit.refund("new")) == (True, False)
    assert [one.id for one in store.audit.counted_since(0)] == ["old"]
    assert not store.audit.refund("unknown")


def test_a_refusal_is_let_through_once_and_shown_no_more(store: SqliteStore) -> None:
    for one in (
        entry("denied", decision=DecisionKind.DENY),
        entry("late", decision=DecisionKind.THROTTLE),
        entry("asked", decision=DecisionKind.ASK),
        entry("seen", decision=DecisionKind.DENY, observed=True),
    ):
        store.audit.keep(one)
    assert [one.id for one in store.audit.refusals(9)] == ["late", "denied"]
    assert [store.audit.let_through(each) for each in ("denied", "denied", "asked", "seen", "none")] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert [one.id for one in store.audit.refusals(9)] == ["late"]


def test_of_a_message_and_by_client(store: SqliteStore) -> None:
    store.audit.keep(entry("a", delivery_id="d1"))
    store.audit.keep(entry("b", delivery_id="d1", decision=DecisionKind.DENY, grant="codex"))
    found = store.audit.of_delivery("d1")
    assert found is not None
    assert found.id == "b"
    assert store.audit.of_delivery("d2") is None
    assert store.audit.by_grant() == {"claude-code": {"allow": 1}, "codex": {"deny": 1}}


def test_what_became_of_many_messages_is_answered_for_those_that_are_settled(store: SqliteStore) -> None:
    stages = {"sent": Stage.SENT, "failed": Stage.FAILED, "waits": Stage.QUEUED, "gone": Stage.DISCARDED}
    rows = [delivery(number, stage=stage) for number, stage in enumerate(stages.values())]
    rows = [replace(row, id=name, group_id=name) for row, name in zip(rows, stages, strict=True)]
    parts = [
        replace(delivery(10 + part, stage=stage), id=f"long{part}", group_id="long", part=part, parts=2)
        for part, stage in ((1, Stage.FAILED), (2, Stage.SENDING))
    ]
    store.accept([*rows, *parts])
    ids = [*stages, "long", *(f"unknown{number}" for number in range(1_000))]
    assert store.audit.at_rest(ids) == {"sent": False, "failed": True, "gone": True}
    assert store.audit.at_rest([]) == {}


def test_an_agent_that_calls_in_a_loop_does_not_fill_the_disk(store: SqliteStore) -> None:
    for number in range(10):
        store.audit.keep(entry(f"e{number}", at_ms=100, counted=(TALLY,) if number == 0 else ()))
    with store._database.transaction() as connection:
        audit_rows.prune(connection, before_ms=50, kept=5)
    assert [one.id for one in store.audit.recent(99)] == ["e9", "e8", "e7", "e6", "e5", "e0"]
    store.prune(before_ms=101)
    assert store.audit.recent(99) == []


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_file_of_any_older_version_takes_decisions(tmp_path: Path, version: int) -> None:
    of_schema(tmp_path / "history.sqlite3", version, now_ms=1)
    store = SqliteStore(tmp_path / "history.sqlite3")
    assert (store.audit.recent(9), store.approvals.waiting()) == ([], [])
    store.audit.keep(entry("first", counted=(TALLY,)))
    assert [one.id for one in store.audit.counted_since(0)] == ["first"]
    store.close()
