"""The event stream behind the real guard, as bytes: who gets it, what it says, when it ends."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.support.page_server import PageServer
from tests.support.patience import PATIENCE_S
from tray_app.adapters.web.pages.framework.events import MAX_STREAMS
from tray_app.adapters.web.pages.framework.login import SESSION_MS
from tray_app.core.menu.actions import Page

TICK = "event: tick\ndata: 1\n\n"
CHANGED = "event: changed\ndata: 1\n\n"
FULL = "event: full\ndata: 1\n\n"


@contextmanager
def stream(client: httpx.Client) -> Iterator[Iterator[str]]:
    with client.stream("GET", "/ui/events", timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        yield answer.iter_text()


@pytest.fixture
def browser(client: httpx.Client, server: PageServer) -> httpx.Client:
    """A client that was let in."""
    assert client.get(server.access.link(Page.OVERVIEW)).status_code == 303
    return client


def test_a_stranger_gets_no_stream(client: httpx.Client) -> None:
    assert client.get("/ui/events").status_code == 401
    assert client.get("/ui/strip").status_code == 401


def test_it_says_that_it_is_there_and_that_something_changed(browser: httpx.Client, server: PageServer) -> None:
    with stream(browser) as said:
        assert next(said) == TICK
        server.desk.changed()
        assert next(said) == CHANGED


def test_many_changes_at_once_are_one_event(browser: httpx.Client, server: PageServer) -> None:
    with stream(browser) as said:
        assert next(said) == TICK
        for _ in range(500):
            server.desk.changed()
        told = next(said)
        server.clock.now_ms += SESSION_MS
        server.desk.changed()
        assert (told + "".join(said)).count("changed") < 50


def test_it_ends_with_the_session(browser: httpx.Client, server: PageServer) -> None:
    with stream(browser) as said:
        assert next(said) == TICK
        server.clock.now_ms += SESSION_MS
        server.desk.changed()
        assert list(said) in ([], [CHANGED])
    assert browser.get("/ui/events").status_code == 401


def test_it_ends_when_the_browser_goes_and_nobody_is_told_any_more(browser: httpx.Client, server: PageServer) -> None:
    with stream(browser) as said:
        assert next(said) == TICK
        assert len(server.desk.listeners) == 1
    with stream(browser) as said:
        assert next(said) == TICK
        until = time.monotonic() + PATIENCE_S
        while len(server.desk.listeners) > 1:  # a busy server sees the other one's end only after this one's beginning
            assert time.monotonic() < until
            server.desk.changed()
            assert next(said) == CHANGED
        assert len(server.desk.listeners) == 1


def test_the_oldest_of_too_many_gives_way(browser: httpx.Client) -> None:
    with ExitStack() as opened:
        said = [opened.enter_context(stream(browser)) for _ in range(MAX_STREAMS + 1)]
        assert [next(one) for one in said] == [TICK] * len(said)
        assert next(said[0]) == FULL
        assert list(said[0]) == []
