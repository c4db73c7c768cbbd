"""The launch agent of macOS, its property list read by the standard library; launchd is played by its own words."""

import plistlib
import sys
from pathlib import Path

import pytest

from tray_app.adapters.autostart.mac import LaunchAgent
from tray_app.core.state.login import LoginStart

ON, OFF = '\t"dingtalk-tray" => enabled\n', '\t"other" => enabled\n\t"dingtalk-tray" => disabled\n'


def test_it_is_a_property_list_that_starts_the_command_at_login(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(*words: str) -> str:
        asked.append(words[0])
        return ON

    agent = LaunchAgent(tmp_path / "LaunchAgents", ask=ask)
    assert agent.look() is LoginStart.OFF
    agent.switch_on(["/Applications/A & B.app/run", "run"])
    said = plistlib.loads(Path(agent.place).read_bytes())
    assert (said["Label"], said["ProgramArguments"], said["RunAtLoad"], said["LimitLoadToSessionType"]) == (
        "dingtalk-tray",
        ["/Applications/A & B.app/run", "run"],
        True,
        "Aqua",
    )
    assert agent.look() is LoginStart.ON
    assert set(asked) == {"enable", "print-disabled"}  # nothing is loaded, nothing ended
    agent.switch_off()
    assert agent.look() is LoginStart.OFF


def test_what_the_owner_switched_off_stays_off_when_its_command_is_mended(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path, ask=lambda *_words: OFF)
    agent.switch_on(["/old", "run"])
    assert (agent.look(), agent.heal(["/new", "run"], same=1), agent.look()) == (
        LoginStart.SWITCHED_OFF,
        True,
        LoginStart.SWITCHED_OFF,
    )
    assert agent.command == "/new run"


def test_a_damaged_list_starts_nothing(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path, ask=lambda *_words: "")
    Path(agent.place).write_bytes(b"\xff\x00no list")
    assert (agent.look(), agent.heal(["/new", "run"], same=1)) == (LoginStart.OFF, False)


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege on Windows")
def test_one_kept_in_a_folder_of_dot_files_stays_there(tmp_path: Path) -> None:
    agent, kept = LaunchAgent(tmp_path, ask=lambda *_words: ""), tmp_path / "kept.plist"
    Path(agent.place).symlink_to(kept)
    agent.switch_on(["/old", "run"])
    assert (Path(agent.place).readlink(), agent.command) == (kept, "/old run")
