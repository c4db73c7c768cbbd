"""The robots page as a person meets it, in a real Chromium: what is shown, saved, refused, and never shown again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import Window, window
from tests.support.desk import FakeServices, MemoryVault
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.screenshots import full_desk, key, setup_scenes, webhook
from tests.support.settings_side import SettingsSide
from tests.support.snapshots import robot, snapshot
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu import actions
from tray_app.core.messages.channel import Credentials
from tray_app.core.state.snapshot import PhoneView, RobotOrigin, VaultState

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
XSS = "<img src=x onerror=alert(1)>\"'{{7*7}}<script>alert(2)</script>"


@pytest.fixture
def view(chromium: Browser) -> Iterator[Window]:
    with window(chromium) as opened:
        yield opened
        assert opened.complaints == []


@pytest.fixture
def page(view: Window, server: PageServer) -> Page:
    """The set-up page of an app without robots."""
    view.page.goto(server.link())
    return view.page


def secrets_in(page: Page) -> list[str]:
    return [letter * 20 for letter in "ab" if letter * 20 in page.content()]


def stored() -> Credentials:
    return Credentials(webhook=Secret(webhook()), secret=Secret(key()))


# each state in one language, so that both are seen and the time is short; the words themselves are tested elsewhere
@pytest.mark.parametrize(
    ("name", "language"), [(scene.name, list(Language)[number % 2]) for number, scene in enumerate(setup_scenes())]
)
def test_every_state_is_readable_in_both_themes_on_phone_and_desktop(
    chromium: Browser, name: str, language: Language
) -> None:
    scene = next(scene for scene in setup_scenes() if scene.name == name)
    scene.desk.spoken = language
    with page_server(scene.desk) as server, window(chromium) as view:
        scene.show(view, server)
        assert view.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[language]
        check_page(view, refused=True)


def test_a_pasted_pair_is_sorted_saved_tried_out_and_never_shown_again(page: Page, server: PageServer) -> None:
    page.get_by_label("Webhook", exact=True).fill(f"密钥：{key()}\nWebhook： {webhook()}\n")
    expect(page.get_by_role("status")).to_have_text("Found the webhook and the signing key.")
    expect(page.get_by_label("Signing key (recommended)")).to_have_value(key())
    page.get_by_label("Keywords (optional)").fill("Claude， 通知")
    page.get_by_role("button", name="Save and send a test message").click()
    expect(page.locator("#robot-1 .note")).to_contain_text("DingTalk took the message")
    expect(page.locator("#robot-1 .note")).to_contain_text("Saved in the system's keyring")
    assert server.desk.vault.kept == {"team": stored()}
    assert server.desk.views["team"].keywords == ("Claude", "通知")
    assert server.desk.tested == ["team"]
    expect(page.locator("#robot-1")).to_contain_text("…1f3c")
    assert secrets_in(page) == []
    assert page.get_by_label("Webhook", exact=True).input_value() == ""


def test_everything_essential_works_without_scripts(chromium: Browser, server: PageServer) -> None:
    with window(chromium, scripts=False) as view:
        page = view.page
        page.goto(server.link())
        page.get_by_label("Webhook", exact=True).fill(f"{webhook()}\n{key()}")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#robot-1 .note")).to_contain_text("Saved in the system's keyring")
        assert server.desk.vault.kept == {"team": stored()}
        page.get_by_role("button", name="Send a test message", exact=True).click()
        expect(page.locator("#robot-1 .note")).to_contain_text("DingTalk took the message")
        page.get_by_text("Remove…").click()
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(page.locator(".note")).to_contain_text("team was removed")
        assert server.desk.vault.kept == {}
        assert page.url == f"{server.origin}/ui/robots"


def test_a_refusal_stands_beside_its_field_and_without_scripts_the_secret_is_not_put_back(
    chromium: Browser, server: PageServer
) -> None:
    with window(chromium, scripts=False) as view:
        page = view.page
        page.goto(server.link())
        page.get_by_label("Webhook", exact=True).fill("https://example.com/robot/send?access_token=" + "a" * 64)
        page.get_by_label("Signing key (recommended)").fill(key())
        page.get_by_label("Keywords (optional)").fill("Claude")
        page.get_by_role("button", name="Save", exact=True).click()
        box = page.get_by_label("Webhook", exact=True)
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#webhook-error")).to_contain_text("example.com is not a DingTalk host")
        expect(page.get_by_label("Keywords (optional)")).to_have_value("Claude")
        assert secrets_in(page) == []
        assert server.desk.vault.kept == {}


def test_with_scripts_a_refused_form_keeps_what_was_typed_and_goes_to_the_fault(
    chromium: Browser, server: PageServer
) -> None:
    with window(chromium) as view:
        page = view.page
        page.goto(server.link())
        page.get_by_label("Webhook", exact=True).fill(webhook())
        page.get_by_label("Signing key (recommended)").fill("SEC123")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#secret-error")).to_contain_text("67")
        expect(page.get_by_label("Signing key (recommended)")).to_be_focused()
        expect(page.get_by_label("Webhook", exact=True)).to_have_value(webhook())
        page.get_by_label("Signing key (recommended)").fill(key())
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#robot-1 .note")).to_contain_text("Saved")
        assert server.desk.vault.kept == {"team": stored()}


def test_a_test_message_that_is_refused_says_why_and_what_to_do(view: Window) -> None:
    with page_server(full_desk()) as server:
        view.page.goto(server.link())
        view.page.locator("#robot-1").get_by_role("button", name="Send a test message").click()
        note = view.page.locator("#robot-1").get_by_role("alert")
        expect(note).to_contain_text("Webhook and signing key are swapped")
        expect(note).to_contain_text("DingTalk code 310000")
        expect(note).to_contain_text("Exchange the two.")


def test_a_test_message_that_waits_is_not_called_sent(view: Window) -> None:
    with page_server(replace(full_desk(), answer=Receipt(status=Status.QUEUED))) as server:
        view.page.goto(server.link())
        view.page.locator("#robot-1").get_by_role("button", name="Send a test message").click()
        expect(view.page.locator("#robot-1 .note")).to_contain_text("Not sent yet")


def test_a_change_without_secrets_keeps_the_stored_ones(view: Window) -> None:
    desk = FakeServices(vault=MemoryVault(kept={"team": stored()}), views={"team": robot(keywords=("old",))})
    with page_server(desk) as server:
        view.page.goto(server.link())
        view.page.get_by_role("link", name="Change").click()
        expect(view.page.get_by_label("Keywords (optional)")).to_have_value("old")
        view.page.get_by_label("Keywords (optional)").fill("new")
        view.page.get_by_role("button", name="Save", exact=True).click()
        expect(view.page.locator("#robot-1 .note")).to_contain_text("Saved")
        assert desk.vault.kept == {"team": stored()}
        assert desk.views["team"].keywords == ("new",)
        assert view.page.url == f"{server.origin}/ui/robots"


def test_a_new_robot_never_replaces_one_of_the_same_name(chromium: Browser) -> None:
    desk = FakeServices(vault=MemoryVault(kept={"team": stored()}), views={"team": robot()})
    with page_server(desk) as server, window(chromium) as view:
        view.page.goto(server.link())
        expect(view.page.get_by_label("Name of the robot")).to_have_value("team2")
        view.page.get_by_label("Name of the robot").fill("team")
        view.page.get_by_label("Webhook", exact=True).fill(webhook("c"))
        view.page.get_by_role("button", name="Save", exact=True).click()
        expect(view.page.locator("#name-error")).to_contain_text("A robot of this name exists already")
        assert desk.vault.kept == {"team": stored()}


def test_robots_of_the_environment_can_be_tried_out_but_not_changed_here(view: Window) -> None:
    desk = FakeServices(views={"environment": robot("environment", origin=RobotOrigin.ENVIRONMENT)})
    with page_server(desk) as server:
        view.page.goto(server.link())
        card = view.page.locator("#robot-1")
        expect(card).to_contain_text("environment variables (DINGTALK_WEBHOOK)")
        expect(card.get_by_role("button", name="Send a test message")).to_be_visible()
        expect(card.get_by_text("Change", exact=True)).to_have_count(0)
        expect(card.get_by_text("Remove…")).to_have_count(0)
        view.page.goto(f"{server.origin}/ui/robots?edit=environment")
        expect(view.page.get_by_role("heading", name="Add another robot")).to_be_visible()


def test_an_app_robot_of_the_environment_is_no_default_and_is_not_changed_here(view: Window) -> None:
    app = robot("environment-app", channel="dingtalk-app", origin=RobotOrigin.ENVIRONMENT, default=False, paired=False)
    heard = PhoneView(robot="environment-app", paired=False, hears=StreamPhase.CONNECTED)
    with page_server(FakeServices(base=snapshot(phone=heard), views={app.name: app})) as server:
        view.page.goto(server.link())
        card = view.page.locator("#robot-1")
        expect(card).to_contain_text("environment variables (DINGTALK_CLIENT_ID)")
        expect(card).not_to_contain_text("in the keyring")
        expect(card).not_to_contain_text("default")
        expect(view.page.locator("#client_id")).to_have_count(0)
        expect(view.page.locator("#phone button")).to_have_text(["Make a pairing code"])


def test_a_locked_keyring_says_so_keeps_the_form_and_works_after_a_retry(chromium: Browser) -> None:
    desk = FakeServices(vault=MemoryVault(state=VaultState.LOCKED))
    with page_server(desk) as server, window(chromium) as view:
        view.page.goto(server.link())
        expect(view.page.get_by_role("region", name="The keyring is locked")).to_contain_text("Unlock it")
        view.page.get_by_label("Webhook", exact=True).fill(webhook())
        view.page.get_by_label("Signing key (recommended)").fill(key())
        view.page.get_by_role("button", name="Save", exact=True).click()
        expect(view.page.locator("#form").get_by_role("alert")).to_contain_text("The keyring is locked")
        expect(view.page.get_by_label("Webhook", exact=True)).to_have_value(webhook())
        view.page.get_by_role("button", name="Try again").click()
        expect(view.page.locator(".note.good")).to_contain_text("The keyring works")
        assert desk.vault.kept == {}


def test_names_keywords_and_errors_are_words_never_markup(view: Window) -> None:
    views = {XSS: robot(XSS, keywords=(XSS,), host=XSS, limit_reason=text("credentials.unknown_host", host=XSS))}
    with page_server(FakeServices(views=views)) as server:
        view.spoilt = True
        view.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        view.page.goto(server.link())
        card = view.page.locator("#robot-1")
        assert card.locator("h3").inner_text().startswith(XSS)
        assert card.locator("img, script").count() == 0
        card.get_by_role("button", name="Send a test message").click()
        expect(card.locator(".note.good")).to_be_visible()
        assert server.desk.tested == [XSS]
        card.get_by_role("link", name="Change").click()
        expect(view.page.get_by_label("Keywords (optional)")).to_have_value(XSS)


def test_scripts_cannot_read_the_cookie_and_other_sites_cannot_use_it(view: Window, server: PageServer) -> None:
    evil = (
        f'<form method="post" action="{server.origin}/ui/robots"><input name="do" value="retry"></form>'
        "<script>document.forms[0].submit()</script>"
    )
    view.context.route("http://evil.example/", lambda route: route.fulfill(body=evil, content_type="text/html"))
    view.page.goto(server.link())
    assert view.page.evaluate("document.cookie") == ""
    server.desk.vault.state = VaultState.LOCKED
    with view.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        view.page.goto("http://evil.example/", wait_until="commit")
    assert answer.value.status == 403
    expect(view.page).to_have_url(f"{server.origin}/ui/robots")
    assert server.desk.vault.state is VaultState.LOCKED
    view.complaints.clear()  # the browser's own line about the 403


def test_a_used_link_says_how_to_get_another(view: Window, server: PageServer) -> None:
    link = server.link()
    view.page.goto(link)
    view.context.clear_cookies()
    view.page.goto(link)
    expect(view.page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    expect(view.page.get_by_text("dingtalk-tray open")).to_be_visible()
    view.complaints.clear()  # the browser's own line about the 410


def test_the_address_bar_does_not_keep_the_link(page: Page, server: PageServer) -> None:
    assert page.url == f"{server.origin}/ui/robots"


def test_the_keyboard_is_enough(page: Page, server: PageServer) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "webhook":
            break
    page.keyboard.insert_text(f"{webhook()} {key()}")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Save":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#robot-1 .note")).to_be_focused()
    assert server.desk.vault.kept == {"team": stored()}


def test_the_language_switch_changes_the_page_in_place(page: Page) -> None:
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("机器人与分发规则")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Robots and routes")


def test_an_app_that_is_gone_is_said_and_what_was_typed_stays(chromium: Browser, server: PageServer) -> None:
    with window(chromium) as view:
        view.page.goto(server.link())
        view.page.route("**/ui/robots", lambda route: route.abort())
        view.page.get_by_label("Webhook", exact=True).fill(webhook())
        view.page.get_by_role("button", name="Save", exact=True).click()
        expect(view.page.get_by_role("status")).to_contain_text("dingtalk-tray did not answer")
        expect(view.page.get_by_role("button", name="Save", exact=True)).to_be_enabled()
        expect(view.page.get_by_label("Webhook", exact=True)).to_have_value(webhook())


def test_a_secret_is_masked_until_it_is_asked_for(page: Page) -> None:
    box = page.get_by_label("Webhook", exact=True)
    assert box.evaluate("one => getComputedStyle(one).webkitTextSecurity") == "disc"
    page.get_by_role("button", name="Show").first.click()
    assert box.evaluate("one => getComputedStyle(one).webkitTextSecurity") == "none"
    assert page.locator("input[type=password]").count() == 0  # the browser would offer to keep it


def test_the_address_it_had_before_leads_here(page: Page, server: PageServer) -> None:
    page.goto(server.link(actions.Page.SETUP))
    assert page.url == f"{server.origin}/ui/robots"
    page.goto(f"{server.origin}/ui/setup?edit=team")
    assert page.url == f"{server.origin}/ui/robots?edit=team"


def test_another_robot_is_made_the_default_one(view: Window) -> None:
    desk = FakeServices(views={"team": robot("team"), "ops": robot("ops", default=False)})
    with page_server(desk) as server:
        view.page.goto(server.link())
        expect(view.page.locator("#robot-1").get_by_role("button", name="Make default")).to_have_count(0)
        view.page.locator("#robot-2").get_by_role("button", name="Make default").click()
        expect(view.page.locator("#robot-2 .note.good")).to_contain_text("It is used now where no other robot is named")
        assert [name for name, one in desk.views.items() if one.default] == ["ops"]


def test_limits_are_kept_within_dingtalks_own_and_named_beside_their_field(
    chromium: Browser, server: PageServer
) -> None:
    with window(chromium) as view:
        page = view.page
        page.goto(server.link())
        page.get_by_label("Webhook", exact=True).fill(webhook())
        page.get_by_label("At most in a minute").fill("21")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#per_minute-error")).to_contain_text("from 1 to 20")
        page.get_by_label("At most in a minute").fill("ten")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#per_minute-error")).to_contain_text("This is no whole number")
        assert server.desk.vault.kept == {}
        page.get_by_label("At most in a minute").fill("10")
        page.get_by_label("At most in a month").fill("500")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#robot-1")).to_contain_text("10 a minute · 500 a month")


def test_a_keyring_that_waits_for_its_window_does_not_keep_the_page(view: Window) -> None:
    desk = FakeServices(vault=MemoryVault(kept={"team": stored()}, slow=True), views={"team": robot("team")})
    with page_server(desk) as server:
        view.page.goto(server.link())
        expect(view.page.get_by_text("The keyring has not answered yet")).to_be_visible()
        view.page.locator("#robot-1").get_by_role("button", name="Send a test message").click()
        expect(view.page.locator("#robot-1 .note.good")).to_be_visible()
        desk.vault.slow = False
        desk.changed()
        expect(view.page.locator("#robot-1")).to_contain_text("…1f3c")
        expect(view.page.get_by_text("The keyring has not answered yet")).to_have_count(0)


# ---- routes


@pytest.fixture
def side(tmp_path: Path) -> SettingsSide:
    made = SettingsSide(tmp_path / "settings.toml", known_folders=("/home/li/shop",))
    made.write("# mine\n[robots.team]\n[robots.ops]\n")
    return made


@pytest.fixture
def two(side: SettingsSide) -> Iterator[PageServer]:
    desk = FakeServices(views={"team": robot("team"), "ops": robot("ops", default=False)})
    with page_server(desk, settings=side) as running:
        yield running


def routed(side: SettingsSide) -> list[tuple[str, str]]:
    return [(one.project or one.tool or one.kind, one.robot) for one in side.file.current.routes]


def test_routes_are_added_asked_about_raised_and_removed(view: Window, two: PageServer, side: SettingsSide) -> None:
    page = view.page
    page.goto(two.link())
    expect(page.get_by_text("No routes: everything goes to the default robot.")).to_be_visible()
    for project, goes_to in (("~/shop", "ops"), ("/home/li/shop/web", "team")):
        page.get_by_text("Add a route", exact=True).click()
        page.locator("#route-project").fill(project)
        page.locator("#route-robot").select_option(goes_to)
        page.get_by_role("button", name="Add the route").click()
        expect(page.locator(".note.good")).to_contain_text(f"The route to {goes_to} was added")
    assert routed(side) == [("~/shop", "ops"), ("/home/li/shop/web", "team")]
    assert side.words().startswith("# mine\n")
    page.get_by_role("link", name="Change route 1").click()
    expect(page.locator("#route-project")).to_have_value("~/shop")
    page.locator("#route-kind").select_option("failure")
    page.locator("#route-project").fill("~/shops")
    page.get_by_role("button", name="Save the route").click()
    expect(page.locator(".note.good")).to_contain_text("Route 1 was changed")
    assert routed(side) == [("~/shops", "ops"), ("/home/li/shop/web", "team")]
    assert side.file.current.routes[0].kind == "failure"
    page.get_by_role("link", name="Change route 1").click()
    page.locator("#route-kind").select_option("")
    page.locator("#route-project").fill("~/shop")
    page.get_by_role("button", name="Save the route").click()
    expect(page.locator("ol.routes li").first).not_to_contain_text("~/shops")
    assert routed(side) == [("~/shop", "ops"), ("/home/li/shop/web", "team")]
    answers = {}
    for turn in ("before", "after"):
        page.get_by_text("Who would get it?").click()
        page.locator("#try-folder").fill("/home/li/shop/web")
        page.get_by_role("button", name="Show", exact=True).last.click()
        answers[turn] = page.locator("#answer").inner_text()
        if turn == "before":
            page.get_by_role("button", name="Move route 2 up").click()
            expect(page.locator(".note.good")).to_contain_text("moved up")
    assert [words.lstrip("✓ ") for words in answers.values()] == [
        "ops gets it (route 1)",
        "team gets it (route 1)",
    ]
    page.goto(f"{two.origin}/ui/robots?folder=/elsewhere")
    expect(page.locator("#answer")).to_contain_text("No route fits: team gets it, the default robot")
    page.get_by_role("button", name="Remove route 1").click()
    expect(page.locator(".note.good")).to_contain_text("The route was removed")
    assert routed(side) == [("~/shop", "ops")]
    page.locator("#robot-2").get_by_text("Remove…").click()
    expect(page.locator("#robot-2")).to_contain_text("Its routes are removed too: 1")


def test_a_wrong_route_is_named_beside_its_field_and_stays_typed(
    chromium: Browser, two: PageServer, side: SettingsSide
) -> None:
    with window(chromium) as view:
        page = view.page
        page.goto(two.link())
        page.get_by_text("Add a route", exact=True).click()
        page.locator("#route-project").fill("shop/web")
        page.get_by_role("button", name="Add the route").click()
        expect(page.locator("#route-project-error")).to_contain_text("It must be a folder such as")
        expect(page.locator("#route-project")).to_have_value("shop/web")
        page.locator("#route-project").fill("shop")
        page.get_by_role("button", name="Add the route").click()
        expect(page.locator("#route-robot-error")).to_contain_text("Choose the robot")
        page.locator("#route-project").fill("")
        page.locator("#route-robot").select_option("ops")
        page.get_by_role("button", name="Add the route").click()
        expect(page.locator("#route .note.bad")).to_contain_text("Say which messages it is for")
        assert routed(side) == []


def test_a_route_is_not_removed_from_a_file_that_was_changed_meanwhile(
    view: Window, two: PageServer, side: SettingsSide
) -> None:
    page = view.page
    side.write(side.words() + '[[routes]]\nproject = "a"\nrobot = "ops"\n')
    page.goto(two.link())
    side.write(side.words().replace('"a"', '"b"'))
    page.get_by_role("button", name="Remove route 1").click()
    expect(page.get_by_role("alert")).to_contain_text("settings.toml was changed meanwhile")
    assert routed(side) == [("b", "ops")]
    page.get_by_role("button", name="Remove route 1").click()
    expect(page.locator(".note.good")).to_be_visible()
    assert routed(side) == []
