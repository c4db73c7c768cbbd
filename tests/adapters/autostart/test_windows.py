"""The person's Run key, in a real registry."""

import sys
from collections.abc import Iterator

import pytest

from tray_app.core.kernel.texts import text
from tray_app.core.state.login import LoginStart
from tray_app.services.owner.start_at_login import NoEntryHere, cannot_switch
from tray_app.store_python import is_store_python

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

    def test_a_command_that_windows_would_leave_out_in_silence_is_refused(key: RunKey) -> None:
        longest = ["C:\\" + "x" * (260 - len("C:\\.exe run")) + ".exe", "run"]
        key.switch_on(longest)
        assert (key.look(), len(key.command)) == (LoginStart.ON, 260)
        with pytest.raises(NoEntryHere) as refused:
            key.switch_on([f"{longest[0]}x", "run"])
        assert refused.value.why.key == "autostart.too_long"
        assert len(key.command) == 260

    def test_what_only_python_of_the_store_would_see_is_not_written(key: RunKey) -> None:
        with pytest.raises(NoEntryHere) as refused:
            RunKey(apart=True).switch_on([r"C:\a.exe", "run"])
        assert refused.value.why.key == "autostart.store_python"
        assert key.look() is LoginStart.OFF


def test_python_of_the_store_is_known_by_its_place() -> None:
    own = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12.2800.0_x64__qbz5n2kfra8p0"
    assert is_store_python(own)
    for other in (r"C:\Python312", r"C:\Users\x\AppData\Local\Programs\Python\Python312", "/usr"):
        assert not is_store_python(other)


def test_why_no_entry_would_start_anything_is_said() -> None:
    none = NoEntryHere(text("autostart.store_python"), text("autostart.store_python_hint"))
    said = cannot_switch("HKEY", none)
    assert said.reason == text("autostart.unwritable", place="HKEY", why=none.why)
    assert said.hint == none.hint
