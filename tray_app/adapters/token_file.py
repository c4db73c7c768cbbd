"""The token of the built-in client in a file of its own, for its owner alone: Claude Code must be able to show it."""

import os
import re
import sys
import tempfile
from pathlib import Path

from tray_app.core.errors import TrayAppError
from tray_app.core.secret import Secret
from tray_app.core.texts import text

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64
_LONGEST = 128


class TokenFile:
    """Implements `services.clients.TokenFile`."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = path

    def read(self) -> Secret | None:
        """Read it; None where it is missing, damaged, or could be read by others, who may know it by now."""
        try:
            with self._path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                said = file.read(_LONGEST).decode("ascii").strip()
        except (OSError, ValueError):
            return None
        if sys.platform != "win32" and mode & 0o077:
            return None
        return Secret(said) if _TOKEN.fullmatch(said) else None

    def write(self, token: Secret) -> None:
        """Keep it in place of the last one, whole at every instant. Raises TrayAppError."""
        try:
            handle, name = tempfile.mkstemp(prefix=".client.", dir=self._path.parent)  # mode 0600
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(f"{token.reveal()}\n")
                    file.flush()
                    os.fsync(file.fileno())  # a token that was revoked must not come back after a power cut
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            reason = text("clients.unwritable", path=str(self._path), why=error.strerror or type(error).__name__)
            raise TrayAppError(reason, text("settings.unwritable_hint", path=str(self._path))) from error
