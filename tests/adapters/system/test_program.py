"""How others start this program, for every kind of installation."""

import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.adapters.system.program import OwnProgram, environment_for_resident


def installed(folder: Path, *scripts: str, windows: bool = False, frozen: bool = False) -> OwnProgram:
    folder.mkdir(parents=True)
    for script in scripts:
        (folder / script).touch()
    python = scripts[0] if frozen else "python.exe" if windows else "python"
    return OwnProgram(executable=folder / python, package=Path("/site/tray_app"), frozen=frozen, windows=windows)


def test_an_environment_with_the_script_uses_it(tmp_path: Path) -> None:
    program = installed(tmp_path / "my venv", "dingtalk-tray")
    script = str(tmp_path / "my venv" / "dingtalk-tray")
    python = str(tmp_path / "my venv" / "python")
    assert program.command("mcp-headers") == [script, "mcp-headers"]
    assert program.shell_line("mcp-headers") == f"'{script}' mcp-headers"
    assert program.resident() == [python, "-P", "-m", "tray_app", "run"]
    assert program.hook() == [python, "-I", "-S", str(Path("/site/tray_app/hook_cli.py"))]


def test_without_the_script_python_runs_the_package(tmp_path: Path) -> None:
    program = installed(tmp_path / "venv")
    assert program.command("stdio") == [str(tmp_path / "venv" / "python"), "-P", "-m", "tray_app", "stdio"]


def test_windows_quotes_for_its_own_shell_and_opens_no_console(tmp_path: Path) -> None:
    program = installed(
        tmp_path / "Program Files", "dingtalk-tray.exe", "dingtalk-trayw.exe", "pythonw.exe", windows=True
    )
    folder = tmp_path / "Program Files"
    assert program.shell_line("mcp-headers") == f'"{folder / "dingtalk-tray.exe"}" mcp-headers'
    assert program.resident() == [str(folder / "dingtalk-trayw.exe"), "run"]
    bare = installed(tmp_path / "bare", "pythonw.exe", windows=True)
    assert bare.resident() == [str(tmp_path / "bare" / "pythonw.exe"), "-P", "-m", "tray_app", "run"]


@pytest.mark.parametrize("windows", [False, True])
def test_a_frozen_build_calls_itself(tmp_path: Path, windows: bool) -> None:
    name = "dingtalk-tray.exe" if windows else "dingtalk-tray"
    program = installed(tmp_path / "app", name, windows=windows, frozen=True)
    assert program.hook() == [str(tmp_path / "app" / name), "hook"]
    assert program.resident() == [str(tmp_path / "app" / name), "run"]


@pytest.mark.skipif(sys.platform != "linux", reason="a format of Linux")
def test_an_appimage_is_called_by_its_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    program = OwnProgram.of_process({"APPIMAGE": "/home/me/Apps/dingtalk-tray.AppImage"})
    assert program.hook() == ["/home/me/Apps/dingtalk-tray.AppImage", "hook"]


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_the_shell_line_survives_the_shell(tmp_path: Path) -> None:
    folder = tmp_path / "it's a $HOME `x` 文件"
    folder.mkdir()
    script = folder / "dingtalk-tray"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n')
    script.chmod(0o755)
    program = OwnProgram(executable=folder / "python", package=folder, frozen=False, windows=False)
    done = subprocess.run(["sh", "-c", program.shell_line("mcp-headers")], capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == [str(script), "mcp-headers"]


def test_the_app_inherits_its_own_variables_and_not_the_agents() -> None:
    agents = {"CLAUDECODE": "1", "ANTHROPIC_API_KEY": "k", "MCP_TIMEOUT": "9"}
    given = {"PATH": "/bin", "DINGTALK_TRAY_HOME": "/h", "CLAUDE_CONFIG_DIR": "/c", **agents}
    assert environment_for_resident(given) == {"PATH": "/bin", "DINGTALK_TRAY_HOME": "/h", "CLAUDE_CONFIG_DIR": "/c"}
