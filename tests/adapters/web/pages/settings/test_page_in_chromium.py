"""The settings page as a person meets it, in a real Chromium, with a real settings.toml below a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import Window, window
from tests.support.desk import FakeServices
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.settings_side import SettingsSide
from tests.support.snapshots import robot
from tray_app.adapters.autostart.xdg import DesktopFile
from tray_app.adapters.web.pages.settings.form import TOP
from tray_app.core.kernel.texts import Language
from tray_app.core.menu import actions
from tray_app.core.settings.form_fields import groups
from tray_app.core.settings.notices import NoticeKind
from tray_app.core.settings.routes import Subject
from tray_app.core.state.login import LoginStart
from tray_app.services.owner.start_at_login import StartAtLogin

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
XSS = "\"><img src=x onerror=alert(1)>'{{7*7}}"
WRITTEN = """# mine, 中文
language = "zh-CN"   # at home

[robots.team]
[history]
days = 1_000 # long

[notices]
waiting = false
"""


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> DesktopFile:
    return DesktopFile(tmp_path_factory.mktemp("autostart"))


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory, entry: DesktopFile) -> SettingsSide:
    login = StartAtLogin(entry, lambda: ["/opt/dingtalk-tray", "run"], changed=lambda: None)
    return SettingsSide(tmp_path_factory.mktemp("config") / "settings.toml", login=login)


@pytest.fixture(scope="module")
def running(side: SettingsSide) -> Iterator[PageServer]:
    with page_server(FakeServices(views={"team": robot("team")}), settings=side) as server:
        yield server


@pytest.fixture
def server(running: PageServer, side: SettingsSide) -> PageServer:
    running.desk.spoken = Language.EN
    side.write(WRITTEN)
    side.rereads = 0
    return running


@pytest.fixture
def view(chromium: Browser, server: PageServer) -> Iterator[Window]:
    with window(chromium) as opened:
        opened.page.goto(server.link(actions.Page.SETTINGS))
        open_all(opened.page)
        yield opened


def field(key: str) -> str:
    return f'[data-setting="{key}"] :is(input, select, textarea)'


def open_all(page: Page) -> None:
    page.locator("details.section").evaluate_all("all => all.forEach((one) => { one.open = true; })")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_every_setting_is_there_with_what_the_file_says(view: Window) -> None:
    keys = view.page.locator("[data-setting]").evaluate_all("all => all.map((one) => one.dataset.setting)")
    assert keys[:5] == list(TOP)
    assert sorted(keys) == sorted(one.key for group in groups() for one in group.fields)
    expect(view.page.locator(field("history.days"))).to_have_value("1000")
    expect(view.page.locator(field("language"))).to_have_value("zh")
    expect(view.page.locator(field("notices.waiting.enabled"))).not_to_be_checked()
    expect(view.page.locator('[data-setting="history.days"]')).to_contain_text("Default: 90")
    assert view.complaints == []


def test_a_setting_is_found_by_its_words_and_a_link_opens_its_section(view: Window, server: PageServer) -> None:
    page = view.page
    page.goto(f"{server.origin}/ui/settings")
    expect(page.locator("details.section[open]")).to_have_count(0)
    page.goto(f"{server.origin}/ui/settings#group-history")
    expect(page.locator("#group-history")).to_have_attribute("open", "")
    expect(page.locator("details.section[open]")).to_have_count(1)
    page.get_by_label("Find a setting").fill("messages say keep")
    expect(page.locator("[data-setting]:visible")).to_have_count(1)
    expect(page.locator(field("history.store_content"))).to_be_visible()
    page.get_by_label("Find a setting").fill("no such words")
    expect(page.get_by_text("No setting has these words.")).to_be_visible()
    page.get_by_label("Find a setting").press("Escape")
    expect(page.locator("details.section:visible")).to_have_count(page.locator("details.section").count())
    assert view.complaints == []


def test_only_what_was_changed_is_written_and_holds_at_once(view: Window, side: SettingsSide) -> None:
    page = view.page
    page.locator(field("history.days")).fill("30")
    page.locator(field("notices.quiet_hours")).fill("22:00-08:00")
    page.locator(field("notices.failure.robot")).select_option("team")
    save(page)
    expect(page.locator(".note.good")).to_contain_text("Saved")
    expect(page.locator(".note.good")).to_contain_text("It holds from now on.")
    assert side.words().startswith(WRITTEN.replace("1_000", "30"))
    assert side.words().removeprefix(WRITTEN.replace("1_000", "30")) == (
        'quiet_hours = "22:00-08:00"\n\n[notices.failure]\nrobot = "team"\n'
    )
    assert side.file.current.history.days == 30
    assert side.rereads == 1
    expect(page.locator(field("history.days"))).to_have_value("30")
    save(page)
    expect(page.locator(".note")).to_contain_text("Nothing was changed")
    assert view.complaints == []


def test_the_start_at_login_is_switched_and_shown_as_the_system_has_it(view: Window, entry: DesktopFile) -> None:
    card = view.page.locator("#login")
    expect(card).to_contain_text("The app does not start at login.")
    card.get_by_role("button", name="Switch on", exact=True).click()
    expect(view.page.locator(".note.good")).to_contain_text("The app starts at login.")
    assert (entry.look(), entry.command) == (LoginStart.ON, "/opt/dingtalk-tray run")
    Path(entry.place).write_text(f"{Path(entry.place).read_text('utf-8')}Hidden=true\n", "utf-8")
    view.page.reload()
    expect(card).to_contain_text("its entry is switched off in the system's settings")
    card.get_by_role("button", name="Switch on", exact=True).click()
    card.get_by_role("button", name="Switch off", exact=True).click()
    expect(view.page.locator(".note.good")).to_contain_text("The app does not start at login.")
    assert entry.look() is LoginStart.OFF
    entry.folder.write_bytes(b"no folder")
    card.get_by_role("button", name="Switch on", exact=True).click()
    expect(view.page.locator(".note.bad")).to_contain_text(f"cannot be changed: {entry.place}")
    assert view.complaints == []


def test_what_takes_a_restart_says_so(view: Window, side: SettingsSide) -> None:
    view.page.locator(field("endpoint.port")).fill("9000")
    save(view.page)
    note = view.page.locator(".note.good")
    expect(note).to_contain_text("Port: takes effect when dingtalk-tray is started anew.")
    expect(note).not_to_contain_text("It holds from now on.")
    assert side.file.current.endpoint.port == 9000


def test_a_tick_is_taken_off_and_put_on(view: Window, side: SettingsSide) -> None:
    view.page.locator(field("history.store_content")).uncheck()
    view.page.locator(field("notices.waiting.enabled")).check()
    save(view.page)
    expect(view.page.locator(".note.good")).to_be_visible()
    assert side.file.current.history.store_content is False
    assert side.file.current.notices.rules[NoticeKind.WAITING].enabled is True


@pytest.mark.parametrize("scripts", [True, False])
def test_wrong_input_is_named_beside_its_field_and_everything_typed_stays(
    chromium: Browser, server: PageServer, side: SettingsSide, scripts: bool
) -> None:
    with window(chromium, scripts=scripts) as opened:
        page = opened.page
        page.goto(server.link(actions.Page.SETTINGS))
        open_all(page)
        page.locator(field("history.days")).fill("soon")
        page.locator(field("delivery.attempts")).fill("2")
        save(page)
        wrong = page.locator('[data-setting="history.days"]')
        expect(wrong.get_by_text("It must be a number from 1 to 36500")).to_be_visible()
        expect(page.locator(field("history.days"))).to_have_attribute("aria-invalid", "true")
        if scripts:
            expect(page.locator(field("history.days"))).to_be_focused()
        expect(page.locator(field("history.days"))).to_have_value("soon")
        expect(page.locator(field("delivery.attempts"))).to_have_value("2")
        assert side.words() == WRITTEN
        page.locator(field("history.days")).fill("60")
        save(page)
        expect(page.locator(".note.good")).to_be_visible()
        assert side.file.current.delivery.attempts == 2
        assert side.file.current.history.days == 60


def test_a_file_that_was_changed_underneath_is_asked_about_and_then_both_changes_stand(
    view: Window, side: SettingsSide
) -> None:
    page = view.page
    page.locator(field("history.days")).fill("30")
    theirs = WRITTEN.replace("1_000", "7").replace("waiting = false", "waiting = true")
    side.path.write_text(theirs, "utf-8")
    save(page)
    asked = page.locator("#conflict")
    expect(asked).to_be_focused()
    expect(asked).to_contain_text("settings.toml was changed by somebody else")
    expect(asked.locator("dd")).to_have_text("In the file now: 7Yours: 30")
    expect(page.locator(field("notices.waiting.enabled"))).to_be_checked()
    assert side.words() == theirs
    asked.get_by_role("button", name="Save mine all the same").click()
    expect(page.locator(".note.good")).to_contain_text("Saved")
    assert side.words() == theirs.replace("days = 7", "days = 30")


def test_changes_can_be_dropped_for_what_the_file_says_now(view: Window, side: SettingsSide) -> None:
    page = view.page
    page.locator(field("history.days")).fill("30")
    side.path.write_text(WRITTEN.replace("1_000", "7"), "utf-8")
    save(page)
    page.get_by_role("link", name="Drop my changes").click()
    expect(page.locator(field("history.days"))).to_have_value("7")
    expect(page.locator("#conflict")).to_have_count(0)


def test_a_broken_file_is_named_by_line_with_the_last_good_values_to_look_at(view: Window, side: SettingsSide) -> None:
    page = view.page
    side.path.write_text(WRITTEN + "[histroy]\n", "utf-8")
    page.reload()
    open_all(page)
    told = page.locator("#broken")
    line = WRITTEN.count("\n") + 1
    expect(told).to_contain_text(f"line {line}: histroy is not a setting here; did you mean history?")
    expect(page.locator(field("history.days"))).to_have_value("1000")
    expect(page.locator(field("history.days"))).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    side.path.write_text(WRITTEN, "utf-8")
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(field("history.days"))).to_be_enabled()


def test_one_project_gets_rules_of_its_own_and_loses_them_again(view: Window, side: SettingsSide) -> None:
    page = view.page
    page.get_by_role("textbox", name="Project", exact=True).fill("my.app")
    page.get_by_role("button", name="Set its rules").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notices of my.app")
    expect(page.locator('[data-setting$=".session_end.min_minutes"]')).to_contain_text("As for all projects: 10")
    page.locator('[data-setting$=".waiting.enabled"] select').select_option("yes")
    page.locator('[data-setting$=".session_end.min_minutes"] input').fill("2.5")
    save(page)
    expect(page.locator(".note.good")).to_be_visible()
    rules = side.file.current.notices.of(Subject(project="my.app"))
    assert rules.waiting.enabled is True
    assert rules.session_end.after_ms == 150_000
    page.locator('[data-setting$=".session_end.min_minutes"] input').fill("")
    page.locator(".note.good").evaluate("one => { one.id = 'before'; }")
    save(page)
    expect(page.locator("#before")).to_have_count(0)
    expect(page.locator(".note.good")).to_be_visible()
    assert side.file.current.notices.of(Subject(project="my.app")).session_end.after_ms == 600_000
    page.get_by_role("link", name="All settings").click()
    expect(page.get_by_role("link", name="my.app")).to_be_visible()


def test_a_project_is_words_never_markup(view: Window, side: SettingsSide) -> None:
    view.spoilt = True
    view.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    view.page.get_by_role("textbox", name="Project", exact=True).fill(XSS)
    view.page.get_by_role("button", name="Set its rules").click()
    expect(view.page.get_by_role("heading", level=1)).to_have_text(f"Notices of {XSS}")
    assert view.page.locator("main img").count() == 0
    view.page.locator('[data-setting$=".waiting.enabled"] select').select_option("no")
    save(view.page)
    expect(view.page.locator(".note.good")).to_be_visible()
    assert side.file.current.notices.of(Subject(project=XSS)).rules[NoticeKind.WAITING].enabled is False
    assert view.complaints == []


def test_a_computer_without_a_desktop_names_the_file(view: Window, side: SettingsSide) -> None:
    view.page.get_by_role("button", name="Show its folder").click()
    expect(view.page.locator(".note")).to_contain_text(str(side.path))


def test_a_form_of_another_session_changes_nothing(view: Window, side: SettingsSide) -> None:
    view.page.locator(field("history.days")).fill("3")
    view.page.locator("form:has(#save) input[name=csrf]").evaluate("one => { one.value = 'x'.repeat(43); }")
    save(view.page)
    expect(view.page.get_by_role("heading", level=1)).to_have_text("Nothing was changed")
    assert side.words() == WRITTEN


@pytest.mark.parametrize(
    ("state", "language"),
    [("whole", Language.ZH), ("conflict", Language.EN), ("broken", Language.EN), ("project", Language.ZH)],
)
def test_every_state_is_readable_and_usable(
    chromium: Browser, server: PageServer, side: SettingsSide, state: str, language: Language
) -> None:
    server.desk.spoken = language
    with window(chromium) as opened:
        bring_into(opened, server, side, state)
        check_page(opened, refused=state == "conflict")


def bring_into(opened: Window, server: PageServer, side: SettingsSide, state: str) -> None:
    page = opened.page
    if state == "broken":
        side.path.write_text(WRITTEN + "dayz = 3\n", "utf-8")
    page.goto(server.link(actions.Page.SETTINGS))
    if state == "project":
        page.goto(f"{server.origin}/ui/settings?project=api")
    open_all(page)
    if state == "conflict":
        page.locator(field("history.days")).fill("30")
        side.path.write_text(WRITTEN.replace("1_000", "7"), "utf-8")
        page.locator("#save").click()
        page.locator("#conflict").wait_for()
