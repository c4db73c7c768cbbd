"""settings.toml on disk: comments stay, broken files are named by line, writes are whole."""

import stat
import sys
from pathlib import Path

import pytest

from tests.support.settings import robot_settings
from tests.support.words import said
from tray_app.adapters.files.settings import SettingsFile
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.settings import EndpointSettings, Settings

WRITTEN = """# mine
language = "en"  # at work

[robots.team]
host = "oapi.dingtalk.com"
default = true # the main group

[endpoint]
port = 8800
"""


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "settings.toml")


def test_without_a_file_the_defaults_hold_and_none_is_made(file: SettingsFile) -> None:
    assert file.load() == Settings()
    assert not file.path.exists()


def test_an_edit_keeps_every_comment_and_the_order(file: SettingsFile) -> None:
    file.path.write_text(WRITTEN, "utf-8")
    file.load()
    file.set_value("endpoint.port", 8900)
    file.set_value("delivery.extra_hosts", ["ding.corp.cn"])
    assert file.path.read_text("utf-8") == WRITTEN.replace("8800", "8900") + (
        '\n[delivery]\nextra_hosts = ["ding.corp.cn"]\n'
    )
    assert file.current.endpoint == EndpointSettings(port=8900)


def test_robots_are_added_made_default_and_removed(file: SettingsFile) -> None:
    file.path.write_text(WRITTEN, "utf-8")
    ops = robot_settings(host="127.0.0.1:9", keywords=("构建",), per_minute=100, default=True)
    assert file.add_robot("ops", ops).robots == {"team": robot_settings(), "ops": ops}
    assert file.current.default_robot() == "ops"
    assert file.set_default("team").default_robot() == "team"
    assert file.add_robot("ops", robot_settings(host="127.0.0.1:9")).robots["ops"] == robot_settings(host="127.0.0.1:9")
    assert file.remove_robot("ops").robots == {"team": robot_settings(default=True)}
    assert file.remove_robot("ops").robots == {"team": robot_settings(default=True)}
    assert "# the main group" in file.path.read_text("utf-8") or "# mine" in file.path.read_text("utf-8")
    with pytest.raises(InvalidSettings):
        file.set_default("gone")


def test_the_first_robot_begins_a_readable_file_for_the_owner_alone(file: SettingsFile) -> None:
    file.add_robot("team", robot_settings(default=True))
    assert file.path.read_text("utf-8").startswith("# dingtalk-tray: your settings.")
    assert SettingsFile(file.path).load() == file.current
    if sys.platform != "win32":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'language = "en"\nport == 3\n', "settings.toml cannot be read: line 2 is not valid TOML"),
        (b'language = "en', "settings.toml cannot be read: line 1 is not valid TOML"),
        (b"\xff\xfe\x00", "settings.toml is not UTF-8 text"),
        (b"[endpoint]\nport = 0x\n", "settings.toml cannot be read: line 2 is not valid TOML"),
        (b"[endpoints]\n", "settings.toml: line 1: endpoints is not a setting here; did you mean endpoint?"),
        (b"a = " + b"[" * 5000, "settings.toml cannot be read: line 1 is not valid TOML"),
    ],
)
def test_a_broken_file_is_named_by_line_and_the_last_good_settings_stay(
    file: SettingsFile, raw: bytes, reason: str
) -> None:
    file.set_value("language", "en")
    good = file.current
    file.path.write_bytes(raw)
    for attempt in (file.load, lambda: file.set_value("language", "zh"), lambda: file.remove_robot("x")):
        with pytest.raises(InvalidSettings) as caught:
            attempt()
        assert said(caught.value.reason) == reason
        assert str(file.path) in said(caught.value.hint)
    assert file.current == good
    assert file.path.read_bytes() == raw


def test_a_value_that_would_break_the_file_is_not_written(file: SettingsFile) -> None:
    file.path.write_text(WRITTEN, "utf-8")
    file.load()
    with pytest.raises(InvalidSettings):
        file.set_value("endpoint.port", 99_999)
    assert file.path.read_text("utf-8") == WRITTEN
    assert file.current.endpoint == EndpointSettings(port=8800)


def test_a_byte_order_mark_of_a_windows_editor_is_read_over(file: SettingsFile) -> None:
    file.path.write_bytes(b'\xef\xbb\xbflanguage = "zh"\r\n')
    assert file.load().language == "zh"
    assert file.set_value("language", "en").language == "en"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_into_a_dot_files_folder_stays_a_link(file: SettingsFile, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "tray.toml"
    kept.parent.mkdir()
    kept.write_text(WRITTEN, "utf-8")
    file.path.symlink_to(kept)
    file.set_value("language", "zh")
    assert file.path.is_symlink()
    assert 'language = "zh"' in kept.read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "missing" / "settings.toml")
    with pytest.raises(InvalidSettings) as caught:
        file.set_value("language", "zh")
    assert said(caught.value.reason) == "settings.toml cannot be written: No such file or directory"
    assert file.current == Settings()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "written",
    [
        "a" + ".a" * 60_000 + " = 1",
        'x = {"a"' + ' . "a"' * 20_000 + " = 1}",
        "a = " + "9" * 10_000,
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 20_000,
        "\n".join(f"[t{number}]" for number in range(10_000)),
        "# " + "x" * (1 << 20),
    ],
    ids=["dots", "quoted dots", "digits", "brackets", "braces", "tables", "long"],
)
def test_no_text_takes_all_time_or_memory(tmp_path: Path, written: str) -> None:
    (tmp_path / "settings.toml").write_text(written, "utf-8")
    with pytest.raises(InvalidSettings):
        SettingsFile(tmp_path / "settings.toml").load()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_to_nothing_is_no_file_that_was_never_there(file: SettingsFile) -> None:
    file.path.symlink_to(file.path.with_name("dotfiles.toml"))
    with pytest.raises(InvalidSettings) as caught:
        file.load()
    assert said(caught.value.reason) == "settings.toml is a link that leads nowhere"
    with pytest.raises(InvalidSettings):
        file.set_value("endpoint.port", 8900)
    assert file.path.is_symlink()
