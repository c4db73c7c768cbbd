"""Runs one KeyringVault and does what it is told, one JSON line per call (see `tests.support.keyring`)."""

import asyncio
import json
import sys
from typing import Any

from tray_app.adapters.keyring.vault import KeyringVault
from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.secret import Secret


async def _do(vault: KeyringVault, command: list[str]) -> object:
    match command:
        case ["read", robot]:
            found = await vault.read(robot)
            return None if found is None else [found.webhook.reveal(), found.secret.reveal()]
        case ["write", robot, webhook, secret]:
            await vault.write(robot, webhook=Secret(webhook), secret=Secret(secret))
            return None
        case ["delete", robot]:
            await vault.delete(robot)
            return None
        case ["retry"]:
            return await vault.retry()
        case ["state"]:
            return vault.state
        case ["imported"]:
            return "keyring" in sys.modules
        case _:
            raise ValueError(command)


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _main(options: dict[str, Any]) -> None:
    changes: list[str] = []
    changed = asyncio.Event()

    def on_change() -> None:
        changes.append(vault.state)
        changed.set()

    vault = KeyringVault(on_change=on_change, **options)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if command == ["settled"]:  # wait until the call in the background has told its outcome
            await changed.wait()
            _say({"state": vault.state})
            continue
        changes.clear()
        changed.clear()
        try:
            _say({"ok": await _do(vault, command), "state": vault.state, "changes": list(changes)})
        except VaultUnavailable as error:
            _say({"error": [error.reason.key, error.hint.key], "state": vault.state, "changes": list(changes)})
        changes.clear()
        changed.clear()
    vault.close()


if __name__ == "__main__":
    asyncio.run(_main(json.loads(sys.argv[1])))
