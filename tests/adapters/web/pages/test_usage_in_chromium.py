"""The usage page in a real Chromium: rows, filters in the address, charts, a file that says what is in it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.desk import FakeServices
from tests.support.page_checks import check_page
from tests.support.page_server import page_server
from tests.support.patience import PATIENCE_S
from tests.support.session_stage import fill, session_stage, whole_session
from tests.support.settings_side import SettingsSide
from tests.support.snapshots import NOON, snapshot
from tray_app.core.kernel.spreadsheet import BOM
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.sessions.usage.words import COLUMNS

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> SettingsSide:
    return SettingsSide(tmp_path_factory.mktemp("config") / "settings.toml")


@pytest.fixture(scope="module", params=Language)
def opened(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, side: SettingsSide
) -> Iterator[Window]:
    desk = FakeServices(base=snapshot(now_ms=NOON), spoken=request.param)
    with (
        session_stage(tmp_path_factory.mktemp("usage")) as stage,
        page_server(desk, more=replace(stage, settings=side.desk()).places) as server,
        window(chromium) as view,
    ):
        fill(stage, count=60)
        stage.keep(whole_session(session_id="odd", project="<b>工程 &/x"))
        view.page.goto(server.link(Page.USAGE))
        yield view


def test_the_page_is_readable_on_phone_and_desktop_in_both_themes(opened: Window) -> None:
    words_only = opened.page.locator("html").get_attribute("lang") != "en"
    origin = opened.page.url.split("/ui/")[0]
    for query in ("", "?by=model&weekly=0", "?from=2020-01-01&to=2020-01-02", "?from=nonsense"):
        opened.page.goto(f"{origin}/ui/usage{query}")
        check_page(opened, words_only=words_only or bool(query))


def test_rows_are_by_project_and_week_and_the_filters_stand_in_the_address(opened: Window) -> None:
    page = opened.page
    origin = page.url.split("/ui/")[0]
    page.goto(f"{origin}/ui/usage")
    weeks = page.locator("table.usage tbody tr:not(.sum) th:first-child").all_inner_texts()
    assert len(set(weeks)) > 3
    assert weeks == sorted(weeks, reverse=True)
    expect(page.locator("table.usage thead th")).to_have_count(7)
    page.locator(".presets a[href*='by=model']").click()
    page.wait_for_url("**by=model**")
    page.locator(".presets a[href*='weekly=0']").click()
    page.wait_for_url("**weekly=0**")
    expect(page.locator("table.usage tbody tr:not(.sum) th")).to_have_count(3)
    expect(page.locator("table.usage tr.sum td").nth(3)).to_contain_text("≥ $")
    expect(page.locator("svg.chart")).to_have_count(2)


def test_the_file_holds_the_rows_and_its_name_says_which(opened: Window) -> None:
    page = opened.page
    origin = page.url.split("/ui/")[0]
    page.goto(f"{origin}/ui/usage?days=30&by=project&weekly=0&project=%3Cb%3E%E5%B7%A5%E7%A8%8B+%26%2Fx")
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    link = page.get_by_role("link", name="CSV").get_attribute("href")
    answer = httpx.get(f"{origin}{link}", cookies=cookies, trust_env=False, timeout=PATIENCE_S)
    said = answer.headers["content-disposition"]
    assert 'filename="usage-by-project-' in said
    assert "%E5%B7%A5%E7%A8%8B-x.csv" in said
    assert answer.text.startswith(BOM)
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix(BOM)))
    assert tuple(head) == COLUMNS
    assert [one[1] for one in rows] == ["<b>工程 &/x"]


def test_the_sum_of_the_page_is_that_of_the_file(opened: Window, tmp_path: Path) -> None:
    page = opened.page
    page.goto(page.url.split("/ui/")[0] + "/ui/usage?weekly=0")
    with page.expect_download() as waited:
        page.get_by_role("link", name="CSV").click()
    waited.value.save_as(tmp_path / "usage.csv")
    _, *rows = csv.reader(io.StringIO((tmp_path / "usage.csv").read_text(encoding="utf-8-sig")))
    total = page.locator("table.usage tr.sum td").nth(4).inner_text()
    assert sum(int(row[-1]) for row in rows) == int(total)


def test_own_prices_are_kept_named_when_wrong_and_removed(opened: Window, side: SettingsSide) -> None:
    page = opened.page
    page.goto(page.url.split("/ui/")[0] + "/ui/usage?lang=en")
    side.write("# mine\n")
    form = page.locator("#prices form").last
    expect(form.get_by_label("Model")).to_have_value("x-1")  # the one whose price is not known
    for price, tone in (("cheap", "bad"), ("0.6", "good")):
        form.get_by_label("Input ($)").fill(price)
        form.get_by_label("Output ($)").fill("2.2")
        form.get_by_label("Model").fill("x.1")
        form.get_by_role("button").click()
        expect(page.locator(f".note.{tone}[data-focus]")).to_be_visible()
    assert side.words() == '# mine\n\n[prices]\n[prices."x.1"]\ninput = 0.6\noutput = 2.2\n'
    expect(page.locator("#prices li")).to_contain_text("input $0.6, output $2.2")
    page.locator("#prices li").get_by_role("button", name="Remove").click()
    expect(page.locator(".note.good")).to_contain_text("was removed")
    assert not side.file.current.prices.named
