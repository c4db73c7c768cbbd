"""The real Claude Code is done, and words from the session's page wake it: once, marked as the app's, and on record."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.claude_terminal import ENTER, claude_terminal
from tests.support.command import command
from tests.support.model_api import Turn
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import until
from tray_app.adapters.system.paths import Paths
from tray_app.core.follow_ups.follow_up import WAKES_WITHIN_MS

__all__ = ["claude_binary", "stage"]
pytestmark = [
    pytest.mark.timeout(300),  # the first test may have to install the client
    pytest.mark.slow,
]
ON = "[questions]\nfollow_ups = true\n"
FORM = 'name="words"'


class SessionPage:
    """A session's page in a browser without scripts."""

    def __init__(self, browser: httpx.Client, url: httpx.URL, session_id: str) -> None:
        self._browser = browser
        self._url = url.join(f"/ui/sessions/{session_id}")

    def takes_words(self) -> bool:
        return FORM in self._browser.get(self._url).text

    def says(self, words: str) -> str:
        page = self._browser.get(self._url).text
        hidden = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf", "waiter")}
        return self._browser.post(self._url, data={**hidden, "do": "follow_up", "words": words}).text

    def shows(self, words: str) -> bool:
        return words in self._browser.get(self._url).text


@contextmanager
def session_page(stage: Stage, session_id: str) -> Iterator[SessionPage]:
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_S) as browser:
        opened = browser.get(command("open", "sessions", "--json", environ=stage.environ).json()["url"])
        yield SessionPage(browser, opened.url, session_id)


def waiters(stage: Stage) -> list[int]:
    """The processes that wait at this app."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"follow-up" in words and str(stage.home).encode() in words:
                found.append(int(process.name))
    return found


def one_waits(stage: Stage, *, beside: list[int]) -> int:
    """Wait until there is one process that waits, and none of the others; give it."""
    until(lambda: len(waiters(stage)) == 1 and not set(waiters(stage)) & set(beside))
    return waiters(stage)[0]


def wakes(stage: Stage, *, asked: int) -> None:
    """Wait until the client has asked its model so often; it looks for hooks that have ended every some seconds."""
    deadline = time.monotonic() + WAKES_WITHIN_MS / 1000
    while len(stage.model.asked) < asked:
        assert time.monotonic() < deadline, "it did not wake"
        time.sleep(0.1)


def said_to_model(stage: Stage) -> str:
    return json.dumps(stage.model.asked[-1].body["messages"][-1], ensure_ascii=False)


def test_a_session_that_is_done_wakes_with_the_words_and_one_hook_waits_at_a_time(stage: Stage) -> None:
    stage.settings(ON)
    stage.connect()
    stage.start_app()
    stage.model.script(*(Turn(text=f"Done {number}.") for number in range(1, 4)))
    with claude_terminal(stage.claude, "Do it", cwd=stage.project) as terminal:
        session_id = terminal.wait_until("idle")
        first = one_waits(stage, beside=[])
        with session_page(stage, session_id) as page:
            until(page.takes_words)
            assert "Claude Code wakes it within about 20 seconds" in page.says("now write 请 the tests")
            wakes(stage, asked=2)
            said = said_to_model(stage)
            assert "NOT USER INPUT" in said  # the client's own mark
            assert "From dingtalk-tray, the app of this computer's owner" in said
            assert "now write 请 the tests" in said
            until(lambda: page.shows("has your words and works"))
            second = one_waits(stage, beside=[first])
            terminal.wait_until("idle")
            terminal.press(b"and more")
            terminal.press(ENTER)
            until(lambda: len(stage.model.asked) == 3)
            assert "now write" not in said_to_model(stage)
            one_waits(stage, beside=[first, second])
            until(page.takes_words)
        terminal.kill()
        until(lambda: waiters(stage) == [])  # none outlives its session
    with closing(sqlite3.connect(Paths.under(stage.home).history)) as file:
        rows = file.execute("SELECT decision, rule, session FROM audit WHERE rule LIKE 'follow_up.%'").fetchall()
    assert rows == [("allow", "follow_up.page", session_id)]


def test_without_a_terminal_nothing_waits_and_an_app_that_is_killed_leaves_none(stage: Stage) -> None:
    stage.settings(ON)
    stage.connect()
    stage.start_app()
    stage.model.script(Turn(text="Done."), Turn(text="Done, too."))
    assert stage.ask("Do it").text == "Done."
    assert waiters(stage) == []
    with claude_terminal(stage.claude, "Do it", cwd=stage.project) as terminal:
        terminal.wait_until("idle")
        one_waits(stage, beside=[])
        stage.kill_app()
        until(lambda: waiters(stage) == [])
        terminal.wait_until("idle")
    assert stage.model.left == 0
    assert len(stage.model.asked) == 2
