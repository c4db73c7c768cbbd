"""The launcher: run as an agent runs it, over updates of the program, moves of Python's minor version and removal."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tray_app.adapters.system.launcher import Launcher
from tray_app.adapters.system.program import OwnProgram

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="agents start the program itself there")
HOME = ("--home", "/ho me/$x")


def script(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    """An environment in a folder with an odd name; its programs print what they were given."""
    venv = tmp_path / "it's $HOME `x`"
    script(venv / "bin" / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    script(venv / "bin" / "dingtalk-tray", '#!/bin/sh\nprintf "%s|" program "$@"\n')
    package = venv / "lib" / "python3.11" / "site-packages" / "tray_app"
    script(package / "hook_cli.py", "import sys; print('hook', *sys.argv[1:], sys.stdin.read(), sep='|')")
    program = OwnProgram(executable=venv / "bin" / "python", package=package, frozen=False, windows=False)
    made = Launcher(path=tmp_path / "data folder" / "dingtalk-tray-launcher", program=program, home=HOME)
    made.path.parent.mkdir()
    made.heal()
    return made


def run(command: list[str], given: str = "") -> str:
    """Run it; it must succeed, and say nothing on standard error."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def line(launcher: Launcher) -> list[str]:
    return ["/bin/sh", "-c", launcher.shell_line("mcp-headers")]


def test_it_leads_to_the_hook_and_to_the_program(launcher: Launcher) -> None:
    assert run(launcher.hook(), '{"a": 1}') == 'hook|--home|/ho me/$x|{"a": 1}'
    assert run(line(launcher)) == "program|mcp-headers|--home|/ho me/$x|"


def test_a_mode_of_the_hook_is_handed_on_with_its_exit_code(launcher: Launcher) -> None:
    assert run(launcher.hook("follow-up"), "x") == "hook|--home|/ho me/$x|follow-up|x"
    script(launcher.program.package / "hook_cli.py", "import sys; sys.stderr.write('words'); sys.exit(2)")
    done = subprocess.run(launcher.hook("follow-up"), input="", capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "words")
    (launcher.program.package / "hook_cli.py").unlink()
    assert run(launcher.hook("follow-up")) == ""  # Python itself would end with 2, which wakes a session


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_hook_that_cannot_be_read_is_silent_and_wakes_nobody(launcher: Launcher) -> None:
    (launcher.program.package / "hook_cli.py").chmod(0)
    assert run(launcher.hook("follow-up")) == ""


def test_blanks_in_the_folders_name_are_kept_one_by_one(launcher: Launcher) -> None:
    moved = replace(launcher, home=("--home", "/ho  me/a   b"))
    moved.heal()
    assert run(line(moved)) == "program|mcp-headers|--home|/ho  me/a   b|"
    assert run(moved.hook(), "x") == "hook|--home|/ho  me/a   b|x"


def test_one_that_cannot_be_started_is_written_anew(launcher: Launcher) -> None:
    launcher.path.chmod(0o600)
    assert (launcher.is_current(), launcher.heal(), launcher.is_current()) == (False, True, True)
    assert launcher.path.stat().st_mode & 0o777 == 0o700


def test_a_package_that_moved_to_another_minor_is_found_before_the_next_start(launcher: Launcher) -> None:
    minor = launcher.program.package.parents[1]
    minor.rename(minor.with_name("python3.13"))
    assert run(launcher.hook(), "x") == "hook|--home|/ho me/$x|x"
    assert run(line(launcher)).startswith("program|")


def test_where_the_program_is_gone_it_is_silent_and_succeeds(
    launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = launcher.program.executable.parents[1]
    venv.rename(venv.with_name("gone"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert (run(launcher.hook(), "x" * 100), run(line(launcher))) == ("", "")


def test_hooks_are_silent_where_the_launcher_itself_is_gone(launcher: Launcher) -> None:
    launcher.path.unlink()
    assert run(launcher.hook(), "x") == ""


@pytest.mark.parametrize("mode", [(), ("follow-up",)])
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/dash", "/bin/bash"])
def test_a_launcher_that_is_no_script_any_more_ends_in_silence(
    launcher: Launcher, shell: str, mode: tuple[str, ...]
) -> None:
    """Dash ends with 2 at an error of syntax: a hook would keep its agent from stopping, or wake a session."""
    if not Path(shell).exists():
        pytest.skip(f"there is no {shell} here")
    whole = launcher.path.read_bytes()
    assert run([shell, *launcher.hook(*mode)[1:]], "x") == "|".join(["hook", *HOME, *mode, "x"])
    cut = [whole[: len(whole) * tenth // 10] for tenth in range(1, 10)]
    for damaged in (b"", *cut, whole.replace(b"esac", b""), whole + b"\n)", b"if\n", b"\x7fELF\x02\x00(", b"\0" * 99):
        launcher.path.write_bytes(damaged)
        done = subprocess.run(
            [shell, *launcher.hook(*mode)[1:]], input=b"x", capture_output=True, check=False, timeout=30
        )
        assert (done.returncode == 2, done.stdout) == (False, b""), damaged


def test_a_program_that_moved_elsewhere_is_found_by_its_name(
    launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = launcher.program.executable.parents[1]
    venv.rename(tmp_path / "elsewhere")
    monkeypatch.setenv("PATH", f"{tmp_path / 'elsewhere' / 'bin'}:/usr/bin:/bin")
    assert run(line(launcher)).startswith("program|mcp-headers|")


def test_it_is_written_anew_only_where_it_leads_elsewhere(launcher: Launcher) -> None:
    assert (launcher.is_current(), launcher.heal()) == (True, False)
    moved = replace(launcher, program=replace(launcher.program, executable=Path("/new/bin/python")))
    assert (moved.is_current(), moved.heal(), moved.is_current(), launcher.is_current()) == (False, True, True, False)
    assert moved.path.stat().st_mode & 0o777 == 0o700


def test_a_frozen_program_is_called_itself(tmp_path: Path) -> None:
    program = tmp_path / "Apps" / "dingtalk-tray"
    script(program, '#!/bin/sh\nprintf "%s|" "$@"\n')
    own = OwnProgram(executable=program, package=tmp_path, frozen=True, windows=False)
    launcher = Launcher(path=tmp_path / "launcher", program=own)
    launcher.heal()
    assert (run(launcher.hook()), run(line(launcher))) == ("hook|", "mcp-headers|")
    program.unlink()
    assert run(launcher.hook()) == ""
