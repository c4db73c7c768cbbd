"""The policy page beside the real app: table and text as one truth, faults at their line, counters, refusals."""

import json
import re
import statistics
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.catalogs import catalogs
from tests.support.chromium import Window, window
from tests.support.live_part import SOON_MS, seen_ms, watch
from tests.support.policy_app import LINK, MARKDOWN, SEND, STATUS, PolicyApp, app, shared
from tray_app.adapters.files.policy import default_policy
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.evaluate import Call, decide
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.words import verdict_words
from tray_app.tools.facts import facts

__all__ = ["app", "shared"]
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
WORDS = catalogs()[Language.EN].for_owner()


@pytest.fixture(scope="module")
def opened(chromium: Browser, shared: PolicyApp) -> Iterator[Window]:
    """One window that is let in; each test goes to the page anew."""
    with window(chromium) as one:
        one.spoilt = True
        one.page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
        one.page.goto(shared.link())
        yield one


@pytest.fixture
def page(opened: Window, app: PolicyApp) -> Iterator[Page]:
    opened.complaints.clear()
    yield opened.page
    opened.page.goto(f"{app.origin}/ui/overview")
    assert [said for said in opened.complaints if "status of 4" not in said] == []


def show(page: Page, app: PolicyApp, tools: dict[str, object], **more: object) -> str:
    """Have the file say this, and open the page. Returns the file's text."""
    source = app.says(tools, **more)
    page.goto(f"{app.origin}/ui/policy")
    expect(page.locator(".gutter span").first).to_have_text("1")
    return source


def choose(page: Page, tool: str, choice: str) -> None:
    page.locator(f"#tool-{tool}").get_by_role("radio", name=choice, exact=True).check()


def text_of(page: Page) -> str:
    return page.locator("#text").input_value()


def test_faults_show_at_their_line_while_one_types_and_cannot_be_saved(page: Page, app: PolicyApp) -> None:
    source = show(page, app, {SEND: {"action": "allow"}})
    box, table = page.locator("#text"), page.locator("#mode-enforce")
    page.evaluate("document.querySelector('#text').setSelectionRange(0, 0)")
    box.fill(source.replace(SEND, "dingtalk_send_txt").replace('"deny"', '"maybe"'))
    findings = page.locator(".findings li")
    expect(findings).to_have_count(2)
    expect(findings.first).to_contain_text("line 3, column 14")
    expect(findings.nth(1)).to_contain_text('did you mean "dingtalk_send_text"?')
    expect(page.locator(".gutter .bad")).to_have_text(["3", "5"])
    expect(table).to_be_disabled()
    expect(page.locator("#stale")).to_be_visible()
    findings.nth(1).get_by_role("link").click()
    expect(box).to_be_focused()
    at = page.evaluate("document.querySelector('#text').selectionStart")
    assert text_of(page)[at:].startswith('"dingtalk_send_txt"')
    page.locator("#save").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator(".findings li")).to_have_count(2)
    assert app.file.read_text("utf-8") == source
    page.locator("#text").fill(text_of(page).replace("dingtalk_send_txt", SEND).replace('"maybe"', '"allow"'))
    expect(page.locator("#findings .good")).to_be_visible()
    expect(table).to_be_enabled()
    expect(page.locator("#default-allow")).to_be_checked()


def test_table_and_text_are_one_truth(page: Page, app: PolicyApp) -> None:
    source = show(page, app, {SEND: {"action": "allow", "reason": "kept  as it is"}}, description="mine")
    choose(page, SEND, "Ask me")
    asked = source.replace('"action": "allow"', '"action": "require_approval"')
    expect(page.locator("#text")).to_have_value(asked)
    expect(page.locator("#send_text-require_approval")).to_be_focused()
    expect(page.locator("#unsaved")).to_be_visible()
    page.locator("#text").fill(asked.replace("require_approval", "deny"))
    expect(page.locator("#send_text-deny")).to_be_checked()
    choose(page, LINK, "Hide")
    page.locator("#mode-observe").check()
    expect(page.locator("#mode-observe")).to_be_checked()
    expect(page.locator("#send_link-hide")).to_be_checked()
    assert app.file.read_text("utf-8") == source
    page.locator("#save").click()
    expect(page.locator("#told .good")).to_contain_text("Saved")
    saved = json.loads(app.file.read_text("utf-8"))
    wanted = json.loads(source) | {"hide": [LINK], "mode": "observe"}
    wanted["tools"][SEND]["action"] = "deny"
    assert saved == wanted
    assert '"reason": "kept  as it is"' in app.file.read_text("utf-8")
    assert app.remote.get("status")["policy"]["mode"] == "observe"


def test_limits_are_changed_added_and_removed_in_the_table(page: Page, app: PolicyApp) -> None:
    limits = [{"counter": "sends", "window": "minute", "max": 3}, {"counter": "day", "window": "day", "max": 9}]
    show(page, app, {SEND: {"limits": limits, "rate_limit": {"max": 5, "window": 30}}})
    page.locator("#send_text-limit-1").fill("7")
    page.locator("#send_text-limit-2").fill("")
    page.locator("#send_text-limit-2").press("Tab")
    expect(page.locator("#tool-dingtalk_send_text .limit input[name^=most]")).to_have_count(2)
    page.locator("#send_text-limit-2").fill("6")
    page.locator("#send_text-limit-2").press("Tab")
    expect(page.locator("#text")).to_have_value(re.compile(r'"max": 6'))  # the table is drawn anew with it
    page.locator("#send_link-add summary").click()
    page.locator("#send_link-new").fill("none")
    page.locator("#send_link-add button").click()
    expect(page.locator("#send_link-new-error")).to_contain_text("A whole number")
    page.locator("#send_link-new").fill("2")
    page.get_by_label("New limit of send_link: in which time").select_option("hour")
    page.locator("#send_link-add button").click()
    expect(page.locator("#send_link-limit-1")).to_have_value("2")
    page.locator("#save").click()
    expect(page.locator("#told .good")).to_be_visible()
    tools = json.loads(app.file.read_text("utf-8"))["tools"]
    assert tools[SEND] == {"limits": [{**limits[0], "max": 7}], "rate_limit": {"max": 6, "window": 30}}
    # naming a tool allows it: one that the default denied is still denied
    limit = {"counter": f"{LINK}_rate", "window": "hour", "max": 2}
    assert tools[LINK] == {"action": "deny", "limits": [limit]}


def test_it_all_works_as_a_form_without_a_script(chromium: Browser, app: PolicyApp) -> None:
    source = app.says({SEND: {"action": "allow"}})
    with window(chromium, scripts=False) as one:
        page = one.page
        page.goto(app.link())
        choose(page, SEND, "Deny")
        page.locator("#text").fill(source.replace('"version": "1",', '"version": "1", "mode": "observe",'))
        page.get_by_role("button", name="Check, and apply the table").click()
        expect(page.locator("#mode-observe")).to_be_checked()
        assert '"action": "deny"' in text_of(page)
        assert app.file.read_text("utf-8") == source
        page.locator("#text").fill(text_of(page).replace("{", "", 1))
        page.locator("#save").click()
        expect(page.locator(".findings li")).to_contain_text("line 2, column")
        page.goto(f"{app.origin}/ui/policy")
        choose(page, SEND, "Deny")
        page.locator("#save").click()
        expect(page.locator("#told .good")).to_be_visible()
        assert app.file.read_text("utf-8") == source.replace('"action": "allow"', '"action": "deny"')


def test_a_file_that_changed_underneath_is_never_overwritten_unasked(page: Page, app: PolicyApp) -> None:
    show(page, app, {SEND: {"action": "allow"}})
    first = app.says({SEND: {"action": "allow"}}, description="first")
    expect(page.locator("#text")).to_have_value(first)  # nothing was written yet: the page follows
    choose(page, SEND, "Deny")
    expect(page.locator("#unsaved")).to_be_visible()
    mine = text_of(page)
    theirs = app.says({SEND: {"action": "allow"}}, description="theirs")
    expect(page.locator("#changed")).to_be_visible()
    assert text_of(page) == mine
    page.locator("#save").click()
    expect(page.locator("#conflict")).to_be_focused()
    expect(page.locator("#conflict .gone").filter(has_text="theirs")).to_have_count(1)
    expect(page.locator("#conflict .came").filter(has_text="first")).to_have_count(1)
    assert (app.file.read_text("utf-8"), text_of(page)) == (theirs, mine)
    page.get_by_role("button", name="Overwrite with mine").click()
    expect(page.locator("#told .good")).to_be_visible()
    assert app.file.read_text("utf-8") == mine
    choose(page, SEND, "Hide")
    expect(page.locator("#unsaved")).to_be_visible()
    theirs = app.says({SEND: {"action": "deny"}})
    page.locator("#save").click()
    page.locator("#conflict").get_by_role("link", name="Load theirs").click()
    expect(page.locator("#text")).to_have_value(theirs)


def test_the_tester_says_what_decide_says_and_counts_nothing(page: Page, app: PolicyApp) -> None:
    limit = {"counter": "tries", "window": "day", "max": 5}
    rule = {"path": "args.atAll", "op": "eq", "value": True, "reason": "everybody"}
    source = show(page, app, {SEND: {"limits": [limit], "require_approval_if": [rule]}, MARKDOWN: {"action": "deny"}})
    policy = read_policy(source, tools=facts())
    asked: list[tuple[str, dict[str, object]]] = [
        (SEND, {"content": "x"}),
        (SEND, {"content": "x", "atAll": True}),
        (MARKDOWN, {"title": "t", "text": "x"}),
        (LINK, {"title": "t", "text": "x", "messageUrl": "https://example.com"}),
        (STATUS, {}),
    ]
    choose(page, LINK, "Ask me")  # not saved: the tester leaves the draft alone
    for tool, arguments in asked:
        page.locator("#tool").select_option(tool)
        page.locator("#args").fill(json.dumps(arguments))
        page.locator("#try").click()
        call = Call(tool=tool, risk=facts()[tool].risk, arguments=arguments, grant="claude-code")
        said = WORDS(verdict_words(decide(policy, call, {}, now_ms=0).verdict))
        expect(page.locator(".tested strong")).to_have_text(said)
    expect(page.locator("#unsaved")).to_be_visible()
    assert app.calls(SEND, content="one").result(20)["status"] == "sent"
    app.arrived("one")
    page.locator("#tool").select_option(SEND)
    assert json.loads(page.locator("#args").input_value()) == {"content": "Hello", "atAll": False}
    page.locator("#args").fill('{"content": "x"}')
    page.locator("#try").click()
    expect(page.locator(".tested")).to_contain_text("Counter tries: 1 of 5 used")
    page.locator("#args").fill('{"contents": ')
    page.locator("#try").click()
    expect(page.locator(".tested.bad")).to_contain_text("line 1, column")
    assert app.remote.get("status")["policy"]["tools"][2]["used"] == 1


def test_counters_and_refusals_are_live_and_a_refused_call_is_let_through_once(page: Page, app: PolicyApp) -> None:
    show(page, app, {SEND: {"limits": [{"counter": "live", "window": "day", "max": 5}]}})
    page.locator("#text").focus()  # somebody is about to write
    late = []
    for number in range(1, 6):
        watch(page, f"used most:{SEND}:86400000:grant:live:5", f"{number}/5")
        began = time.time_ns() // 1_000_000
        app.calls(SEND, content=f"n{number}")
        late.append(seen_ms(page) - began)
    assert statistics.median(late) < SOON_MS, late
    assert app.calls(SEND, content="too much").result(20)["status"] == "throttled"
    row = page.locator(".refusals li").first
    for said in ("send_text", "claude-code", f"tools.{SEND}.limits[0]", "5/5 in live"):
        expect(row).to_contain_text(said)
    page.locator("#text").press("End")
    page.keyboard.type(" ")
    before = text_of(page)
    row.get_by_role("button", name="Allow once").click()
    expect(page.locator("#told .good")).to_contain_text("the message was sent")
    assert text_of(page) == before
    app.arrived(*(f"n{number}" for number in range(1, 6)), "too much")
    expect(page.locator(".refusals li").filter(has_text="5/5 in live")).to_have_count(0)


def test_everything_is_allowed_for_a_while_and_that_is_ended(page: Page, app: PolicyApp) -> None:
    show(page, app, {SEND: {"action": "deny"}})
    page.locator("#everything").click()
    expect(page.locator(".exceptions .state")).to_contain_text("Everything is allowed until")
    assert app.calls(SEND, content="now").result(20)["status"] == "sent"
    app.arrived("now")
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_role("button", name="Allow everything for 10 minutes")).to_be_visible()
    assert app.calls(SEND, content="no more").result(20)["status"] == "refused"


def test_the_default_is_restored_after_a_question_and_the_old_file_kept(page: Page, app: PolicyApp) -> None:
    source = show(page, app, {SEND: {"action": "deny"}})
    page.get_by_text("Restore the default…").click()
    page.locator("#reset-yes").click()
    expect(page.locator("#told .good")).to_contain_text("policy.json.bak-")
    assert app.file.read_text("utf-8") == default_policy()
    assert source.encode() in [path.read_bytes() for path in app.file.parent.glob("policy.json.bak-*")]
    expect(page.locator("#text")).to_have_value(default_policy())


def test_a_broken_file_is_shown_with_its_faults_and_mended_here(page: Page, app: PolicyApp) -> None:
    source = show(page, app, {SEND: {"action": "deny"}})
    app.writes(source.replace('"action"', '"acton"'))
    expect(page.locator("[data-live=file] .bad")).to_contain_text("the last good policy holds")
    expect(page.locator(".findings li")).to_contain_text('did you mean "action"?')
    expect(page.locator("#mode-enforce")).to_be_disabled()
    page.locator("#text").fill(source)
    expect(page.locator("#findings .good")).to_be_visible()
    page.locator("#save").click()
    expect(page.locator("[data-live=file] .bad")).to_have_count(0)
    assert app.file.read_text("utf-8") == source


def test_a_file_that_is_no_text_is_not_overwritten_but_can_be_restored(page: Page, app: PolicyApp) -> None:
    show(page, app, {SEND: {"action": "deny"}})
    app.file.write_bytes(b'{"version": "\xff"}')
    expect(page.locator("[data-live=file] .bad")).to_contain_text("no text in UTF-8")
    page.reload()
    expect(page.locator("#findings")).to_contain_text("cannot be shown")
    page.locator("#text").fill('{"version": "1"}')
    page.locator("#save").click()
    expect(page.locator("#told .bad")).to_contain_text("no text in UTF-8")
    assert app.file.read_bytes() == b'{"version": "\xff"}'
    page.get_by_text("Restore the default…").click()
    page.locator("#reset-yes").click()
    expect(page.locator("#text")).to_have_value(default_policy())
    assert b'{"version": "\xff"}' in [path.read_bytes() for path in app.file.parent.glob("policy.json.bak-*")]
