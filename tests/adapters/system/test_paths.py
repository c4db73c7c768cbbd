"""Where files are, and that nobody else can look into the folders."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.words import said
from tray_app import hook_cli
from tray_app.adapters.system.paths import Paths
from tray_app.core.kernel.errors import TrayAppError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes are a matter of access lists there")


def test_one_variable_keeps_everything_under_one_folder(tmp_path: Path) -> None:
    paths = Paths.of({"DINGTALK_TRAY_HOME": str(tmp_path)})
    assert paths == Paths(
        config=tmp_path / "config", data=tmp_path / "data", logs=tmp_path / "logs", run=tmp_path / "run"
    )
    assert [path.relative_to(tmp_path).as_posix() for path in (paths.settings, paths.policy, paths.history)] == [
        "config/settings.toml",
        "config/policy.json",
        "data/history.sqlite3",
    ]
    assert paths.endpoint == tmp_path / "run" / "endpoint.json"
    assert paths.lock == tmp_path / "data" / "history.lock"


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere a dot may end a name")
@pytest.mark.parametrize("end", [".", "...", "\\", "\\.\\", "\\x\\.."])
def test_a_folder_is_named_as_windows_reads_it(tmp_path: Path, end: str) -> None:
    variables = {"DINGTALK_TRAY_HOME": str(tmp_path / "home") + end}
    paths = Paths.of(variables).create()
    assert paths == Paths.under(tmp_path / "home")
    assert Path(hook_cli.endpoint_path(variables)) == paths.endpoint


@posix_only
def test_folders_are_for_the_owner_alone_also_when_they_were_open_before(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path / "home")
    paths.data.mkdir(parents=True, mode=0o755)
    paths.create().create()
    for folder in (paths.config, paths.data, paths.logs, paths.run):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    with pytest.raises(TrayAppError) as caught:
        Paths.under(tmp_path / "home").create()
    assert str(tmp_path / "home" / "config") in said(caught.value.reason)
    assert "DINGTALK_TRAY_HOME" in said(caught.value.hint)


@pytest.mark.skipif(sys.platform != "linux", reason="XDG is Linux's custom")
def test_linux_follows_xdg_and_who_is_logged_in_makes_no_difference(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    script = (
        "from tray_app.adapters.system.paths import Paths; p = Paths.of({}); print(p.config, p.data, p.logs, p.run)"
    )
    for login in ({"XDG_RUNTIME_DIR": str(run)}, {}):
        environ = {"HOME": str(tmp_path), **login}
        said_by = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
        )
        assert said_by.stdout.split() == [
            f"{tmp_path}/.config/dingtalk-tray",
            f"{tmp_path}/.local/share/dingtalk-tray",
            f"{tmp_path}/.local/state/dingtalk-tray/log",
            f"{tmp_path}/.local/share/dingtalk-tray/run",
        ]


@posix_only
def test_two_names_of_one_database_have_one_lock(tmp_path: Path) -> None:
    (tmp_path / "one" / "data").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "data").symlink_to(tmp_path / "one" / "data")
    third = Paths.under(tmp_path / "three")
    third.create().history.symlink_to(tmp_path / "one" / "data" / "history.sqlite3")
    assert {paths.lock for paths in (Paths.under(tmp_path / "two"), third)} == {Paths.under(tmp_path / "one").lock}
