"""The history's addresses as a program sees them: filters, export, forms that cannot be forged, pictures' policy."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from tests.support.deliveries import delivery
from tests.support.history_stage import DAY_MS, HOUR_MS, KEYWORD, HistoryStage, history_stage, story
from tests.support.patience import PATIENCE_S
from tests.support.snapshots import NOON
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import MarkdownMessage, TextMessage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HistoryStage]:
    with history_stage(tmp_path_factory.mktemp("history") / "history.sqlite3", *story()) as running:
        yield running


@pytest.fixture
def client(stage: HistoryStage) -> Iterator[httpx.Client]:
    with browser(stage) as one:
        yield one


@contextmanager
def browser(stage: HistoryStage) -> Iterator[httpx.Client]:
    """Let a client in."""
    with httpx.Client(base_url=stage.server.origin, trust_env=False, follow_redirects=True, timeout=20) as one:
        one.get(stage.server.link(Page.HISTORY))
        yield one


def csrf(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


def test_nobody_without_a_session_reads_anything(stage: HistoryStage) -> None:
    with httpx.Client(base_url=stage.server.origin, trust_env=False, timeout=PATIENCE_S) as stranger:
        for path in ("/ui/history", "/ui/history/d3", "/ui/history/export.json", "/ui/history/export.csv"):
            answer = stranger.get(path)
            assert answer.status_code == 401
            assert "payments" not in answer.text


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("q=登录", ["d5", "d3"]),
        ("q=812", ["d2"]),
        ("status=unsent", ["d9", "d7", "d4"]),
        ("status=waiting", ["d8"]),
        ("project=payments-api&q=构建", ["d4"]),
        ("robot=ops-night-shift", ["d2"]),
        ("source=auto", ["d6"]),
        ("session=0a1b2c3d-1111-2222-3333-444455556666", ["d3"]),
        ("client=claude-code&tool=dingtalk_send_link", ["d5"]),
        ("q=nothing-like-this", []),
    ],
)
def test_an_address_finds_the_same_on_the_page_and_in_both_exports(
    client: httpx.Client, query: str, ids: list[str]
) -> None:
    page = client.get(f"/ui/history?{query}")
    assert [part.split('"')[0] for part in page.text.split('<li id="d-')[1:]] == ids
    given = client.get(f"/ui/history/export.json?{query}")
    said = unquote(given.headers["content-disposition"].rpartition("history-")[2])
    assert all(value in said for _, value in parse_qsl(query))  # the name of a file says what is in it
    assert [row["id"] for row in json.loads(given.text)["deliveries"]] == ids
    table = client.get(f"/ui/history/export.csv?{query}").text
    rows = csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline=""))
    assert [row["id"] for row in rows] == ids


def test_a_bad_value_is_named_beside_its_field_and_the_rest_is_done(client: httpx.Client) -> None:
    page = client.get("/ui/history?status=nope&since=soon&q=812")
    assert 'id="by-status-error"' in page.text
    assert 'id="by-since-error"' in page.text
    assert page.text.count('<li id="d-') == 1


def test_an_export_holds_what_was_said_as_it_was_said(client: httpx.Client) -> None:
    (row,) = json.loads(client.get("/ui/history/export.json?q=812").text)["deliveries"]
    assert row["message"]["content"] == "Build 812 is green"
    assert row["message"]["mentions"]["everyone"] is True


def test_thousands_of_rows_are_exported_while_others_are_answered(tmp_path: Path) -> None:
    rows = (delivery(number) for number in range(3_000))
    with (
        history_stage(tmp_path / "history.sqlite3", *rows) as stage,
        browser(stage) as client,
        client.stream("GET", "/ui/history/export.csv") as export,
    ):
        lines = export.iter_lines()
        assert next(lines).startswith("\ufefftime,stage")
        assert client.get("/ui/history").status_code == 200  # another connection, in the middle of it
        assert sum(1 for _ in lines) == 3_000


@pytest.mark.parametrize("name", ["export.csv", "export.json"])
def test_what_cannot_be_read_is_told_before_a_file_has_begun(tmp_path: Path, name: str) -> None:
    path = tmp_path / "history.sqlite3"
    with history_stage(path, delivery(1)) as stage, browser(stage) as client:
        with sqlite3.connect(path) as other:
            other.execute("ALTER TABLE deliveries RENAME TO gone")
        other.close()
        answer = client.get(f"/ui/history/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "content-disposition" not in answer.headers


def test_a_page_leads_to_longer_ones_and_then_to_the_next(tmp_path: Path) -> None:
    with (
        history_stage(tmp_path / "history.sqlite3", *(delivery(number) for number in range(520))) as stage,
        browser(stage) as client,
    ):
        page = client.get("/ui/history")
        assert page.text.count('<li id="d-') == 50
        assert "limit=100#d-d470" in page.text
        longest = client.get("/ui/history?limit=500")
        assert longest.text.count('<li id="d-') == 500
        assert "before=21" in longest.text
        last = client.get("/ui/history?before=21&limit=500")
        assert last.text.count('<li id="d-') == 20
        assert 'rel="next"' not in last.text


def test_pictures_are_loaded_for_one_answer_from_their_own_hosts_alone(client: httpx.Client) -> None:
    page = client.get("/ui/history/d3")
    assert "<img" not in page.text.split("<main")[1]
    assert "img-src" not in page.headers["content-security-policy"]
    asked = client.post("/ui/history/d3", data={"csrf": csrf(page), "do": "pictures"})
    assert '<img src="https://img.example.com/coverage.png"' in asked.text
    policy = asked.headers["content-security-policy"]
    assert policy.endswith("; img-src 'self' https://img.example.com")
    assert "default-src 'self'" in policy
    assert "img-src" not in client.get("/ui/history/d3").headers["content-security-policy"]


def test_a_form_without_the_pages_token_changes_nothing(stage: HistoryStage, client: httpx.Client) -> None:
    before = len(stage.sender.sent)
    for form in ({"do": "resend"}, {"do": "resend", "csrf": "x" * 43}, {"do": "discard"}):
        assert client.post("/ui/history/d8", data=form).status_code == 403
    forged = client.post(
        "/ui/history/d8",
        data={"do": "resend", "csrf": csrf(client.get("/ui/history/d8"))},
        headers={"Origin": "http://evil.example.com"},
    )
    assert forged.status_code == 403
    assert len(stage.sender.sent) == before
    row = stage.store.find("d8")
    assert row is not None
    assert row.stage is Stage.QUEUED


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Receipt(status=Status.SENT, delivery_id="d2"), "Sent again"),
        (Receipt(status=Status.QUEUED, delivery_id="d2", reason=text("outbox.queued_limit")), "waits its turn"),
        (Receipt(status=Status.PAUSED, delivery_id="d2"), "notifications are paused"),
        (
            Receipt(status=Status.FAILED, reason=text("credentials.swapped"), hint=text("credentials.swapped_hint")),
            "swapped",
        ),
    ],
)
def test_what_became_of_a_message_sent_again_is_told(
    stage: HistoryStage, client: httpx.Client, answer: Receipt, said: str
) -> None:
    stage.sender.answer = answer
    page = client.post("/ui/history/d4", data={"csrf": csrf(client.get("/ui/history/d4")), "do": "resend"})
    assert said in page.text
    assert stage.sender.sent[-1] == "d4"
    assert page.url.path == f"/ui/history/{answer.delivery_id or 'd4'}"
    assert said not in client.get(page.url.path).text.split("<main")[1] or said == "swapped"


def test_a_message_that_is_gone_or_without_content_is_said_so(tmp_path: Path) -> None:
    bare = replace(delivery(1, message=TextMessage(content="x")), message=None, title="")
    with history_stage(tmp_path / "history.sqlite3", bare) as stage, browser(stage) as client:
        assert client.get("/ui/history/nope").status_code == 404
        page = client.get("/ui/history/d1")
        assert "store_content = false" in page.text
        assert 'id="resend"' not in page.text


def test_a_message_that_is_long_to_read_holds_up_nobody(tmp_path: Path) -> None:
    evil = delivery(1, message=MarkdownMessage(title="t", text="![" * 8_000))
    with (
        history_stage(tmp_path / "h.sqlite3", evil) as stage,
        browser(stage) as client,
        browser(stage) as other,
        ThreadPoolExecutor(1) as aside,
    ):
        shown = aside.submit(client.get, "/ui/history/d1")
        answered = 0
        while not shown.done():
            assert other.get("/ui/static/icon.svg").status_code == 200
            answered += 1
        assert shown.result().status_code == 200
        assert answered > 3


@pytest.mark.parametrize(
    ("lost_ms", "warning"),
    [
        (NOON - HOUR_MS, "DingTalk shows it once if it has it"),
        (NOON - DAY_MS - HOUR_MS, "the group may see it a second time"),
        (None, "the group may see it a second time"),  # it was said by a digest, whose id it cannot have
    ],
)
def test_what_perhaps_arrived_is_called_so_and_asked_about_before_it_is_sent_again(
    tmp_path: Path, lost_ms: int | None, warning: str
) -> None:
    reason = text("outbox.perhaps", reason=text("dingtalk.no_answer"), tries=3)
    row = delivery(1, stage=Stage.PERHAPS, reason=reason, hint=text("outbox.perhaps_hint"), lost=3, lost_ms=lost_ms)
    with history_stage(tmp_path / "h.sqlite3", row) as stage, browser(stage) as client:
        page, listed = client.get("/ui/history/d1").text, client.get("/ui/history?status=perhaps_arrived").text
    assert ">perhaps arrived<" in page
    assert warning in page.split('id="again"')[1]
    assert "tries without an answer: 3" in page
    assert "perhaps arrived" in listed.split('<li id="d-d1">')[1]


def test_dingtalks_own_words_stand_on_the_page_and_in_the_list_as_words(tmp_path: Path) -> None:
    said = "msgtype is null <b>x</b>"
    row = delivery(1, stage=Stage.FAILED, errcode=300001, said=said, reason=text("dingtalk.too_big"))
    with history_stage(tmp_path / "h.sqlite3", row) as stage, browser(stage) as client:
        for page in (client.get("/ui/history/d1"), client.get("/ui/history")):
            assert "DingTalk said: msgtype is null &lt;b&gt;x&lt;/b&gt;" in page.text


def test_a_message_is_shown_as_its_group_gets_it_and_copied_as_it_was_written(tmp_path: Path) -> None:
    row = delivery(1, message=MarkdownMessage(title="T", text="said\n\n> — Ann", full="said in full"))
    with history_stage(tmp_path / "history.sqlite3", row) as stage, browser(stage) as client:
        page = client.get("/ui/history/d1").text
    assert f"— Ann · {KEYWORD}" in page
    assert "In full (the group got the beginning)" in page
    assert ">said in full</pre>" in page


def test_all_failures_of_one_cause_are_sent_again_from_the_list(client: httpx.Client, stage: HistoryStage) -> None:
    stage.sender.sent.clear()
    assert "cause-" not in client.get("/ui/history").text
    page = client.get("/ui/history?status=failed")
    cause = page.text.split('name="cause" value="')[1].split('"')[0]
    stage.sender.answer = Receipt(status=Status.QUEUED)
    form = {"do": "resend_all", "cause": cause}
    assert client.post("/ui/history?status=failed", data=form).status_code == 403  # not by another page
    answer = client.post("/ui/history?status=failed", data={**form, "csrf": csrf(page)})
    assert (answer.url.path, answer.url.query) == ("/ui/history", b"status=failed")
    assert stage.sender.sent == ["d4"]
    assert "Sent again or waiting to be sent: 1" in answer.text
    assert client.post("/ui/history", data={"do": "nonsense", "csrf": csrf(page)}).status_code >= 400
