"""The running app as a command reaches it."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.system.paths import Paths
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language, text

_TIMEOUT_S = 60.0
_LOOK_S = 0.02
_OK, _REFUSED = 200, 409


class AppNotRunning(TrayAppError):
    """No app answers; the hint says how to start it."""

    def __init__(self) -> None:
        super().__init__(text("cli.not_running"), text("cli.not_running_hint"))


class NotServing(AppNotRunning):
    """An app runs (or would, if it were started) and cannot be reached; reason and hint are its own."""

    def __init__(self, why: TrayAppError) -> None:
        TrayAppError.__init__(self, text("cli.not_serving", why=why.reason), why.hint)


def not_reached(paths: Paths) -> AppNotRunning:
    """Say why nobody answers."""
    why = NotServingFile(paths.endpoint).read()
    return AppNotRunning() if why is None else NotServing(why)


class AppSaysNo(TrayAppError):
    """The app refused, in its own words (already in the reader's language)."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(text("cli.verbatim", words=reason), text("cli.verbatim", words=hint))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One running app. `find` only reads a file; whether the app is there is known when it has answered."""

    running: Endpoint
    language: Language

    @classmethod
    def find(cls, paths: Paths, language: Language) -> "Remote":
        """Find the running app. Raises AppNotRunning."""
        running = EndpointFile(paths.endpoint).read_live()
        if running is None:
            raise not_reached(paths)
        return cls(running=running, language=language)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET `/api/{path}`. Raises TrayAppError."""
        return self._ask("GET", f"/api/{path}?{urlencode({**query, 'lang': self.language.value})}", None)

    def post(self, path: str, asked: dict[str, object] | None = None) -> dict[str, Any]:
        """POST `/api/{path}`. Raises TrayAppError."""
        return self._ask("POST", f"/api/{path}?{urlencode({'lang': self.language.value})}", asked or {})

    def wait_until_gone(self, timeout_s: float) -> bool:
        """Wait for the app's process to end; False where it is still there after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while EndpointFile.is_alive(self.running):
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_S)
        return True

    def _ask(self, method: str, path: str, asked: dict[str, object] | None) -> dict[str, Any]:
        # http.client, and not a library: it reads no proxy variables, and a command must start in a moment
        host = urlsplit(self.running.url)
        connection = http.client.HTTPConnection(host.hostname or "127.0.0.1", host.port, timeout=_TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self.running.control_token.reveal()}"}
        if asked is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if asked is None else json.dumps(asked), headers)
            response = connection.getresponse()
            answer: Any = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            raise AppNotRunning from None
        finally:
            connection.close()
        if response.status == _OK and isinstance(answer, dict):
            return answer
        if response.status == _REFUSED and isinstance(answer, dict) and "reason" in answer:
            raise AppSaysNo(str(answer["reason"]), str(answer.get("hint", "")))
        if response.status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN, http.client.NOT_FOUND}:
            raise AppNotRunning  # a killed app left its file, and another program has its process id and its port
        raise TrayAppError(text("cli.refused", status=response.status), text("desk.bad_request_hint"))
