"""The real Claude Code asks in a terminal, and a tap on the phone lets its command run: on record, and once."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.e2e.test_claude_parallel import helper
from tests.e2e.test_claude_questions import questions
from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.claude_terminal import ENTER, claude_terminal
from tests.support.keyring import KeyringBus
from tests.support.model_api import ToolCall, Turn
from tests.support.patience import PATIENCE_S
from tests.support.phone_stage import AT_ONCE, connected, pair, set_up, taps, until
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths

__all__ = ["claude_binary", "stage"]
pytestmark = [
    pytest.mark.needs("dbus", "gnome-keyring"),
    pytest.mark.timeout(300),  # the first test may have to install the client
    pytest.mark.slow,
]
ASK_ALWAYS = ("--permission-mode", "default")


@pytest.fixture
def phone(stage: Stage, tmp_path: Path) -> Iterator[SandboxApp]:
    """The owner's phone, paired; the app runs and hears it."""
    with ExitStack() as opened:
        folder = tmp_path / "keyring"
        folder.mkdir()
        keyring = KeyringBus(folder)
        opened.callback(keyring.close)
        keyring.start_keyring()
        robot = opened.enter_context(SandboxApp())
        stage.environ |= {name: keyring.environ[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}
        set_up(robot, stage.environ)
        with Paths.under(stage.home).settings.open("a", encoding="utf-8") as file:
            file.write(AT_ONCE)
        stage.connect()
        stage.start_app()
        connected(stage.remote)
        pair(robot, stage.remote)
        yield robot
        assert robot.breaches == []


def runs(command: str) -> Turn:
    return Turn(calls=[ToolCall(name="Bash", input={"command": command, "description": "Run"})])


def test_it_asks_the_phone_taps_the_command_runs_and_the_terminal_can_still_win(
    stage: Stage, phone: SandboxApp
) -> None:
    stage.model.script(runs("touch one.txt"), runs("touch two.txt"), Turn(text="Both are there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make two files", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        _, asked = phone.wait_for_chat(2, PATIENCE_S)
        assert "> touch one.txt" in asked.text
        assert not (stage.project / "one.txt").exists()
        phone.hear(taps(asked)[0], staff_id="stranger1")
        phone.hear(taps(asked)[0])
        *_, replied, again = phone.wait_for_chat(4, PATIENCE_S)
        assert replied.text.startswith("Allowed.")
        assert "> touch two.txt" in again.text
        assert (stage.project / "one.txt").exists()
        terminal.wait_until("idle", pressing=ENTER)
        until(lambda: phone.chat[3].recalled)
        phone.hear(taps(again)[1])
        late = phone.wait_for_chat(5, PATIENCE_S)[4]
        assert late.text == "It was already answered at the computer"
    assert (stage.project / "two.txt").exists()
    with closing(sqlite3.connect(Paths.under(stage.home).history)) as file:
        rows = file.execute("SELECT tool, decision, rule FROM audit WHERE rule LIKE 'question.%'").fetchall()
    assert rows == [("Bash", "allow", "question.phone")]


def answered_here(stage: Stage) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(Paths.under(stage.home).history)) as file:
        return file.execute("SELECT decision, rule FROM audit WHERE rule LIKE 'question.%' ORDER BY seq").fetchall()


def test_a_sub_agents_question_says_so_on_the_phone_and_is_answered_there(stage: Stage, phone: SandboxApp) -> None:
    done = Turn(text="I see.")
    stage.model.script(Turn(calls=[helper("one")]), done, done, agents=[runs("touch one.txt"), done])
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Let one make a file", cwd=stage.project) as terminal:
        _, asked = phone.wait_for_chat(2, PATIENCE_S)
        assert "sub-agent general" in asked.text.replace("\\", "")
        assert "terminal shows this only if" in asked.text
        until(lambda: any(one["background_tasks"] for one in stage.remote.get("sessions")["sessions"]))
        phone.hear(taps(asked)[0])
        assert phone.wait_for_chat(3, PATIENCE_S)[2].text.startswith("Allowed.")
        until((stage.project / "one.txt").exists)
        terminal.wait_until("idle")
    assert answered_here(stage) == [("allow", "question.phone")]


def test_without_a_terminal_the_phone_is_waited_for(stage: Stage, phone: SandboxApp) -> None:
    stage.model.script(runs("touch one.txt"), Turn(text="It is there."))
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(stage.ask, "Make a file", *ASK_ALWAYS)
        _, asked = phone.wait_for_chat(2, PATIENCE_S)
        phone.hear(taps(asked)[0])
        assert running.result(PATIENCE_S).text == "It is there."
    assert (stage.project / "one.txt").exists()


def test_a_tap_after_the_app_was_killed_allows_nothing_and_the_dialog_stays(stage: Stage, phone: SandboxApp) -> None:
    stage.model.script(runs("touch one.txt"), Turn(text="It is there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make a file", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        _, asked = phone.wait_for_chat(2, PATIENCE_S)
        stage.kill_app()
        stage.start_app()
        connected(stage.remote)
        phone.hear(taps(asked)[0])
        assert "the terminal may still ask" in phone.wait_for_chat(3, PATIENCE_S)[2].text
        assert not (stage.project / "one.txt").exists()
        terminal.wait_until("idle", pressing=ENTER)
    assert (stage.project / "one.txt").exists()
    assert answered_here(stage) == []


def test_what_nobody_answers_in_time_waits_in_the_terminal_alone_and_a_late_tap_hears_so(
    stage: Stage, phone: SandboxApp
) -> None:
    stage.kill_app()
    with Paths.under(stage.home).settings.open("a", encoding="utf-8") as file:
        file.write("\n[questions]\nwait_min = 1\n")
    stage.start_app()
    connected(stage.remote)
    stage.model.script(runs("touch one.txt"), Turn(text="It is there."))
    with claude_terminal(stage.claude, *ASK_ALWAYS, "Make a file", cwd=stage.project) as terminal:
        terminal.wait_until("waiting", "permission prompt")
        _, asked = phone.wait_for_chat(2, PATIENCE_S)
        questions(stage, 0, within_s=60 + PATIENCE_S)
        until(lambda: phone.chat[1].recalled)
        phone.hear(taps(asked)[0])
        late = phone.wait_for_chat(3, PATIENCE_S)[2]
        assert late.text == "It waited too long; it can be answered in the terminal only"
        assert not (stage.project / "one.txt").exists()
        terminal.wait_until("idle", pressing=ENTER)  # the dialog stood all the time
    assert (stage.project / "one.txt").exists()
    assert answered_here(stage) == []
