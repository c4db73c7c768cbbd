"""The real app, hooks that wait at it, a phone and a page: words reach one session, once, and lost ones are told."""

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from tests.support.command import command
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import PhoneStage, pair, phone_stage, until
from tray_app import hook_cli

pytestmark = [pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180)]
FORM = 'name="words"'
ON = "\n[questions]\nfollow_ups = true\n[questions.phone]\nafter_s = 0\ndone = true\n"
CODE = re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[2-9A-Z]{4}\b")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneStage]:
    with phone_stage(tmp_path_factory.mktemp("follow-ups"), settings=ON) as stage:
        pair(stage.robot, stage.remote)
        yield stage


def hook(stage: PhoneStage, event: str, session: str, *mode: str) -> "subprocess.Popen[bytes]":
    """Run a hook as Claude Code does."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", hook_cli.__file__, "--home", str(stage.home), *mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"CLAUDE_CODE_SESSION_ATTENDED": "1"},
    )
    assert process.stdin is not None
    said = {"hook_event_name": event, "session_id": session, "cwd": f"/code/{session}", "last_assistant_message": "Hi"}
    process.stdin.write(json.dumps(said).encode())
    process.stdin.close()
    process.stdin = None
    return process


def is_done(stage: PhoneStage, session: str) -> "subprocess.Popen[bytes]":
    """End a turn of a session; give the hook that waits now."""
    assert ended(hook(stage, "Stop", session)) == (0, "")
    return hook(stage, "Stop", session, hook_cli.FOLLOW_UP)


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert out == b""
    return process.returncode, err.decode()


def code_of(stage: PhoneStage, project: str, *, after: int) -> str:
    """The code in the message that a session is done."""
    codes: list[str] = CODE.findall(stage.hears(f"{project} is done", after=after).text)
    return codes[-1]


def audited(stage: PhoneStage) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(stage.child.paths.history)) as file:
        return file.execute("SELECT rule, session FROM audit WHERE rule LIKE 'follow_up.%' ORDER BY seq").fetchall()


def test_the_phone_hears_that_a_session_is_done_and_its_words_reach_that_hook_alone(stage: PhoneStage) -> None:
    before = len(stage.robot.chat)
    other, mine = is_done(stage, "docs1"), is_done(stage, "shop1")
    code = code_of(stage, "shop1", after=before)
    assert "> Hi" in stage.hears("shop1 is done", after=before).text
    before = len(stage.robot.chat)
    stage.writes(f"continue {code} now write 请 the tests")
    assert stage.hears("Claude Code wakes it", after=before).text.startswith("Given to shop1 ")
    code_and_words = ended(mine)
    assert code_and_words[0] == 2
    assert code_and_words[1].startswith("From dingtalk-tray, the app of this computer's owner")
    assert code_and_words[1].endswith("\n\nnow write 请 the tests")
    assert other.poll() is None
    before = len(stage.robot.chat)
    stage.writes(f"continue {code} and again")
    stage.hears("shop1 is no longer waiting", after=before)
    newer = is_done(stage, "docs1")
    assert ended(other) == (0, "")  # the hook of the turn before
    assert ended(hook(stage, "UserPromptSubmit", "docs1")) == (0, "")
    assert ended(newer) == (0, "")
    assert [row for row in audited(stage) if row[1] == "shop1"] == [("follow_up.phone", "shop1")]


@contextmanager
def session_page(stage: PhoneStage, session: str) -> Iterator[Callable[..., str]]:
    """The page of a session; it is read, or words are written there (or on `shown` before), and what it shows then."""
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_S) as browser:
        opened = browser.get(command("open", "sessions", "--json", environ=stage.environ).json()["url"])
        url = opened.url.join(f"/ui/sessions/{session}")

        def says(words: str, shown: str = "") -> str:
            shown = shown or browser.get(url).text
            if not words:
                return shown
            csrf = shown.split('name="csrf" value="')[1].split('"')[0]
            waiter = re.findall('name="waiter" value="([^"]+)"', shown)
            form = {"csrf": csrf, "do": "follow_up", "words": words, **({"waiter": waiter[0]} if waiter else {})}
            return browser.post(url, data=form).text

        yield says
        assert browser.post(url, data={"do": "follow_up", "words": "x"}).status_code == 403


def test_on_the_page_of_a_session_that_waits_words_are_given(stage: PhoneStage) -> None:
    waits = is_done(stage, "web1")
    with session_page(stage, "web1") as says:
        until(lambda: FORM in says(""))
        assert "These words cannot be given" in says("  ")
        assert "Given to web1." in says("go on\r\nplease <b>")
        assert ended(waits)[1].endswith("go on\nplease <b>")
        assert FORM not in says("")
        assert "no longer waiting" in says("more")


def test_words_on_a_page_of_an_earlier_turn_are_for_no_later_one_and_are_shown_once_more(stage: PhoneStage) -> None:
    earlier = is_done(stage, "web3")
    with session_page(stage, "web3") as says:
        until(lambda: FORM in says(""))
        shown = says("")
        waits = is_done(stage, "web3")
        assert ended(earlier) == (0, "")
        until(lambda: FORM in says(""))
        refused = says("drop it </textarea><b>", shown)
        assert "no longer waiting" in refused
        assert "drop it &lt;/textarea&gt;&lt;b&gt;</textarea>" in refused
        assert "drop it" not in says("")
        assert waits.poll() is None
        assert "Given to web3." in says("go on")
        assert ended(waits)[1].endswith("\n\ngo on")


@pytest.mark.slow
def test_switched_off_and_on_in_the_settings_it_holds_at_once(stage: PhoneStage) -> None:
    waits = is_done(stage, "web2")
    settings = stage.child.paths.settings
    kept = settings.read_text("utf-8")
    with session_page(stage, "web2") as says:
        until(lambda: FORM in says(""))
        settings.write_text(kept.replace("follow_ups = true", "follow_ups = false"), "utf-8")
        assert ended(waits) == (0, "")
        assert FORM not in says("")
        assert ended(is_done(stage, "web2")) == (0, "")
        settings.write_text(kept, "utf-8")
        waits = is_done(stage, "web2")
        deadline = time.monotonic() + PATIENCE_S
        while FORM not in says(""):
            assert time.monotonic() < deadline
            if waits.poll() is not None:  # the app had not seen the file yet
                ended(waits)
                waits = is_done(stage, "web2")
    assert ended(hook(stage, "SessionEnd", "web2")) == (0, "")
    assert ended(waits) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("pause_s", [0.0, 0.02, 0.08])
def test_killed_at_any_instant_words_are_given_once_at_most_and_what_is_perhaps_lost_is_told(
    stage: PhoneStage, pause_s: float
) -> None:
    session = f"kill{round(pause_s * 1000)}"
    before = len(stage.robot.chat)
    waits = is_done(stage, session)
    code = code_of(stage, session, after=before)
    stage.writes(f"continue {code} push it")
    time.sleep(pause_s)  # the instant
    stage.kill()
    given, words = ended(waits)
    assert (given, bool(words)) in {(0, False), (2, True)}
    on_record = [row for row in audited(stage) if row == ("follow_up.phone", session)]
    assert len(on_record) == 1 or given == 0
    before = len(stage.robot.chat)
    stage.begin_anew()
    if on_record:
        stage.hears(f"Your words to {session} perhaps did not arrive", after=before)
    again = is_done(stage, session)
    code_of(stage, session, after=before)
    assert again.poll() is None
    assert ended(hook(stage, "SessionEnd", session)) == (0, "")
    assert ended(again) == (0, "")
    assert len([row for row in audited(stage) if row == ("follow_up.phone", session)]) == len(on_record)
