"""The pages about sessions in a real Chromium: what runs and what is past, days, charts, one session, exports."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.desk import FakeServices
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.session_stage import SessionStage, fill, notice, session_stage, whole_session
from tests.support.snapshots import MINUTE, NOON, snapshot
from tray_app.core.kernel.spreadsheet import BOM
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.sessions.session import Cost, PendingCall, Session, SessionState, Task, Tokens, ToolUse
from tray_app.core.sessions.timeline import Moment, MomentKind
from tray_app.services.sessions.queries import PAGE

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
_WRITES = """(one) => {
  one.value = "follow_up";
  one.form.action = location.pathname;
  one.form.insertAdjacentHTML("beforeend", "<input name=words value='go on &lt;b&gt;'>");
  one.form.submit();
}"""
CORPUS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>'{{7*7}}",
    "</title></desc></svg><script>alert(3)</script>",
    "javascript:alert(4)//&quot;onmouseover=alert(5)",
    "</textarea></select><iframe srcdoc='<script>parent.alert(6)</script>'>",
)


@dataclass
class Shown:
    """A month of sessions and the server that shows them."""

    stage: SessionStage
    desk: FakeServices
    server: PageServer

    @property
    def url(self) -> str:
        return f"{self.server.origin}/ui/sessions"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    desk = FakeServices(base=snapshot(now_ms=NOON))
    with session_stage(tmp_path_factory.mktemp("month")) as stage, page_server(desk, more=stage.places) as server:
        fill(stage)
        yield Shown(stage, desk, server)


@pytest.fixture(scope="module")
def opened(chromium: Browser, shown: Shown) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(shown.server.link(Page.SESSIONS))
        yield one


@pytest.fixture
def view(opened: Window, shown: Shown) -> Window:
    """The list as it is first seen."""
    opened.page.set_viewport_size({"width": 1280, "height": 900})
    opened.page.goto(shown.url)
    assert opened.complaints == []
    return opened


def ids(view: Window) -> list[str]:
    found: list[str] = view.page.locator("ol.past > li").evaluate_all("all => all.map((one) => one.dataset.key)")
    return found


@pytest.mark.parametrize("language", Language)
def test_all_pages_are_readable_in_both_themes_on_phone_and_desktop(
    chromium: Browser, tmp_path: Path, language: Language
) -> None:
    desk = FakeServices(base=snapshot(now_ms=NOON), spoken=language)
    with (
        session_stage(tmp_path) as stage,
        page_server(desk, more=stage.places) as server,
        window(chromium) as view,
    ):
        view.page.goto(server.link(Page.SESSIONS))
        check_page(view, words_only=language is Language.ZH)
        fill(stage, count=8)
        stage.running.times_kept += 1
        view.page.reload()
        for summary in view.page.locator("summary").all():
            summary.click()
        check_page(view, words_only=language is Language.ZH)
        view.page.goto(f"{server.origin}/ui/sessions/{whole_session().session_id}")
        check_page(view, words_only=language is Language.ZH)
        view.page.locator("input[name=do]").first.evaluate(_WRITES)  # as on a page of a turn that is over
        expect(view.page.locator("#refused-words")).to_have_value("go on <b>")
        check_page(view, words_only=language is Language.ZH)


def test_those_that_wait_come_first_with_what_they_ask(view: Window) -> None:
    cards = view.page.locator(".agent")
    expect(cards).to_have_count(3)
    first = cards.first
    expect(first.locator(".state")).to_have_text("waiting for permission")
    expect(first.locator(".asks")).to_have_text("Bash alembic upgrade head")
    expect(first.locator("dd").nth(0)).to_have_text("103")
    expect(first.locator("dd").nth(2)).to_have_text("≈ $7.42")
    expect(cards.nth(1).locator(".state")).to_have_text("working")
    expect(cards.nth(2).locator("dd").nth(2)).to_have_text("price unknown")


def test_days_and_project_stand_in_the_address_and_the_numbers_follow(view: Window, shown: Shown) -> None:
    page = view.page
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")
    assert "days=7" in page.url
    week = ids(view)
    page.get_by_label("Project", exact=True).select_option("docs")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**project=docs**")
    docs = ids(view)
    assert 0 < len(docs) < len(week)
    assert set(page.locator("ol.past .who a").all_inner_texts()) == {"docs"}
    page.get_by_label("From", exact=True).fill("2026-11-10")
    page.get_by_label("To", exact=True).fill("2026-11-12")
    page.get_by_label("Project", exact=True).select_option("")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**from=2026-11-10&to=2026-11-12**")
    labels = page.locator("svg[aria-labelledby^='days-1-'] text").all_text_contents()
    assert labels[1:] == ["11-10", "11-11", "11-12"]
    page.goto(shown.url + "?from=2026-11-31")
    expect(page.locator("#range-from-error")).to_contain_text("2026-11-31")
    expect(page.locator("ol.past > li")).to_have_count(PAGE)
    assert page.get_by_label("From", exact=True).get_attribute("aria-invalid") == "true"


def test_older_pages_show_every_session_once(view: Window) -> None:
    seen = ids(view)
    assert len(seen) == PAGE
    while view.page.get_by_role("link", name="Older").count():
        view.page.get_by_role("link", name="Older").click()
        view.page.wait_for_url("**after=**")
        expect(view.page.locator("ol.past > li").first).not_to_have_attribute("data-key", seen[-PAGE])
        seen += ids(view)
    assert len(seen) == len(set(seen)) == 140
    view.page.get_by_role("link", name="Newest").click()
    expect(view.page.locator("ol.past > li").first).to_have_attribute("data-key", seen[0])


def test_charts_say_in_words_and_in_a_table_what_they_draw(view: Window) -> None:
    page = view.page
    chart = page.get_by_role("img", name="Output")
    columns = chart.locator("rect").count()
    page.locator("section[aria-labelledby=days-head] summary").click()
    rows = page.locator("section[aria-labelledby=days-head] tbody tr")
    expect(rows).to_have_count(columns)
    sizes = chart.locator("text").evaluate_all("all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
    assert min(sizes) >= 11
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        outside = page.locator("svg.chart rect").evaluate_all(
            """all => all.filter((one) => {
                 const box = one.getBoundingClientRect(), paper = one.ownerSVGElement.getBoundingClientRect();
                 return box.left < paper.left - .5 || box.right > paper.right + .5 || box.top < paper.top - .5
                   || box.bottom > paper.bottom + .5;
               }).length"""
        )
        assert outside == 0
        overlaps = page.locator("svg.chart").evaluate_all(
            """all => all.flatMap((paper) => {
                 const boxes = [...paper.querySelectorAll("text")].map((one) => one.getBoundingClientRect());
                 return boxes.filter((a, i) => boxes.some((b, j) => j > i && a.left < b.right && b.left < a.right
                   && a.top + 3 < b.bottom && b.top + 3 < a.bottom));
               }).length"""
        )
        assert overlaps == 0


def test_one_session_is_told_whole(view: Window) -> None:
    page = view.page
    page.locator(".agent a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("api feature/stream-export")
    tiles = dict(
        zip(page.locator(".tiles dt").all_inner_texts(), page.locator(".tiles dd").all_inner_texts(), strict=True)
    )
    assert tiles == {
        "Duration": "47 min",
        "Tools": "103",
        "Tokens": "10M",
        "Cost (estimate, list price)": "≈ $7.42",
        "Files changed": "4",
        "Lines": "+412 −87",
    }
    facts = page.locator("section[aria-labelledby=facts-title]")
    for words in ("/home/li/code/api", "claude-opus-5-5, claude-sonnet-5-5", "64.2 %", "128k of 200k tokens"):
        expect(facts).to_contain_text(words)
    rows = page.locator("section[aria-labelledby=tokens-head] tbody tr").all_inner_texts()
    assert [row.split() for row in rows][-1] == ["Total", "2.3k", "54k", "351k", "10M", "10M"]
    tools = page.locator("section[aria-labelledby=tools-head]")
    tools.locator("summary").click()
    assert tools.locator("tbody tr").first.inner_text().split() == ["Bash", "37", "3", "1"]
    lines = page.locator(".happened").all_inner_texts()
    assert len(lines) == 14
    assert "waiting for permission" in lines[0]
    assert "Bash 24, Edit 16, Read 7, Task 2 · 11 min" in lines[8]
    assert sum("the service is overloaded" in line for line in lines) == 1
    assert "Session began" in lines[-1]
    files = page.locator("section[aria-labelledby=files-head] li").all_inner_texts()
    assert files == list(whole_session().files)


def test_without_scripts_all_of_it_can_be_read_and_chosen(chromium: Browser, shown: Shown) -> None:
    with window(chromium, scripts=False) as plain:
        plain.page.goto(shown.server.link(Page.SESSIONS))
        expect(plain.page.locator(".agent")).to_have_count(3)
        plain.page.get_by_label("Project", exact=True).select_option("docs")
        plain.page.get_by_role("button", name="Show").click()
        plain.page.wait_for_url("**project=docs**")
        plain.page.locator("ol.past a").first.click()
        expect(plain.page.get_by_role("heading", level=1)).to_contain_text("docs")
        expect(plain.page.locator("svg.chart").first).to_be_visible()


def test_exports_hold_what_the_page_chooses(view: Window) -> None:
    page = view.page
    page.get_by_label("Project", exact=True).select_option("docs")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**project=docs**")
    wanted = set(ids(view))
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    said = Path(got.value.path()).read_text("utf-8")
    assert said.startswith(BOM)
    lines = list(csv.DictReader(io.StringIO(said.removeprefix(BOM), newline="")))
    assert {line["project"] for line in lines} == {"docs"}
    assert wanted <= {line["session_id"] for line in lines}
    with page.expect_download() as got:
        page.get_by_role("link", name="JSON").click()
    found = json.loads(Path(got.value.path()).read_text("utf-8"))["sessions"]
    assert [one["session_id"] for one in found] == [line["session_id"] for line in lines]
    page.locator("ol.past a").first.click()
    with page.expect_download() as got:
        page.get_by_role("link", name="JSON").click()
    one = json.loads(Path(got.value.path()).read_text("utf-8"))
    assert (one["project"], one["moments"], one["waits"]) == ("docs", [], [])


def nasty(words: str, number: int, **facts: object) -> Session:
    """Every field that an agent has a hand in says this."""
    moment = Moment(kind=MomentKind.TOOLS, at_ms=NOON - 9 * MINUTE, until_ms=NOON, tools={words: 3}, failed=1)
    broke = Moment(kind=MomentKind.FAILED, at_ms=NOON - 5 * MINUTE, until_ms=NOON, word=words)
    made: dict[str, object] = {
        "session_id": f"{number}-{words.replace('/', '')}",
        "cwd": words,
        "project": words,
        "branch": words,
        "title": words,
        "version": words,
        "models": (words,),
        "tools": {words: ToolUse(calls=3, failed=1)},
        "files": (words,),
        "tokens": {words: Tokens(input=5)},
        "cost": Cost(micros=None, unknown_models=(words,)),
        "tasks": (Task(title=words, done=True),),
        "commits": (words,),
        "pending": (PendingCall(tool=words, about=words),),
        "moments": (moment, broke),
        "end_reason": words,
        "state": SessionState.ENDED,
        "waiting_for": "",
        **facts,
    }
    return whole_session(**made)


def test_whatever_an_agent_calls_things_is_shown_as_words(chromium: Browser, tmp_path: Path) -> None:
    desk = FakeServices(base=snapshot(now_ms=NOON))
    with session_stage(tmp_path) as stage, page_server(desk, more=stage.places) as server, window(chromium) as view:
        view.spoilt = True
        view.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        words = " ".join(CORPUS)
        over = nasty(words, 1)
        stage.keep(over)
        stage.run(nasty(words, 2, state=SessionState.WAITING, waiting_for="permission"), since_ms=NOON - MINUTE)
        stage.store.accept([notice(over, title=words)])
        view.page.goto(server.link(Page.SESSIONS))
        for field in (".agent h3", ".agent-title", ".agent .asks", "ol.past a", "ol.past .branch", "ol.past .who p"):
            expect(view.page.locator(field)).to_contain_text(words[:150])  # what it asks is cut
        expect(view.page.locator("select option").last).to_have_text(words)
        view.page.get_by_label("Project", exact=True).select_option(words)
        view.page.get_by_role("button", name="Show").click()
        view.page.wait_for_url("**project=*")
        view.page.locator("ol.past a").click()
        expect(view.page.locator("h1")).to_contain_text(words)
        for part in ("facts-title", "files-head", "work-head", "tokens-head", "line-title"):
            expect(view.page.locator(f"section[aria-labelledby={part}]")).to_contain_text(words)
        assert view.page.locator("main :is(script, iframe, img), svg script").count() == 0
        check_page(view)


def test_a_link_to_one_session_opens_it(view: Window, shown: Shown) -> None:
    path = shown.server.access.link(Page.SESSIONS, whole_session().session_id)
    view.page.goto(shown.server.origin + path)
    expect(view.page.get_by_role("heading", level=1)).to_contain_text("api")


def test_a_session_that_is_not_known_says_so_and_leads_back(view: Window, shown: Shown) -> None:
    view.page.goto(f"{shown.url}/nobody")
    expect(view.page.get_by_role("heading", level=1)).to_have_text("This session is not known")
    view.page.get_by_role("link", name="Back to the page").click()
    expect(view.page.get_by_role("heading", level=1)).to_have_text("Sessions")
    assert all("404" in said for said in view.complaints)
    view.complaints.clear()  # the browser's own line about the 404


def test_what_changes_shows_in_place_while_charts_and_open_tables_stay(view: Window, shown: Shown) -> None:
    page = view.page
    page.locator("section[aria-labelledby=days-head] summary").click()
    before = page.locator(".chart").count()
    (live, session), *others = shown.stage.running.lives
    try:
        shown.stage.running.lives = [(live, replace(session, title="A new title")), *others[:1]]
        shown.stage.running.times_kept += 1
        shown.desk.changed()
        expect(page.locator(".agent-title").first).to_have_text("A new title")
        expect(page.locator(".agent")).to_have_count(2)
        expect(page.locator("ol.past > li")).to_have_count(PAGE)
        expect(page.locator("ol.past > li").first).to_contain_text("docs")
        assert page.locator(".chart").count() == before
        expect(page.locator("section[aria-labelledby=days-head] table")).to_be_visible()
    finally:
        shown.stage.running.lives = [(live, session), *others]
