"""The pages of the policy and of what waits: usable by everybody, and nothing that an agent wrote runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters.web.pages.history.test_page_in_chromium import EVIL
from tests.support.chromium import Window, window
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.policy_scenes import StillPolicy, approval, busy_policy, desk_of, refusal
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import Page as Where

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def policy() -> StillPolicy:
    return busy_policy()


@pytest.fixture(scope="module")
def server(policy: StillPolicy) -> Iterator[PageServer]:
    with page_server(desk_of(policy, everything=True), more=policy.places) as running:
        yield running


@pytest.fixture(scope="module")
def opened(chromium: Browser, server: PageServer) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(server.link(Where.POLICY))
        yield one


def speak(page: Page, server: PageServer, where: Where, language: Language) -> None:
    page.goto(f"{server.origin}/ui/{where}?lang={language}")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("where", [Where.POLICY, Where.APPROVALS])
def test_everybody_can_use_it(opened: Window, server: PageServer, where: Where, language: Language) -> None:
    opened.complaints.clear()
    speak(opened.page, server, where, language)
    check_page(opened, words_only=language is Language.ZH)
    opened.page.set_viewport_size({"width": 1280, "height": 900})


def test_faults_and_open_questions_can_be_used_by_everybody_too(opened: Window, server: PageServer) -> None:
    page = opened.page
    opened.complaints.clear()
    speak(page, server, Where.POLICY, Language.EN)
    page.locator("#tool-dingtalk_send_text .add summary").click()
    page.locator("#reset summary").click()
    page.locator("#text").fill(page.locator("#text").input_value().replace('"allow"', '"alow"'))
    expect(page.locator(".gutter .bad")).to_have_count(3)
    check_page(opened)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.once("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    speak(page, server, Where.APPROVALS, Language.EN)
    page.get_by_text("Always…").first.click()
    check_page(opened)


def test_enter_in_a_field_never_overwrites_another_s_words(
    opened: Window, server: PageServer, policy: StillPolicy
) -> None:
    page = opened.page
    speak(page, server, Where.POLICY, Language.EN)
    page.locator("#text").fill(page.locator("#text").input_value() + "\n")
    before, policy.source = policy.source, policy.source.replace("200", "50")
    theirs = policy.source
    try:
        page.locator("#save").click()
        expect(page.locator("#conflict")).to_be_focused()
        with page.expect_response("**/ui/policy/check"):
            page.locator("input.number:visible").first.press("Enter")
        assert policy.source == theirs
        page.locator("#conflict [data-drop]").click()
        expect(page.locator("#conflict")).to_have_count(0)
    finally:
        policy.source = before
        opened.complaints.clear()  # the browser's own line about the conflict


def test_what_is_typed_into_the_tester_outlives_what_is_done_beside_it(opened: Window, server: PageServer) -> None:
    page = opened.page
    speak(page, server, Where.POLICY, Language.EN)
    page.locator("#args").fill('{"content": "half a th')
    page.locator(".refusals").get_by_role("button", name="Allow once").first.click()
    expect(page.locator("#told .note.good")).to_be_focused()
    expect(page.locator("#args")).to_have_value('{"content": "half a th')
    page.locator("#args").fill('{"content": "whole"}')
    page.locator("#try").click()
    expect(page.locator(".tested")).to_be_focused()
    expect(page.locator("#args")).to_have_value('{"content": "whole"}')


def test_what_could_not_be_done_beside_the_text_can_be_tried_again(opened: Window, server: PageServer) -> None:
    page = opened.page
    speak(page, server, Where.POLICY, Language.EN)
    page.route("**/ui/policy", lambda route: route.abort())
    page.locator("#try").click()
    expect(page.locator("#status")).to_contain_text("did not answer")
    expect(page.locator("#try")).to_be_focused()
    page.unroute("**/ui/policy")
    page.locator("#try").click()
    expect(page.locator(".tested")).to_be_focused()
    opened.complaints.clear()  # the browser's own line about what was cut off


def test_faults_are_told_by_a_part_that_stays(opened: Window, server: PageServer) -> None:
    """Screen readers follow the node: one that comes in with its words already in it is often not read."""
    page = opened.page
    speak(page, server, Where.POLICY, Language.EN)
    page.evaluate("window.findings = document.getElementById('findings')")
    whole = page.locator("#text").input_value()
    page.locator("#text").fill(whole.replace('"deny"', '"denied"'))
    expect(page.locator("#findings a")).to_have_count(1)
    page.locator("#text").fill(whole)
    expect(page.locator("#findings a")).to_have_count(0)
    assert page.evaluate("window.findings.isConnected")


def test_nothing_that_an_agent_wrote_runs_or_stays_unseen(chromium: Browser) -> None:
    said = text("cli.verbatim", words=EVIL)
    origin = Origin(source=Source.MCP, tool="dingtalk_send_text", client=EVIL, grant=EVIL, project=EVIL, session=EVIL)
    details = tuple((text(f"approvals.field_{name}"), EVIL) for name in ("robot", "title", "text", "link", "button"))
    call = approval(title=EVIL, robot=EVIL, origin=origin, details=details, rule=EVIL, reason=said)
    refused = refusal(client=EVIL, rule=EVIL, reason=said, counter=EVIL, delivery_id=EVIL)
    words = EVIL.replace("\\", "\\\\").replace('"', '\\"')
    source = StillPolicy().source.replace("No passwords in the group", words).replace('"texts"', f'"{words[:60]}"')
    policy = StillPolicy(source=source, refused=(refused,), calls=(call,))
    with page_server(desk_of(policy), more=policy.places) as server, window(chromium) as opened:
        hits: list[str] = []
        page = opened.page
        opened.spoilt = True
        page.on("dialog", lambda one: one.accept() if one.type == "beforeunload" else hits.append(one.message))
        page.expose_function("hit", lambda: hits.append("hit"))
        page.goto(server.link(Where.POLICY))
        page.locator("#args").fill('{"content": "<img src=x onerror=hit()> password"}')
        page.locator("#tool").select_option("dingtalk_send_text")
        page.locator("#client").fill(EVIL)
        page.locator("#try").click()
        expect(page.locator(".tested")).to_contain_text("<script>hit()</script>")
        page.locator("#text").fill(source.replace('"deny_if"', f'"{words}"'))
        expect(page.locator(".findings li")).to_contain_text("There is no key")
        for where in ("policy", "approvals", "approvals/%3Cscript%3E", "overview"):
            page.goto(f"{server.origin}/ui/{where}")
            expect(page.get_by_text("<script>hit()</script>").first).to_be_visible()
            seen = page.locator("main .unseen").all_inner_texts()
            assert {"U+202E", "U+2066", "U+2069"} <= set(seen)
            assert page.locator("main script, main img, main iframe, main b b, main style").count() == 0
        assert hits == []
        assert opened.complaints == []
        assert [url for url in opened.asked if not url.startswith(f"{server.origin}/")] == []
