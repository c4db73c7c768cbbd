"""What a keyring's exception means: one of the five states, and the words with the way out on this system.

Backends raise far more than `KeyringError`: pywintypes.error in Windows services, FileNotFoundError when the bus is
gone, jeepney's and secretstorage's own errors when the daemon dies.
"""

from collections.abc import Iterator

from tray_app.adapters.keyring.backends import OVERRIDE, NoBackend
from tray_app.adapters.keyring.collection import NoCollection
from tray_app.adapters.keyring.entries import NotKept
from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.snapshot import VaultState

_LOCKED = frozenset({"KeyringLocked", "LockedException", "PromptDismissedException"})
_ABSENT = frozenset(
    {"NoKeyringError", "SecretServiceNotAvailableException", "FileNotFoundError", "ConnectionRefusedError"}
)
_SYSTEMS = frozenset({"win32", "darwin"})


def state_of(error: BaseException) -> VaultState:
    """Read the state from an exception's class and its causes, by name: the classes exist on one system each."""
    for seen in _causes(error):
        names = {cls.__name__ for cls in type(seen).__mro__}
        if isinstance(seen, NoCollection) or names & _LOCKED:  # both wait for the person, who answers a window
            return VaultState.LOCKED
        if isinstance(seen, NoBackend) or names & _ABSENT:
            return VaultState.NO_BACKEND
    return VaultState.ERROR


def chain(error: BaseException) -> str:
    """Class names of an exception and its causes, for the log: messages of foreign libraries may repeat values."""
    return " < ".join(type(seen).__name__ for seen in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def unavailable(error: BaseException, *, platform: str) -> VaultUnavailable:
    """Put an exception into words. Its own message is not repeated; its class name is."""
    if isinstance(error, NotKept):
        return VaultUnavailable(text("keyring.not_kept"), text("keyring.not_kept_hint"))
    if isinstance(error, NoCollection):
        return VaultUnavailable(text("keyring.no_collection"), text("keyring.no_collection_hint"))
    match state_of(error):
        case VaultState.LOCKED:
            return locked(platform=platform)
        case VaultState.NO_BACKEND:
            if isinstance(error, NoBackend) and error.refused:
                reason = text("keyring.refused", backend=error.refused)
                return VaultUnavailable(reason, text("keyring.refused_hint", variable=OVERRIDE))
            return VaultUnavailable(text("keyring.none"), _hint("none", platform))
        case _:
            reason = text("keyring.error", kind=type(error).__name__)
            return VaultUnavailable(reason, _hint("error", platform))


def locked(*, platform: str) -> VaultUnavailable:
    """The keyring is locked, or the call waits for somebody to unlock it."""
    return VaultUnavailable(text("keyring.locked"), _hint("locked", platform))


def _hint(entry: str, platform: str) -> Text:
    return text(f"keyring.{entry}_hint_{platform if platform in _SYSTEMS else 'linux'}")
