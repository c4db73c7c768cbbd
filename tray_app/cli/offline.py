"""Robots and credentials without a running app: the same services on the same files and keyring."""

from collections.abc import Mapping
from typing import Any

from tray_app.adapters.keyring_vault import KeyringVault
from tray_app.adapters.paths import Paths
from tray_app.adapters.settings_file import SettingsFile
from tray_app.core.secret import Secret
from tray_app.services.configure import Configure
from tray_app.services.robots import RobotBook


class Offline:
    """Each method runs in an event loop of its own (`asyncio.run`). Raises TrayAppError."""

    def __init__(self, paths: Paths, environ: Mapping[str, str]) -> None:
        """Read the settings; nothing is asked of the keyring yet."""
        self._settings = SettingsFile(paths.create().settings)
        self._settings.load()
        self._environ = environ

    async def save(self, *, name: str, webhook: Secret, secret: Secret, keywords: tuple[str, ...], default: bool) -> None:
        """Check and store a robot."""
        vault, book = self._open()
        try:
            configure = Configure(settings=self._settings, vault=vault, robots=book)
            await configure.save(name=name, webhook=webhook, secret=secret, keywords=keywords, default=default)
        finally:
            vault.close()

    async def remove(self, name: str) -> None:
        """Forget a robot."""
        vault, book = self._open()
        try:
            await Configure(settings=self._settings, vault=vault, robots=book).remove(name)
        finally:
            vault.close()

    async def set_default(self, name: str) -> None:
        """Use this robot where none is named."""
        vault, book = self._open()
        try:
            await Configure(settings=self._settings, vault=vault, robots=book).set_default(name)
        finally:
            vault.close()

    async def robots(self) -> list[dict[str, Any]]:
        """All robots as plain data."""
        vault, book = self._open()
        try:
            await book.refresh()
            return [
                {
                    "name": facts.name,
                    "host": facts.host,
                    "origin": facts.origin.value,
                    "default": facts.default,
                    "ready": facts.ready,
                    "signed": facts.signed,
                    "keywords": list(facts.keywords),
                }
                for facts in book.facts()
            ]
        finally:
            vault.close()

    def _open(self) -> tuple[KeyringVault, RobotBook]:
        vault = KeyringVault(environ=self._environ)
        return vault, RobotBook(vault=vault, settings=lambda: self._settings.current, environ=self._environ)
