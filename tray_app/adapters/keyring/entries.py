"""What is in the keyring under which name: one entry per secret, `dingtalk-tray/<robot>/webhook` and `…/secret`.

Windows holds at most 1280 characters in an entry and shuffles entries that share a service name; macOS may ask the
person for each entry that is written, so it is written only when it changes. All of this runs on the worker thread.
"""

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress

from tray_app.adapters.keyring.backends import KeyringBackend, load
from tray_app.adapters.keyring.collection import NoCollection, has_collection, make_collection
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials

_USER = "dingtalk-tray"
_WEBHOOK = "webhook"
_SECRET = "secret"  # noqa: S105 - the name of an entry


class NotKept(Exception):
    """A stored value did not come back."""


class GivenUp(Exception):
    """Nobody waits for this write any more, so it must not take effect."""


class Entries:
    """The keyring's entries of this app. Any exception of a backend may come out of any call."""

    def __init__(self, *, platform: str, environ: Mapping[str, str], prefix: str) -> None:
        """Load nothing yet."""
        self._platform = platform
        self._environ = environ
        self._prefix = prefix
        self._backend: KeyringBackend | None = None

    def read(self, robot: str) -> Credentials | None:
        """Webhook and key of a robot; None where no webhook is stored. Raises NoCollection."""
        backend = self._loaded()
        if not has_collection(backend):
            raise NoCollection
        webhook = self._get(backend, robot, _WEBHOOK)
        if not webhook:
            return None
        return Credentials(webhook=Secret(webhook), secret=Secret(self._get(backend, robot, _SECRET)))

    def look(self, robots: Iterable[str]) -> Mapping[str, Credentials]:
        """Find the keyring anew and read these robots."""
        self.forget_backend()
        self._loaded()
        found = {robot: self.read(robot) for robot in robots}
        return {robot: credentials for robot, credentials in found.items() if credentials is not None}

    def write(self, robot: str, wanted: Credentials, *, given_up: threading.Event) -> None:
        """Store both and read them back.

        Raises NotKept, GivenUp, NoCollection or a backend's error, with the old values in place.
        """
        if given_up.is_set():
            raise GivenUp
        backend = self._loaded()
        if not has_collection(backend):
            make_collection(backend)
        # the key first: a crash between the two leaves no webhook that would be used unsigned
        new = {_SECRET: wanted.secret.reveal(), _WEBHOOK: wanted.webhook.reveal()}
        old = {part: self._get(backend, robot, part) for part in new}
        try:
            for part, value in new.items():
                self._put(backend, robot, part, value=value, old=old[part])
            if any(self._get(backend, robot, part) != value for part, value in new.items()):
                raise NotKept
            if given_up.is_set():
                raise GivenUp
        except BaseException:
            for part, value in old.items():
                with suppress(Exception):
                    self._put(backend, robot, part, value=value, old=None)
            raise

    def delete(self, robot: str) -> None:
        """Remove both entries; nothing stored is fine."""
        backend = self._loaded()
        if not has_collection(backend):
            return
        for part in (_WEBHOOK, _SECRET):
            self._put(backend, robot, part, value="", old=None)

    def forget_backend(self) -> None:
        """Load the keyring anew at the next call, because it may have come, gone or changed."""
        self._backend = None

    def _loaded(self) -> KeyringBackend:
        if self._backend is None:
            self._backend = load(platform=self._platform, environ=self._environ)
        return self._backend

    def _get(self, backend: KeyringBackend, robot: str, part: str) -> str:
        return backend.get_password(self._service(robot, part), _USER) or ""

    def _put(self, backend: KeyringBackend, robot: str, part: str, *, value: str, old: str | None) -> None:
        """Make an entry hold `value`, or be gone where it is empty; nothing is written where `old` is the same."""
        if value == old:
            return
        service = self._service(robot, part)
        if value:
            backend.set_password(service, _USER, value)
        elif backend.get_password(service, _USER) is not None:
            backend.delete_password(service, _USER)

    def _service(self, robot: str, part: str) -> str:
        return f"{self._prefix}/{robot}/{part}"
