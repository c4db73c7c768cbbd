"""The autostart file of Linux desktops: by the specification, switched off by the desktop, mended by an update."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.adapters.autostart.xdg import DesktopFile, exec_line
from tray_app.core.state.login import LoginStart

COMMAND = ["/opt/my apps/dingtalk-trayw", "run"]


def test_it_is_on_once_it_is_written_and_leaves_nothing_behind(tmp_path: Path) -> None:
    entry = DesktopFile(tmp_path / "autostart")
    assert entry.look() is LoginStart.OFF
    entry.switch_on(COMMAND)
    assert (entry.look(), entry.command) == (LoginStart.ON, '"/opt/my apps/dingtalk-trayw" run')
    entry.switch_off()
    entry.switch_off()
    assert (entry.look(), list(tmp_path.iterdir())) == (LoginStart.OFF, [])


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false", "Hidden = True"])
def test_what_the_desktop_switched_off_stays_off_when_an_update_mends_its_command(tmp_path: Path, line: str) -> None:
    entry = DesktopFile(tmp_path)
    entry.switch_on(["/old/dingtalk-tray", "run"])
    path = Path(entry.place)
    path.write_text(f"{path.read_text('utf-8')}{line}\n[Desktop Action x]\nExec=/another\n", "utf-8")
    assert entry.look() is LoginStart.SWITCHED_OFF
    entry.heal(["/new/dingtalk-tray", "run"], same=1)
    assert (entry.look(), entry.command) == (LoginStart.SWITCHED_OFF, "/new/dingtalk-tray run")
    entry.switch_on(["/new/dingtalk-tray", "run"])
    assert entry.look() is LoginStart.ON


def test_an_entry_that_was_never_made_is_not_made_by_an_update(tmp_path: Path) -> None:
    assert not DesktopFile(tmp_path).heal(COMMAND, same=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="the desktop's own checker is not here")
def test_the_desktops_own_checker_takes_it(tmp_path: Path) -> None:
    DesktopFile(tmp_path).switch_on(['/a b/c$d`e"f\\g%h', "run"])
    done = subprocess.run(
        ["desktop-file-validate", str(tmp_path / "dingtalk-tray.desktop")], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_odd_letters_are_quoted_as_the_specification_says() -> None:
    assert exec_line(["/a b", "c$d", 'e"f', "g\\h", "50%"]) == r'"/a b" "c\\$d" "e\\"f" "g\\\\h" "50%%"'


def test_the_entry_of_another_folder_is_left_alone(tmp_path: Path) -> None:
    entry = DesktopFile(tmp_path)
    entry.switch_on(["/old/dingtalk-tray", "run", "--home", "/a b"])
    assert not entry.heal(["/new/dingtalk-tray", "run"], same=1)
    assert not entry.heal(["/new/dingtalk-tray", "run", "--home", "/b"], same=3)
    assert entry.heal(["/new/dingtalk-tray", "run", "--home", "/a b"], same=3)


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege on Windows")
def test_an_entry_kept_in_a_folder_of_dot_files_stays_there(tmp_path: Path) -> None:
    kept, entry = tmp_path / "dotfiles" / "tray.desktop", DesktopFile(tmp_path / "autostart")
    for folder in (kept.parent, entry.folder):
        folder.mkdir()
    Path(entry.place).symlink_to(kept)
    entry.switch_on(["/old/dingtalk-tray", "run"])
    entry.heal(["/new/dingtalk-tray", "run"], same=1)
    assert (Path(entry.place).readlink(), "Exec=/new/dingtalk-tray run" in kept.read_text("utf-8")) == (kept, True)
    entry.switch_off()
    assert (entry.look(), kept.exists()) == (LoginStart.OFF, True)
