"""What agents ask in the terminal, on the page: all of it is read, and each button gives exactly its answer."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.adapters.web.pages.history.test_page_in_chromium import EVIL
from tests.support.chromium import Window, window
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.policy_scenes import StillPolicy, StillQuestions, desk_of, question
from tests.support.question_scenes import POSTED, asking_policy
from tray_app.core.claude_code.questions import read_question
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page as Where
from tray_app.core.questions.question import Allowed, Approved, Chosen, Denied, Reply

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def policy() -> StillPolicy:
    return asking_policy()


@pytest.fixture(scope="module")
def server(policy: StillPolicy) -> Iterator[PageServer]:
    with page_server(desk_of(policy), more=policy.places) as running:
        yield running


@pytest.fixture(scope="module")
def opened(chromium: Browser, server: PageServer) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(server.link(Where.APPROVALS))
        yield one


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("where", [Where.APPROVALS, Where.OVERVIEW])
def test_everybody_can_use_it(opened: Window, server: PageServer, where: Where, language: Language) -> None:
    opened.complaints.clear()
    opened.page.goto(f"{server.origin}/ui/{where}?lang={language}")
    for more in opened.page.locator(".question summary").all():
        more.click()
    check_page(opened, words_only=language is Language.ZH)
    opened.page.set_viewport_size({"width": 1280, "height": 900})


def press(name: str, *, within: str = "") -> Callable[[Locator], None]:
    def pressing(article: Locator) -> None:
        if within:
            article.get_by_text(within, exact=True).click()
        article.get_by_role("button", name=name, exact=True).locator("visible=true").last.click()

    return pressing


def deny_with_words(article: Locator) -> None:
    article.get_by_text("Deny with words…").click()
    article.locator("textarea:visible").fill(" use pnpm ")
    article.locator("details[open] button").click()


def own_words(article: Locator) -> None:
    article.get_by_text("Answer in your own words").first.click()
    article.locator("textarea:visible").fill("DuckDB")
    article.locator("details[open] button").click()


def several(article: Locator) -> None:
    article.get_by_label("SQLite").first.check()
    article.get_by_label("SQLite").last.check()
    article.get_by_label("Answer in your own words").last.fill("Auth")
    article.get_by_role("button", name="Send the answers").click()


@pytest.mark.parametrize(
    ("kind", "do", "reply"),
    [
        ("command", press("Allow once"), Allowed()),
        ("command", press("Deny"), Denied()),
        ("command", deny_with_words, Denied("use pnpm")),
        (
            "command",
            press(
                "Allow, and do not ask again for Bash(kubectl rollout:*) in this project on this computer",
                within="For longer…",
            ),
            Allowed(0),
        ),
        ("choice", press("Postgres"), Chosen((("Postgres",),))),
        ("choice", own_words, Chosen((("DuckDB",),))),
        ("choices", several, Chosen((("SQLite",), ("SQLite", "Auth")))),
        ("plan", press("Approve the plan, ask before edits"), Approved()),
        ("plan", press("Approve the plan, accept edits", within="For longer…"), Approved(accept_edits=True)),
    ],
)
def test_each_button_gives_its_answer(
    opened: Window, server: PageServer, policy: StillPolicy, kind: str, do: Callable[[Locator], None], reply: Reply
) -> None:
    page: Page = opened.page
    policy.questions.replies.clear()
    page.goto(f"{server.origin}/ui/approvals/{kind}?lang=en")
    do(page.locator(f"#question-{kind}"))
    expect(page.locator(".note")).to_contain_text("payments-api")
    assert policy.questions.replies == [(kind, reply)]


def test_nothing_that_an_agent_wrote_runs(chromium: Browser) -> None:
    option = {"label": EVIL, "description": EVIL}
    posted = {**POSTED["choices"], "cwd": "/x"}
    posted["tool_input"] = {"questions": [{"question": EVIL, "header": EVIL, "options": [option], "multiSelect": True}]}
    evil = (
        question("evil", read_question(posted)),
        question("more", read_question({**POSTED["command"], "tool_input": {"command": EVIL}})),
    )
    policy = StillPolicy(questions=StillQuestions(asked=evil))
    with page_server(desk_of(policy), more=policy.places) as server, window(chromium) as opened:
        opened.page.goto(server.link(Where.APPROVALS))
        expect(opened.page.locator(".question")).to_have_count(2)
        opened.page.goto(f"{server.origin}/ui/overview")
        assert opened.page.evaluate("window.hacked") is None
        assert opened.complaints == []
