"""The person's Run key, in a real registry."""

import sys
from collections.abc import Iterator

import pytest

from tray_app.core.state.login import LoginStart

if sys.platform == "win32":
    import winreg

    from tray_app.adapters.autostart.windows import RunKey

    APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

    @pytest.fixture
    def key() -> Iterator[RunKey]:
        entry = RunKey()
        entry.switch_off()
        yield entry
        entry.switch_off()

    def approve(first: int) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, APPROVED) as opened:
            winreg.SetValueEx(opened, "dingtalk-tray", 0, winreg.REG_BINARY, bytes([first, *[0] * 11]))

    def test_it_is_on_once_it_is_written_and_leaves_nothing_behind(key: RunKey) -> None:
        assert key.look() is LoginStart.OFF
        key.switch_on([r"C:\Program Files\张 三\dingtalk-trayw.exe", "run"])
        assert (key.look(), key.command) == (LoginStart.ON, r'"C:\Program Files\张 三\dingtalk-trayw.exe" run')
        key.switch_off()
        assert (key.look(), key.command) == (LoginStart.OFF, "")

    def test_what_task_manager_switched_off_stays_off_when_its_command_is_mended(key: RunKey) -> None:
        key.switch_on([r"C:\old.exe", "run"])
        approve(3)
        assert key.look() is LoginStart.SWITCHED_OFF
        assert key.heal([r"C:\new.exe", "run"], same=1)
        assert (key.look(), key.command) == (LoginStart.SWITCHED_OFF, r"C:\new.exe run")
        approve(2)
        assert key.look() is LoginStart.ON
        approve(3)
        key.switch_on([r"C:\new.exe", "run"])
        assert key.look() is LoginStart.ON

    def test_an_entry_that_was_never_made_is_not_made_by_an_update(key: RunKey) -> None:
        assert not key.heal([r"C:\new.exe", "run"], same=1)
        assert key.look() is LoginStart.OFF
