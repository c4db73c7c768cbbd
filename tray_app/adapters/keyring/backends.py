"""Which keyrings are real, and loading one of them by name.

By name because keyring's own search (1) takes 80-250 ms, (2) is remembered for the life of the process, so that an app
started before the keyring daemon never finds it, and (3) silently picks plaintext files once `keyrings.alt` is there.
"""

from collections.abc import Mapping
from typing import Any, Protocol

SECRET_SERVICE = "keyring.backends.SecretService.Keyring"  # GNOME Keyring, KeePassXC, kwalletd from 5.97  # noqa: S105
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_OF_SYSTEM: Mapping[str, tuple[str, ...]] = {
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
    "darwin": ("keyring.backends.macOS.Keyring",),
}
_ELSEWHERE = (
    SECRET_SERVICE,
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
)
OVERRIDE = "PYTHON_KEYRING_BACKEND"


class KeyringBackend(Protocol):
    """The part of `keyring.backend.KeyringBackend` that is used here."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """None where nothing is stored."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Store or replace."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Raises PasswordDeleteError where nothing is stored."""
        ...


class NoBackend(Exception):
    """No real keyring could be loaded; `refused` names a backend that the environment asks for and is none."""

    def __init__(self, refused: str = "") -> None:
        """Keep the name of the refused backend, if that is the reason."""
        super().__init__(refused or "no keyring")
        self.refused = refused


def load(*, platform: str, environ: Mapping[str, str]) -> KeyringBackend:
    """Give the first real keyring of this system that works now. Raises NoBackend.

    `PYTHON_KEYRING_BACKEND` may choose among the real ones; anything else it names is refused, not obeyed.
    """
    allowed = _OF_SYSTEM.get(platform, _ELSEWHERE)
    chosen = environ.get(OVERRIDE, "").strip()
    if chosen == _CHAINER:
        return _load_chainer(allowed)
    if chosen and chosen not in allowed:
        raise NoBackend(chosen[:120])
    for name in (chosen,) if chosen else allowed:
        backend = _load(name)
        if backend is not None:
            return backend
    raise NoBackend


def _load(name: str) -> KeyringBackend | None:
    from keyring.core import load_keyring

    try:
        backend: Any = load_keyring(name)
    except Exception:  # noqa: BLE001 - RuntimeError where not viable, but also FileNotFoundError, dbus and jeepney errors
        return None
    if name_of(backend) != name:  # another module took the name's place
        raise NoBackend(name_of(backend)[:120])
    if name.endswith("WinVaultKeyring"):
        backend.persist = "local machine"  # its own default roams to other machines of the domain
    found: KeyringBackend = backend
    return found


def _load_chainer(allowed: tuple[str, ...]) -> KeyringBackend:
    """The chainer writes to the first of all installed backends, so each of them must be a real keyring."""
    chainer: Any = _load(_CHAINER)
    if chainer is None:
        raise NoBackend
    for backend in chainer.backends:
        if name_of(backend) not in allowed:
            raise NoBackend(name_of(backend)[:120])
    if not chainer.backends:
        raise NoBackend
    found: KeyringBackend = chainer
    return found


def name_of(backend: object) -> str:
    """Full name of a backend's class. Never `str(backend)`: that asks the keyring, and raises when it is gone."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
