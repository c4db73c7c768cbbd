"""The history in a spreadsheet: nothing in it runs, everything that was said is in it."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.deliveries import delivery
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.history.export import COLUMNS, head, line
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import ActionCard, Button, FeedCard, FeedItem, LinkMessage, TextMessage
from tray_app.services.history.queries import exported


def utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def cells(row: Delivery) -> dict[str, str]:
    written = head() + line(exported(row, catalogs()[Language.EN]), local=utc)
    names, values = csv.reader(io.StringIO(written, newline=""))
    assert names == list(COLUMNS)
    return dict(zip(names, values, strict=True))


def test_a_row_says_when_what_and_where() -> None:
    found = cells(delivery(3, message=TextMessage(content='two\nlines, "quoted"'), created_ms=1_795_320_000_000))
    assert found["time"] == "2026-11-22T04:00:00+00:00"
    assert found["text"] == 'two\nlines, "quoted"'
    assert (found["stage"], found["robot"], found["project"], found["id"]) == ("sent", "team", "api", "d3")


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_text(begins: str) -> None:
    evil = f"{begins}HYPERLINK(1)"
    found = cells(delivery(1, message=TextMessage(content=evil), title=evil, project=evil, client=evil, tool=evil))
    assert [found[name] for name in ("title", "text", "project", "client", "tool")] == [f"'{evil}"] * 5


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_cell_begins_like_a_formula(said: str) -> None:
    assert not cells(delivery(1, title=said))["title"].startswith(tuple("=+-@"))


def test_a_number_stays_one_and_nothing_stays_empty() -> None:
    found = cells(delivery(1, errcode=-1))
    assert (found["errcode"], found["reason"]) == ("-1", "")


def test_cards_say_their_entries_and_a_message_not_kept_says_nothing() -> None:
    card = ActionCard(title="t", text="body", buttons=(Button(title="Go", url="https://a.b"),))
    feed = FeedCard(links=(FeedItem(title="One", message_url="https://c.d", pic_url="https://e.f"),))
    link = LinkMessage(title="t", text="see", message_url="https://g.h")
    assert cells(delivery(1, message=card))["text"] == "body\nGo https://a.b"
    assert cells(delivery(1, message=feed))["text"] == "One https://c.d"
    assert cells(delivery(1, message=link))["text"] == "see\nhttps://g.h"
    gone = {**exported(delivery(1), catalogs()[Language.EN]), "message": None}
    assert ",," in line(gone, local=utc)
