"""What waits for the owner, decided in the browser: real app, agents that call, a strict robot."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import Window, window
from tests.support.patience import PATIENCE_S
from tests.support.policy_app import MARKDOWN, SEND, PolicyApp, app, shared

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["app", "shared"]
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
RULE = {"path": "args.atAll", "op": "eq", "value": True, "reason": "Mentions everybody"}


@pytest.fixture(scope="module")
def opened(chromium: Browser, shared: PolicyApp) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(shared.link("approvals"))
        yield one
        assert one.complaints == []


@pytest.fixture
def page(opened: Window, app: PolicyApp) -> Page:
    app.says({SEND: {"action": "allow", "require_approval_if": [RULE]}})
    opened.page.goto(f"{app.origin}/ui/approvals")
    return opened.page


def held(app: PolicyApp, content: str) -> "Future[dict[str, Any]]":
    """Have an agent call what has to be approved, and see that it waits."""
    call = app.calls(SEND, content=content, atAll=True)
    app.waits()
    return call


def test_what_waits_appears_at_once_and_approving_sends_exactly_that(page: Page, app: PolicyApp) -> None:
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    call = app.calls(SEND, content="two  spaced\n\tlines <b>& \u202emore", atAll=True)
    expect(page.locator(".waits-count")).to_contain_text("1")
    article = page.locator(".approval")
    for said in ("Mentions everybody", "@all", SEND, "sends to the group", "claude-code", "require_approval_if[0]"):
        expect(article).to_contain_text(said)
    whole = article.locator("pre").last.inner_text()
    assert whole.startswith("two  spaced\n\tlines <b>& U+202Emore")  # the name of the git user may follow
    clock = article.locator(".clock").inner_text()
    assert clock.startswith("29:")
    expect(article.locator(".clock")).not_to_have_text(clock)
    assert len(app.robot.received) == app.seen
    article.get_by_role("button", name="Approve once").click()
    expect(page.locator(".note.good")).to_have_text("Approved: send_text")
    assert call.result(20)["status"] == "sent"
    app.arrived("two  spaced")
    expect(page.locator(".approval")).to_have_count(0)
    expect(page.locator(".waits-count")).to_have_count(0)


def test_denied_on_the_overview_it_never_goes_out(page: Page, app: PolicyApp) -> None:
    call = held(app, "not this")
    page.get_by_role("link", name="Overview").click()
    part = page.locator("[data-live=waiting]")
    expect(part).to_contain_text("not this")
    part.get_by_role("button", name="Deny").click()
    expect(page.locator(".note.good")).to_contain_text("Nothing was sent")
    assert page.url == f"{app.origin}/ui/overview"
    answer = call.result(20)
    assert (answer["status"], len(app.robot.received)) == ("refused", app.seen)
    expect(part).to_be_empty()
    page.goto(f"{app.origin}/ui/history/{answer['delivery_id']}")
    for said in ("require_approval_if[0]", "Mentions everybody"):
        expect(page.locator("[aria-labelledby=facts-title]")).to_contain_text(said)


def test_for_this_session_the_next_call_is_not_asked_about(page: Page, app: PolicyApp) -> None:
    app.says({MARKDOWN: {"action": "require_approval"}})  # a tool of its own: the other tests want to be asked
    call = app.calls(MARKDOWN, title="t", text="first", session="s1")
    page.get_by_role("button", name="For this session").click()
    assert call.result(20)["status"] == "sent"
    assert app.calls(MARKDOWN, title="t", text="second", session="s1").result(20)["status"] == "sent"
    other = app.calls(MARKDOWN, title="t", text="third")
    expect(page.get_by_role("button", name="Approve once")).to_be_visible()
    expect(page.get_by_role("button", name="For this session")).to_have_count(0)
    page.get_by_role("button", name="Deny").click()
    assert other.result(20)["status"] == "refused"
    app.arrived("first", "second")


def test_always_says_what_it_writes_and_writes_it(page: Page, app: PolicyApp) -> None:
    before = app.says({SEND: {"action": "require_approval"}}, description="kept  so")
    call = app.calls(SEND, content="always")
    article = page.locator(".approval")
    article.get_by_text("Always…").click()
    expect(article).to_contain_text(f'tools.{SEND}.action = "allow" to policy.json')
    article.get_by_role("button", name="Approve, and do not ask about this again").click()
    expect(page.locator(".note.good")).to_contain_text("written to policy.json")
    assert call.result(20)["status"] == "sent"
    app.arrived("always")
    assert app.file.read_text("utf-8") == before.replace("require_approval", "allow")


def test_settled_elsewhere_it_goes_away_and_who_comes_too_late_is_told_kindly(
    chromium: Browser, page: Page, app: PolicyApp
) -> None:
    call = held(app, "both")
    (waiting,) = app.waits()
    article = page.locator(".approval")
    expect(article).to_have_count(1)
    with window(chromium, scripts=False) as late:
        late.page.goto(app.link("approvals"))
        app.settle(waiting["id"], "deny")
        expect(article).to_have_count(0)
        late.page.get_by_role("button", name="Approve once").click()
        expect(late.page.locator(".note.bad")).to_contain_text("It was denied already")
        late.page.goto(f"{app.origin}/ui/approvals/{waiting['id']}")
        expect(late.page.locator(".note.wait")).to_contain_text("no longer waits")
    assert (call.result(20)["status"], len(app.robot.received)) == ("refused", app.seen)


def test_nothing_is_changed_without_the_page_s_own_token(app: PolicyApp) -> None:
    source = app.says({SEND: {"action": "require_approval"}})
    call = app.calls(SEND, content="forged")
    (waiting,) = app.waits()
    with httpx.Client(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as client:
        client.get(app.link("approvals"))
        forms: list[tuple[str, dict[str, str]]] = [
            ("approvals", {"do": "once", "id": waiting["id"]}),
            ("policy", {"do": "save", "text": '{"version": "1"}', "version": ""}),
            ("policy", {"do": "everything", "on": "yes"}),
            ("policy", {"do": "reset"}),
            ("policy/check", {"text": "{}"}),
        ]
        for path, form in forms:
            for token in ({}, {"csrf": "guessed"}):
                assert client.post(f"{app.origin}/ui/{path}", data={**form, **token}).status_code == 403
    stranger = httpx.post(f"{app.origin}/ui/policy", data={"do": "reset"}, trust_env=False, timeout=PATIENCE_S)
    assert stranger.status_code == 401
    assert (app.file.read_text("utf-8"), app.remote.get("status")["policy"]["everything_until_ms"]) == (source, None)
    app.settle(waiting["id"], "deny")
    assert call.result(20)["status"] == "refused"
    assert len(app.robot.received) == app.seen
