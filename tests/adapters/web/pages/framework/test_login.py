"""One-time links and page sessions: who gets in, how often, how long."""

import re

import pytest

from tests.support.page_server import Steady
from tray_app.adapters.web.pages.framework.login import (
    GUESSES_MS,
    LINK_MS,
    MAX_GUESSES,
    MAX_LINKS,
    MAX_SESSIONS,
    SESSION_MS,
    Entered,
    LoginRefused,
    PageAccess,
)
from tray_app.core.menu.actions import Page


@pytest.fixture
def clock() -> Steady:
    return Steady()


@pytest.fixture
def access(clock: Steady) -> PageAccess:
    return PageAccess(clock)


def ticket(access: PageAccess) -> str:
    return access.link(Page.SETUP).partition("?t=")[2]


def entered(access: PageAccess) -> str:
    found = access.enter(ticket(access))
    assert isinstance(found, Entered)
    return found.cookie


def test_a_link_holds_256_random_bits(access: PageAccess) -> None:
    assert re.fullmatch(r"/ui/open\?t=[A-Za-z0-9_-]{43}", access.link(Page.SETUP))
    assert access.link(Page.SETUP) != access.link(Page.SETUP)


def test_a_link_opens_its_page_once(access: PageAccess) -> None:
    once = ticket(access)
    found = access.enter(once)
    assert isinstance(found, Entered)
    assert found.page is Page.SETUP
    assert access.session(found.cookie) is not None
    assert access.enter(once) is LoginRefused.UNKNOWN


@pytest.mark.parametrize(("waited_ms", "works"), [(LINK_MS - 1, True), (LINK_MS, False)])
def test_a_link_lives_for_two_minutes(access: PageAccess, clock: Steady, waited_ms: int, works: bool) -> None:
    once = ticket(access)
    clock.now_ms += waited_ms
    assert isinstance(access.enter(once), Entered) is works


@pytest.mark.parametrize(("waited_ms", "lives"), [(SESSION_MS - 1, True), (SESSION_MS, False)])
def test_a_session_lives_for_twelve_hours(access: PageAccess, clock: Steady, waited_ms: int, lives: bool) -> None:
    cookie = entered(access)
    clock.now_ms += waited_ms
    assert (access.session(cookie) is not None) is lives


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5_000, "\ud800", "中文"])
def test_what_was_never_given_out_opens_nothing(access: PageAccess, cookie: str) -> None:
    entered(access)
    assert access.session(cookie) is None
    assert access.enter(cookie) is LoginRefused.UNKNOWN


def test_a_link_is_no_session_and_a_session_no_link(access: PageAccess) -> None:
    once = ticket(access)
    assert access.session(once) is None
    assert access.enter(entered(access)) is LoginRefused.UNKNOWN


def test_guessing_is_stopped_for_a_minute_and_a_good_link_works_all_the_time(access: PageAccess, clock: Steady) -> None:
    assert {access.enter(f"guess{n}") for n in range(MAX_GUESSES)} == {LoginRefused.UNKNOWN}
    assert access.enter("guess") is LoginRefused.TOO_MANY
    assert isinstance(access.enter(ticket(access)), Entered)  # 256 bits: the owner is not who guesses
    clock.now_ms += GUESSES_MS
    assert access.enter("guess") is LoginRefused.UNKNOWN


def test_at_most_some_links_wait_the_newest_stay(access: PageAccess) -> None:
    links = [ticket(access) for _ in range(MAX_LINKS + 1)]
    assert [isinstance(access.enter(one), Entered) for one in links] == [False, *[True] * MAX_LINKS]


def test_at_most_some_browsers_are_in_the_newest_stay(access: PageAccess) -> None:
    cookies = [entered(access) for _ in range(MAX_SESSIONS + 1)]
    assert [access.session(one) is not None for one in cookies] == [False, *[True] * MAX_SESSIONS]


def test_sessions_have_a_form_token_each(access: PageAccess) -> None:
    first, second = access.session(entered(access)), access.session(entered(access))
    assert first is not None
    assert second is not None
    assert first.csrf != second.csrf


def test_a_browser_that_is_let_in_again_goes_on_with_its_session(access: PageAccess, clock: Steady) -> None:
    first = entered(access)
    session = access.session(first)
    clock.now_ms += SESSION_MS - 1
    again = access.enter(ticket(access), first)
    assert isinstance(again, Entered)
    assert again.cookie == first  # a request of another tab may be on its way with it
    clock.now_ms += SESSION_MS - 1
    assert session is not None
    assert access.session(again.cookie) is session
    assert access.lives(session)


@pytest.mark.parametrize("cookie", ["", "unknown", "old"])
def test_a_browser_without_a_living_session_gets_a_new_one(access: PageAccess, clock: Steady, cookie: str) -> None:
    old = entered(access)
    session = access.session(old)
    clock.now_ms += SESSION_MS
    again = access.enter(ticket(access), old if cookie == "old" else cookie)
    assert isinstance(again, Entered)
    fresh = access.session(again.cookie)
    assert fresh is not None
    assert session is not None
    assert fresh.csrf != session.csrf
