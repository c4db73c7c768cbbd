"""All failures of one cause are sent again once: each message, the oldest first, none that went out again since."""

from dataclasses import replace

import pytest

from tests.support.deliveries import delivery
from tray_app.adapters.store.history import HistoryRows
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Delivery, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.history.query import HistoryQuery
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.services.history.bulk import BulkResend

pytestmark = pytest.mark.anyio
WRONG_KEY, GONE = text("credentials.swapped"), text("outbox.expired")


class Resender:
    """Notes what is sent again, and answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.status = Status.QUEUED
        self.wordless: set[str] = set()

    async def __call__(self, delivery_id: str) -> Receipt:
        if delivery_id in self.wordless:
            raise TrayAppError(text("outbox.resend_empty"), text("outbox.resend_empty_hint"))
        self.sent.append(delivery_id)
        return Receipt(status=self.status)


def failed(number: int, **changes: object) -> Delivery:
    facts = {"stage": Stage.FAILED, "errcode": 310000, "reason": WRONG_KEY, **changes}
    return delivery(number, **facts)  # type: ignore[arg-type]  # any field of a row


def bulk(store: SqliteStore, resend: Resender) -> BulkResend:
    return BulkResend(HistoryRows(store.reads), store.reads.run, resend)


async def test_causes_are_counted_by_robot_and_reason_and_sent_again_from_the_oldest(store: SqliteStore) -> None:
    parts = [failed(number, group_id="g", part=number - 3, parts=2) for number in (4, 5)]
    others = [
        failed(6, robot="ops"),
        failed(7, stage=Stage.EXPIRED, errcode=None, reason=GONE),
        failed(8, stage=Stage.PERHAPS),
        failed(9, source=Source.DIGEST),
        failed(11, source=Source.QUESTION),
        failed(12, source=Source.REPLY),
        delivery(10),
    ]
    store.accept([failed(1), failed(2), *parts, *others])
    resend = Resender()
    work = bulk(store, resend)
    causes = await work.causes(HistoryQuery())
    counts = [(one.robot, one.reason.key, one.count) for one in causes]
    assert counts[0] == ("team", WRONG_KEY.key, 3)
    assert set(counts[1:]) == {("team", GONE.key, 1), ("ops", WRONG_KEY.key, 1)}
    resend.wordless = {"d2"}
    assert await work.resend(HistoryQuery(), causes[0].key) == (2, None)
    assert resend.sent[0] == "d1"
    assert resend.sent[1] in {"d4", "d5"}  # a message of two parts is one
    assert await work.resend(HistoryQuery(), "team/0/nonsense") == (0, None)


async def test_what_went_out_again_is_not_sent_a_third_time(store: SqliteStore) -> None:
    one, two = failed(1), failed(2)
    again = replace(one, id="x", group_id="x", stage=Stage.SENT, reason=None, created_ms=one.created_ms + 9)
    store.accept([one, two, replace(again, origin=replace(one.origin, source=Source.PAGE))])
    resend = Resender()
    (cause,) = await bulk(store, resend).causes(HistoryQuery())
    assert await bulk(store, resend).resend(HistoryQuery(), cause.key) == (1, None)
    assert resend.sent == ["d2"]


async def test_the_filter_holds_and_a_pause_ends_it(store: SqliteStore) -> None:
    store.accept([failed(1), failed(2, project="web"), failed(3)])
    resend = Resender()
    (cause,) = await bulk(store, resend).causes(HistoryQuery(project="web"))
    assert cause.count == 1
    resend.status = Status.PAUSED
    count, ended = await bulk(store, resend).resend(HistoryQuery(), cause.key)
    assert (count, ended, resend.sent) == (0, Receipt(status=Status.PAUSED), ["d1"])
