"""`endpoint.json` and the built-in client's token: where the app is and how to reach it, for this user only."""

import json
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.plain_files import read_plain
from tray_app.processes import born, is_pid, is_same
from tray_app.whole_files import hint, why, write_whole

_MOST_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`url` is the MCP address; `token` is for MCP clients, `control_token` for commands, `hook_token` for hooks."""

    url: str
    pid: int
    version: str
    token: Secret
    control_token: Secret
    hook_token: Secret = field(default_factory=lambda: Secret(""))  # older apps wrote none
    born: str = field(default="", compare=False)  # written for `pid`, read to tell its process from a later one's


def no_endpoint_file(path: Path, error: OSError) -> TrayAppError:
    """Say why the file cannot be written, and what comes of that."""
    return TrayAppError(text("settings.no_endpoint_file", path=str(path), why=why(error)), hint(error, path))


class EndpointFile:
    """The file of one running app: readable by its owner alone, whole at every instant."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = path
        self._written: Endpoint | None = None

    def write(self, endpoint: Endpoint) -> None:
        """Say where the app answers; call it once it does. Raises TrayAppError."""
        said = {
            "url": endpoint.url,
            "pid": endpoint.pid,
            "born": born(endpoint.pid),
            "version": endpoint.version,
            "token": endpoint.token.reveal(),
            "control_token": endpoint.control_token.reveal(),
            "hook_token": endpoint.hook_token.reveal(),
        }
        try:
            write_whole(self._path, json.dumps(said).encode(), synced=False)  # it is of no use after a power cut
        except OSError as error:
            raise no_endpoint_file(self._path, error) from error
        self._written = endpoint

    def remove(self) -> None:
        """Take the file away on a clean stop, unless another app has written its own meanwhile."""
        if self._written is not None and self._read() == self._written:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._written = None

    def is_there(self) -> bool:
        """Whether it says what was written last; True where nothing was."""
        return self._written is None or self._read() == self._written

    def read_left(self) -> Endpoint | None:
        """What the file says, even if its app has died: agents still hold the token of a killed one."""
        return self._read()

    def read_live(self) -> Endpoint | None:
        """Where the app answers; None where no app runs, or the file is damaged or left over from a killed one."""
        endpoint = self._read()
        return endpoint if endpoint is not None and self.is_alive(endpoint) else None

    @staticmethod
    def is_alive(endpoint: Endpoint) -> bool:
        """Whether the process that wrote it is there. Of an older app's only the number is known, perhaps used anew."""
        return is_same(endpoint.pid, endpoint.born)

    def _read(self) -> Endpoint | None:
        try:
            said = json.loads(read_plain(self._path, most=_MOST_BYTES))
            url, pid, version = said["url"], said["pid"], said["version"]
            token, control_token, hook_token = said["token"], said["control_token"], said.get("hook_token", "")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        birth = said.get("born", "")
        words = (url, version, token, control_token, hook_token, birth)
        if not is_pid(pid) or not all(isinstance(word, str) for word in words):
            return None
        return Endpoint(
            url=url,
            pid=pid,
            version=version,
            token=Secret(token),
            control_token=Secret(control_token),
            hook_token=Secret(hook_token),
            born=birth,
        )


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
            said = read_plain(self._path, most=_LONGEST).decode("ascii").strip()
            mode = self._path.stat().st_mode
        except (OSError, ValueError):
            return None
        if sys.platform != "win32" and mode & 0o077:
            return None
        return Secret(said) if _TOKEN.fullmatch(said) else None

    def write(self, token: Secret) -> None:
        """Keep it in place of the last one, whole at every instant. Raises TrayAppError."""
        try:
            # synced: a token that was revoked must not come back after a power cut
            write_whole(self._path, f"{token.reveal()}\n".encode("ascii"))
        except OSError as error:
            reason = text("clients.unwritable", path=str(self._path), why=why(error))
            raise TrayAppError(reason, hint(error, self._path)) from error
