"""The unit of systemd: read by its own checker and its own rules, kept where the owner keeps it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.adapters.autostart.systemd import UserUnit, unit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's own")


def starts(*command: str) -> str:
    (line,) = [line for line in unit(command).splitlines() if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=")


def test_words_are_quoted_as_systemd_reads_them() -> None:
    assert starts("/opt/a b/tray", "run", "--home", "/50%/$x") == '"/opt/a b/tray" run --home /50%%/$$x'


def test_a_path_that_systemd_takes_for_no_program_is_started_by_a_shell() -> None:
    """In the path a doubled dollar stays two, and it takes no quotation marks; in arguments both are fine."""
    shell = r'/bin/sh -c "exec \"$$0\" \"$$@\""'
    assert starts("/a$b/50%/tray", "run") == f"{shell} /a$$b/50%%/tray run"
    assert starts("/o'a b/tray", "run") == f'{shell} "/o\'a b/tray" run'


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd's own checker is not here")
@pytest.mark.parametrize("name", ["tray", "t$HOME ray", "t%h'ray", 't"r\\ay'])
def test_systemds_own_checker_finds_the_program(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    written = tmp_path / "dingtalk-tray.service"
    written.write_text(unit([str(program), "run"]), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(written)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "dingtalk-tray.service" in line] == []


def test_a_unit_kept_in_a_folder_of_dot_files_stays_there(tmp_path: Path) -> None:
    kept, entry = tmp_path / "kept.service", UserUnit(tmp_path / "units", lambda *_words: True)
    entry.folder.mkdir()
    entry.path.symlink_to(kept)
    entry.switch_on(["/opt/tray", "run"])
    assert (entry.path.readlink(), "ExecStart=/opt/tray run" in kept.read_text("utf-8")) == (kept, True)
    entry.switch_off()
    assert (entry.is_on(), kept.exists()) == (False, True)
