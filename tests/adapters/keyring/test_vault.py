"""The vault against a real gnome-keyring-daemon, and against keyrings that are none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.keyring import AVAILABLE, KeyringBus, VaultProcess, vault_process
from tray_app.adapters.keyring import faults
from tray_app.adapters.keyring.backends import NoBackend
from tray_app.core.state.snapshot import VaultState

WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32
KEY = "SEC" + "b2" * 32

real_keyring = pytest.mark.skipif(not AVAILABLE, reason="needs dbus-daemon and gnome-keyring-daemon")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[KeyringBus]:
    bus = KeyringBus(tmp_path)
    yield bus
    bus.close()


def _patiently(vault: VaultProcess, *command: str) -> str:
    """The state after a call, also where a busy machine needs longer than the vault's short patience in this test."""
    state: str = vault(*command)["state"]
    if state == "locked":
        state = vault("settled")["state"]
    return state


@real_keyring
def test_what_is_written_is_read_by_the_next_process_and_gone_after_delete(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        assert vault("imported")["ok"] is False
        assert vault("read", "team") == {"ok": None, "state": "missing", "changes": ["missing"]}
        assert vault("write", "team", WEBHOOK, KEY) == {"ok": None, "state": "ok", "changes": ["ok"]}
    with vault_process(bus.environ) as vault:
        assert vault("read", "team") == {"ok": [WEBHOOK, KEY], "state": "ok", "changes": ["ok"]}
        assert vault("read", "other")["ok"] is None
        assert vault("delete", "team") == {"ok": None, "state": "missing", "changes": ["missing"]}
        assert vault("delete", "team")["ok"] is None
        assert vault("read", "team")["ok"] is None
    assert bus.items() == 0


@real_keyring
def test_each_secret_is_an_entry_of_its_own_and_an_unsigned_robot_has_no_key(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        vault("write", "team", WEBHOOK, KEY)
        vault("write", "ops", WEBHOOK, KEY)
        assert bus.items() == 4
        vault("write", "ops", WEBHOOK, "")
        assert bus.items() == 3
        assert vault("retry") == {"ok": "ok", "state": "ok", "changes": []}
        assert vault("read", "ops")["ok"] == [WEBHOOK, ""]
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


@real_keyring
def test_a_locked_keyring_says_how_to_unlock_it_and_memory_serves_meanwhile(bus: KeyringBus) -> None:
    bus.start_keyring()
    locked = ["keyring.locked", "keyring.locked_hint_linux"]
    with vault_process(bus.environ) as vault:
        vault("write", "team", WEBHOOK, KEY)
        bus.lock()
        assert vault("read", "other") == {"error": locked, "state": "locked", "changes": ["locked"]}
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]
        assert vault("write", "team", WEBHOOK + "c", KEY)["error"] == locked
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]
        assert vault("retry")["ok"] == "locked"
        bus.stop_keyring()
        bus.start_keyring()
        assert vault("retry")["ok"] == "ok"
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


@real_keyring
def test_a_keyring_without_a_default_collection_is_named_and_only_a_write_opens_a_window(bus: KeyringBus) -> None:
    bus.start_keyring(unlocked=False)
    none = ["keyring.no_collection", "keyring.no_collection_hint"]
    with vault_process(bus.environ) as vault, bus.windows() as windows:
        assert vault("read", "team") == {"error": none, "state": "locked", "changes": ["locked"]}
        assert vault("retry")["ok"] == "locked"
        assert vault("delete", "team")["ok"] is None
        assert windows() == 0
        assert vault("write", "team", WEBHOOK, KEY)["error"] == none
        assert windows() == 1


@real_keyring
def test_a_keyring_that_appears_later_is_found_by_the_next_call(bus: KeyringBus) -> None:
    absent = ["keyring.none", "keyring.none_hint_linux"]
    with vault_process(bus.environ) as vault:
        assert vault("read", "team") == {"error": absent, "state": "no_backend", "changes": ["no_backend"]}
        assert vault("write", "team", WEBHOOK, KEY)["error"] == absent
        assert vault("retry")["ok"] == "no_backend"
        bus.start_keyring()
        assert vault("retry") == {"ok": "missing", "state": "missing", "changes": ["missing"]}
        assert vault("write", "team", WEBHOOK, KEY)["state"] == "ok"


@real_keyring
def test_a_keyring_that_dies_midway_is_an_unavailable_one_and_comes_back(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        vault("write", "team", WEBHOOK, KEY)
        bus.stop_keyring()
        assert vault("read", "other")["state"] in {"no_backend", "error"}
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]
        assert "error" in vault("delete", "team")
        bus.start_keyring()
        assert vault("read", "other") == {"ok": None, "state": "ok", "changes": ["ok"]}


@real_keyring
def test_a_bus_that_goes_away_is_no_keyring(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        assert vault("read", "team")["state"] == "missing"
        bus.close()
        assert vault("read", "team")["state"] in {"no_backend", "error"}
        assert vault("retry")["ok"] == "no_backend"


@real_keyring
def test_a_call_without_answer_counts_as_locked_and_its_late_answer_is_used(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        vault("write", "team", WEBHOOK, KEY)
    with vault_process(bus.environ, patience_s=1) as vault:
        assert _patiently(vault, "read", "nobody") == "missing"
        bus.freeze_keyring()
        assert vault("read", "team") == {
            "error": ["keyring.locked", "keyring.locked_hint_linux"],
            "state": "locked",
            "changes": ["locked"],
        }
        assert "error" in vault("read", "team")
        assert vault("retry")["ok"] == "locked"
        bus.thaw_keyring()
        assert vault("settled")["state"] == "ok"
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


@real_keyring
def test_a_write_that_nobody_waits_for_any_more_leaves_no_trace(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ) as vault:
        vault("write", "team", WEBHOOK, KEY)
    with vault_process(bus.environ, patience_s=1, write_patience_s=1.2) as vault:
        assert _patiently(vault, "read", "nobody") == "missing"
        bus.freeze_keyring()
        assert vault("write", "team", WEBHOOK + "c", "")["error"][0] == "keyring.locked"
        bus.thaw_keyring()
        assert vault("settled")["state"] == "missing"
        assert _patiently(vault, "read", "team") == "ok"
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


@real_keyring
def test_a_person_who_answers_the_dialog_late_still_gets_the_robot_stored(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ, patience_s=0.2) as vault:
        assert _patiently(vault, "read", "team") == "missing"
        bus.freeze_keyring()
        assert "error" in vault("read", "team")
        bus.thaw_keyring()
        assert vault("write", "team", WEBHOOK, KEY)["ok"] is None
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


@real_keyring
def test_the_app_ends_while_a_call_waits_for_a_dialog(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ, patience_s=0.2) as vault:
        bus.freeze_keyring()
        assert vault("read", "team")["state"] == "locked"
    # leaving the block asserts that the process ended with code 0


@real_keyring
def test_retry_leaves_a_thread_that_is_stuck_for_good(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process(bus.environ, patience_s=0.2, stuck_s=0) as vault:
        bus.freeze_keyring()
        assert vault("read", "team")["state"] == "locked"
        bus.stop_keyring()
        bus.start_keyring()
        assert _patiently(vault, "retry") == "missing"


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        "keyring.backends.chainer.ChainerBackend",
        "os.system",
    ],
)
def test_a_backend_of_the_environment_that_keeps_nothing_safe_is_refused(tmp_path: Path, name: str) -> None:
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHON_KEYRING_BACKEND": name}
    with vault_process(environ) as vault:
        said = vault("write", "team", WEBHOOK, KEY)
        assert said["state"] == "no_backend"
        assert said["error"][0] in {"keyring.refused", "keyring.none"}


@real_keyring
def test_the_real_keyring_may_be_named_by_the_environment(bus: KeyringBus) -> None:
    bus.start_keyring()
    with vault_process({**bus.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}) as vault:
        assert vault("write", "team", WEBHOOK, KEY)["state"] == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's own keyring is always there")
@pytest.mark.parametrize(
    "override", ["", "keyring.backends.chainer.ChainerBackend", "keyrings.alt.file.PlaintextKeyring"]
)
def test_a_plaintext_keyring_that_is_merely_installed_is_never_written_to(tmp_path: Path, override: str) -> None:
    """keyrings.alt is among the development packages, so keyring itself would take it here."""
    home = tmp_path / "home"
    home.mkdir()
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    environ |= {"PYTHON_KEYRING_BACKEND": override} if override else {}
    asked = [sys.executable, "-c", "import keyring; print(keyring.get_keyring())"]
    own_choice = subprocess.run(asked, env=environ, capture_output=True, text=True, check=True).stdout
    with vault_process(environ) as vault:
        assert vault("write", "team", WEBHOOK, KEY)["state"] == "no_backend"
        assert vault("read", "team")["state"] == "no_backend"
    assert "PlaintextKeyring" in own_choice or "Chainer" in own_choice
    assert [path.name for path in home.rglob("*") if path.is_file()] == []


@pytest.fixture
def windows(tmp_path: Path) -> dict[str, str]:
    """Environment in which keyring's own Windows backend runs, over a Credential Manager that enforces its limits."""
    package = tmp_path / "packages" / "win32ctypes" / "pywin32"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "pywintypes.py").write_text(
        "class error(Exception):\n"
        "    def __init__(self, winerror, funcname):\n"
        "        super().__init__(winerror, funcname)\n"
        "        self.winerror, self.funcname = winerror, funcname\n"
    )
    (package / "win32cred.py").write_text(
        "import os\nfrom win32ctypes.pywin32.pywintypes import error\n"
        "CRED_TYPE_GENERIC, CRED_PERSIST_LOCAL_MACHINE, CRED_PERSIST_ENTERPRISE = 1, 2, 3\n"
        "kept = {}\n"
        "def CredRead(Type, TargetName):\n"
        "    if 'NO_LOGON' in os.environ: raise error(1312, 'CredRead')\n"
        "    if TargetName not in kept: raise error(1168, 'CredRead')\n"
        "    return dict(kept[TargetName])\n"
        "def CredWrite(credential, flags):\n"
        "    blob = credential['CredentialBlob'].encode('utf-16-le')\n"
        "    if len(blob) > 2560: raise error(1783, 'CredWrite')\n"
        "    if credential['Persist'] != CRED_PERSIST_LOCAL_MACHINE: raise error(87, 'it would roam')\n"
        "    if '@' in credential['TargetName']: raise error(87, 'two users of one service were shuffled')\n"
        "    kept[credential['TargetName']] = credential | {'CredentialBlob': blob}\n"
        "def CredDelete(Type, TargetName):\n"
        "    if kept.pop(TargetName, None) is None: raise error(1168, 'CredDelete')\n"
    )
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "packages")}


def test_on_windows_entries_stay_on_this_machine_and_are_never_shuffled(windows: dict[str, str]) -> None:
    with vault_process(windows, platform="win32") as vault:
        assert vault("write", "team", WEBHOOK, KEY) == {"ok": None, "state": "ok", "changes": ["ok"]}
        assert vault("retry")["ok"] == "ok"
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]
        assert vault("delete", "team")["state"] == "missing"
        assert vault("read", "team")["ok"] is None


def test_on_windows_a_value_that_is_too_long_leaves_the_old_one(windows: dict[str, str]) -> None:
    with vault_process(windows, platform="win32") as vault:
        vault("write", "team", WEBHOOK, KEY)
        assert vault("write", "team", WEBHOOK + "x" * 1300, "")["error"] == [
            "keyring.error",
            "keyring.error_hint_win32",
        ]
        assert vault("retry")["ok"] == "ok"
        assert vault("read", "team")["ok"] == [WEBHOOK, KEY]


def test_a_windows_service_without_a_logon_is_told_what_to_do(windows: dict[str, str]) -> None:
    with vault_process({**windows, "NO_LOGON": "1"}, platform="win32") as vault:
        assert vault("read", "team") == {
            "error": ["keyring.error", "keyring.error_hint_win32"],
            "state": "error",
            "changes": ["error"],
        }


def _pywin_error() -> Exception:
    error: Exception = type("error", (Exception,), {"__module__": "pywintypes"})(1312, "CredRead", "no logon session")
    return error


@pytest.mark.parametrize(
    ("error", "platform", "state", "reason", "hint"),
    [
        (_pywin_error(), "win32", VaultState.ERROR, "keyring.error", "keyring.error_hint_win32"),
        (FileNotFoundError("bus"), "linux", VaultState.NO_BACKEND, "keyring.none", "keyring.none_hint_linux"),
        (ConnectionResetError(), "freebsd13", VaultState.ERROR, "keyring.error", "keyring.error_hint_linux"),
        (NoBackend(), "darwin", VaultState.NO_BACKEND, "keyring.none", "keyring.none_hint_darwin"),
        (RuntimeError("gone"), "darwin", VaultState.ERROR, "keyring.error", "keyring.error_hint_darwin"),
    ],
)
def test_every_error_becomes_a_state_and_words_for_this_system(
    error: Exception, platform: str, state: VaultState, reason: str, hint: str
) -> None:
    said = faults.unavailable(error, platform=platform)
    assert (faults.state_of(error), said.reason.key, said.hint.key) == (state, reason, hint)
