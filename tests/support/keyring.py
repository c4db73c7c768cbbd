"""A real gnome-keyring-daemon on a private bus with its own home, and a process that uses the vault over it.

The vault runs in a process of its own because bus and home are read from the environment.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jeepney", reason="D-Bus is Linux's own")

from jeepney import HeaderFields, MatchRule, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.wrappers import DBusAddress

from tests.support.private_bus import private_bus

SECRETS = "org.freedesktop.secrets"
AVAILABLE = bool(shutil.which("dbus-daemon") and shutil.which("gnome-keyring-daemon"))
_TIMEOUT_S = 20


class KeyringBus:
    """A bus on which nothing is started by itself: a keyring is there only while a test has started one."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        for name in (".local/share/keyrings", ".cache", ".config", "run"):
            (self.home / name).mkdir(parents=True, mode=0o700)
        self._stack = ExitStack()
        self.address, self._bus = self._stack.enter_context(private_bus(folder))
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
        }
        self._connection: DBusConnection = open_dbus_connection(self.address)
        self._daemon: subprocess.Popen[bytes] | None = None

    def start_keyring(self, *, unlocked: bool = True) -> None:
        """Start the daemon and wait until it owns its name."""
        rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        rule.add_arg_condition(0, SECRETS)
        Proxy(message_bus, self._connection, timeout=_TIMEOUT_S).AddMatch(rule)
        with self._connection.filter(rule) as changes:
            self._daemon = subprocess.Popen(
                ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])],
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            assert self._daemon.stdin is not None
            self._daemon.stdin.write(b"open sesame\n" if unlocked else b"")
            self._daemon.stdin.close()
            self._connection.recv_until_filtered(changes, timeout=_TIMEOUT_S)

    def stop_keyring(self) -> None:
        """End the daemon, as a crash would."""
        if self._daemon is not None:
            with suppress(ProcessLookupError):
                self._daemon.send_signal(signal.Signals["SIGCONT"])
            self._daemon.kill()
            self._daemon.wait(_TIMEOUT_S)
            self._daemon = None

    def freeze_keyring(self) -> None:
        """Let the daemon answer nothing, as while it waits for somebody at an unlock dialog."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.Signals["SIGSTOP"])

    def thaw_keyring(self) -> None:
        """Let it answer, also what was asked meanwhile."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.Signals["SIGCONT"])

    @contextmanager
    def windows(self) -> Iterator[Callable[[], int]]:
        """Count the windows that the keyring was asked to open; there is nobody on this bus to answer one."""
        seen: list[object] = []
        with open_dbus_connection(self.address) as monitor:
            rule = "type=method_call,interface=org.freedesktop.Secret.Prompt,member=Prompt"
            bus = DBusAddress(
                "/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus.Monitoring"
            )
            monitor.send_and_get_reply(new_method_call(bus, "BecomeMonitor", "asu", ([rule], 0)), timeout=_TIMEOUT_S)

            def count() -> int:
                with suppress(TimeoutError):
                    while True:
                        message = monitor.receive(timeout=0.2)
                        if message.header.fields.get(HeaderFields.member) == "Prompt":
                            seen.append(message)
                return len(seen)

            yield count

    def lock(self) -> None:
        """Lock the login collection; without a prompter on this bus nobody can unlock it."""
        service = DBusAddress("/org/freedesktop/secrets", bus_name=SECRETS, interface="org.freedesktop.Secret.Service")
        call = new_method_call(service, "Lock", "ao", (["/org/freedesktop/secrets/aliases/default"],))
        self._connection.send_and_get_reply(call, timeout=_TIMEOUT_S)

    def items(self) -> int:
        """How many secrets the default collection holds."""
        collection = DBusAddress(
            "/org/freedesktop/secrets/aliases/default", bus_name=SECRETS, interface="org.freedesktop.Secret.Collection"
        )
        reply = self._connection.send_and_get_reply(Properties(collection).get("Items"), timeout=_TIMEOUT_S)
        return len(reply.body[0][1])

    def close(self) -> None:
        """End everything."""
        self.stop_keyring()
        self._connection.close()
        self._stack.close()


class VaultProcess:
    """A process with one KeyringVault; each method is one of its own."""

    def __init__(self, environ: Mapping[str, str], **options: float | str) -> None:
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.vault_driver", json.dumps(options)],
            cwd=root,
            env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(root), environ.get("PYTHONPATH", "")]))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *command: str) -> dict[str, Any]:
        """Run one call of the vault: `{"ok": …}` or `{"error": [reason, hint]}`, with the state after it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self.next()

    def next(self) -> dict[str, Any]:
        """The next line the process says by itself (`{"changed": state}`) or answers."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _TIMEOUT_S)
        assert ready, "the vault process says nothing"
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said

    def close(self) -> None:
        """End it by closing its input, as the app ends; a thread at a dialog must not hold it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(_TIMEOUT_S) == 0
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()


@contextmanager
def vault_process(environ: Mapping[str, str], **options: float | str) -> Iterator[VaultProcess]:
    """A vault in a process of its own."""
    vault = VaultProcess(environ, **options)
    try:
        yield vault
    finally:
        vault.close()
