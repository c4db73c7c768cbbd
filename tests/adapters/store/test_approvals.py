"""Approvals as they are kept: whole, settled once, with their message or not at all."""

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.deliveries import delivery
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.policy.model import Risk

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
TIMES = st.integers(0, 1 << 41)
ORIGINS = st.builds(
    Origin,
    source=st.sampled_from(Source),
    tool=WORDS,
    client=WORDS,
    grant=WORDS,
    session=WORDS,
    project=WORDS,
    call_id=WORDS,
)
APPROVALS = st.builds(
    Approval,
    id=WORDS,
    tool=WORDS,
    risk=st.sampled_from(Risk),
    origin=ORIGINS,
    robot=WORDS,
    title=WORDS,
    details=st.lists(st.tuples(st.just(text("approvals.field_text")), WORDS), max_size=3).map(tuple),
    rule=WORDS,
    reason=WORDS.map(lambda words: text("policy.own_words", words=words)),
    fingerprint=WORDS,
    created_ms=TIMES,
    expires_ms=TIMES,
    state=st.just(ApprovalState.WAITING),
)
ONE = Approval(
    id="a1",
    tool="dingtalk_send_text",
    risk=Risk.WRITE,
    origin=Origin(source=Source.MCP, tool="dingtalk_send_text"),
    robot="team",
    title="private words",
    details=((text("approvals.field_text"), "private words"),),
    rule="r",
    reason=text("approvals.asked"),
    fingerprint="f",
    created_ms=1,
    expires_ms=9,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def test_what_is_kept_comes_back_whole(store: SqliteStore) -> None:
    ids = itertools.count()

    @settings(max_examples=30)
    @given(APPROVALS)
    def comes_back(drawn: Approval) -> None:
        one = replace(drawn, id=f"{drawn.id}{next(ids)}")
        store.accept([], approval=one)
        assert store.approvals.find(one.id) == one

    comes_back()


def test_what_waits_is_given_oldest_first_and_settled_once(store: SqliteStore) -> None:
    for name, created_ms in (("b", 2), ("c", 1), ("a", 2)):
        store.accept([], approval=replace(ONE, id=name, created_ms=created_ms))
    assert [one.id for one in store.approvals.waiting()] == ["c", "a", "b"]
    settled = replace(ONE, id="a", state=ApprovalState.DENIED, answer=Answer.DENY, by=Source.CLI, settled_ms=5)
    assert store.settle_approval(settled, to=Stage.REFUSED, reason=None, hint=None)
    assert not store.settle_approval(settled, to=Stage.REFUSED, reason=None, hint=None)
    assert [one.id for one in store.approvals.waiting()] == ["c", "b"]
    assert store.approvals.find("a") == replace(settled, created_ms=2)
    assert [one.id for one in store.approvals.recent(9)] == ["a", "b", "c"]


def test_a_message_moves_on_with_its_approval_and_only_with_it(store: SqliteStore) -> None:
    rows = [
        replace(delivery(part, stage=Stage.HELD), id=f"a{part}", group_id="a1", part=part, parts=2) for part in (1, 2)
    ]
    store.accept(rows, approval=ONE)
    first = replace(ONE, state=ApprovalState.APPROVED, answer=Answer.ONCE, by=Source.TRAY, settled_ms=5)
    late = replace(ONE, state=ApprovalState.EXPIRED, settled_ms=6)
    assert store.settle_approval(first, to=Stage.QUEUED, reason=None, hint=None)
    assert not store.settle_approval(late, to=Stage.EXPIRED, reason=text("approvals.restarted"), hint=None)
    assert [(row.stage, row.reason, row.due_ms) for row in store.group("a1")] == [(Stage.QUEUED, None, 5)] * 2


def test_of_message_decision_and_approval_all_are_kept_or_none(store: SqliteStore) -> None:
    store.accept([], approval=ONE)
    with pytest.raises(StoreUnavailable):
        store.accept([replace(delivery(1, stage=Stage.HELD), id="a1", group_id="a1")], approval=ONE)
    assert store.group("a1") == []


def test_words_that_are_not_to_be_kept_go_in_the_write_that_settles(path: Path) -> None:
    store = SqliteStore(path, keep_content=lambda: False)
    row = replace(delivery(1, stage=Stage.HELD), id="a1", group_id="a1", title="private words")
    store.accept([row], approval=ONE)
    assert store.approvals.find("a1") == ONE
    settled = replace(ONE, state=ApprovalState.DENIED, answer=Answer.DENY, by=Source.CLI, settled_ms=5)
    store.settle_approval(settled, to=Stage.REFUSED, reason=None, hint=None)
    assert store.approvals.find("a1") == replace(settled, title="", details=())
    assert store.group("a1")[0].message is None
    store.close()
    assert b"private words" not in path.read_bytes()


def test_old_ones_go_and_what_waits_stays(store: SqliteStore) -> None:
    store.accept([], approval=ONE)
    store.accept([], approval=replace(ONE, id="done", state=ApprovalState.DENIED))
    store.prune(before_ms=5)
    assert [one.id for one in store.approvals.recent(9)] == ["a1"]


def test_a_damaged_word_of_one_hides_neither_it_nor_the_others(path: Path, store: SqliteStore) -> None:
    store.accept([], approval=ONE)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE approvals SET reason = 'no text'")
    other.close()
    (found,) = store.approvals.waiting()
    assert found == ONE
