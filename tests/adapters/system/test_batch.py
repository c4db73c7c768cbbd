"""The launcher of Windows: a batch file that holds in every code page, run by a real cmd.exe where there is one."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
from tray_app.adapters.system.batch import batch_text, hook_command, in_ascii
from tray_app.adapters.system.launcher import Launcher
from tray_app.adapters.system.program import OwnProgram

ENVIRON = {"LOCALAPPDATA": r"C:\Users\张 三\AppData\Local", "USERPROFILE": r"C:\Users\张 三", "ComSpec": r"C:\cmd.exe"}


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (r"C:\Program Files\50%\x.exe", r"C:\Program Files\50%%\x.exe"),
        (r"C:\Users\张 三\AppData\Local\Programs\x.exe", r"%LOCALAPPDATA%\Programs\x.exe"),
        (r"C:\Users\张 三\venv\Scripts\python.exe", r"%USERPROFILE%\venv\Scripts\python.exe"),
        (r"C:\Users\张 三\项目\python.exe", None),  # no short name is known here
        (r"C:\Users\张 三丰\python.exe", None),
    ],
)
def test_a_folder_with_other_letters_is_named_by_a_variable(path: str, written: str | None) -> None:
    if sys.platform != "win32" or written is not None:
        assert in_ascii(path, ENVIRON) == written


def test_the_file_is_ascii_whatever_the_folders_are_called() -> None:
    home = ["--home", r"C:\Users\张 三\tray"]
    python, script = r"C:\Users\张 三\venv\python.exe", r"C:\Users\张 三\venv\tray_app\hook_cli.py"
    text = batch_text([python, "-P", "-m", "tray_app"], [python, "-I", "-S", script], home, ENVIRON)
    assert text is not None
    assert text.isascii()
    lines = text.split("\r\n")
    assert r'"%program%" %rest% %* --home "%USERPROFILE%\tray"' in lines
    assert r'"%python%" -I -S "%script%" --home "%USERPROFILE%\tray" %2' in lines
    assert not any(word in text for word in ("PROGRAM", "REST", 'PYTHON"', "HOME\r"))
    assert batch_text([r"D:\张\x.exe"], [], [], ENVIRON) is None or sys.platform == "win32"


def test_a_drive_as_the_apps_folder_does_not_take_the_next_words_with_it() -> None:
    text = batch_text([r"C:\x.exe"], [], ["--home", "D:\\"], ENVIRON)
    assert text is not None
    assert '"%program%" hook --home "D:\\\\" %2' in text.split("\r\n")


@pytest.mark.parametrize("sign", '&<>()@^|%!",;=')
def test_a_place_that_a_shell_takes_apart_is_not_called(sign: str) -> None:
    assert hook_command(rf"C:\a{sign}b\launcher.cmd", ENVIRON) is None
    place = r"C:\a b\launcher.cmd"
    assert hook_command(place, ENVIRON) == [r"C:\cmd.exe", "/d", "/c", "if", "exist", place, place, "hook"]


if sys.platform == "win32":

    def run(command: list[str] | str, given: str = "") -> str:
        """Run it; it must succeed, and say nothing on standard error."""
        done = subprocess.run(command, input=given.encode(), capture_output=True, check=False, timeout=PATIENCE_S)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout.decode("utf-8").strip()

    @pytest.fixture
    def launcher(tmp_path: Path) -> Launcher:
        """The package in a folder with an odd name, the program a batch file that prints what it was given."""
        folder = tmp_path / "it's a & b"
        package = folder / "tray_app"
        package.mkdir(parents=True)
        words = "import sys; print('hook', *sys.argv[1:], sys.stdin.read(), sep='|')"
        (package / "hook_cli.py").write_text(words, "utf-8")
        program = OwnProgram(executable=Path(sys.executable), package=package, frozen=False, windows=True)
        home = ("--home", str(tmp_path / "ho me"))
        made = Launcher(path=tmp_path / "data folder" / "dingtalk-tray-launcher.cmd", program=program, home=home)
        made.path.parent.mkdir()
        assert made.heal()
        return made

    def test_a_hook_is_led_to_its_script_with_what_it_is_given(launcher: Launcher) -> None:
        assert launcher.usable
        assert run(launcher.hook(), '{"a": "张"}') == f'hook|--home|{launcher.home[1]}|{{"a": "张"}}'

    def test_a_mode_of_the_hook_is_handed_on_with_its_exit_code(launcher: Launcher) -> None:
        home = replace(launcher, home=("--home", "C:\\"))
        assert home.heal()
        script = home.program.package / "hook_cli.py"
        assert run(home.hook("follow-up"), "x") == "hook|--home|C:\\|follow-up|x"
        script.write_text("import sys; sys.stderr.buffer.write('写 tests'.encode()); sys.exit(2)", "utf-8")
        done = subprocess.run(home.hook("follow-up"), input=b"", capture_output=True, check=False, timeout=PATIENCE_S)
        assert (done.returncode, done.stdout, done.stderr.decode("utf-8")) == (2, b"", "写 tests")
        script.unlink()
        assert run(home.hook("follow-up"), "x") == ""  # Python itself would end with 2, which wakes a session

    def test_a_command_is_led_to_the_program(launcher: Launcher, tmp_path: Path) -> None:
        program = tmp_path / "Apps x" / "tray.cmd"
        program.parent.mkdir()
        program.write_text("@echo program %*\r\n", "ascii")
        own = OwnProgram(executable=program, package=tmp_path, frozen=True, windows=True)
        frozen = replace(launcher, program=own)
        frozen.heal()
        said = f'--home "{launcher.home[1]}"'
        assert run(f'cmd.exe /d /s /c "{frozen.shell_line("mcp-headers")}"') == f"program mcp-headers {said}"
        assert run(frozen.hook()) == f"program hook {said}"

    def test_where_the_program_or_the_launcher_is_gone_it_is_silent_and_succeeds(launcher: Launcher) -> None:
        (launcher.program.package / "hook_cli.py").unlink()
        assert run(launcher.hook(), "x" * 100) == ""
        gone = replace(launcher, program=replace(launcher.program, executable=launcher.path.with_name("gone.exe")))
        assert gone.heal()
        assert run(f'cmd.exe /d /s /c "{gone.shell_line("mcp-headers")}"') == ""
        launcher.path.unlink()
        assert run(launcher.hook(), "x") == ""

    def test_it_is_written_anew_only_where_it_leads_elsewhere(launcher: Launcher) -> None:
        assert (launcher.is_current(), launcher.heal()) == (True, False)
        launcher.path.write_text("@echo something else\r\n", "ascii")
        assert (launcher.is_current(), launcher.heal(), launcher.is_current()) == (False, True, True)
