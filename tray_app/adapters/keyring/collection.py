"""The Secret Service's default collection: where secrets go. There may be none, and making one asks the person.

KeePassXC has none until a group of a database is exposed to the Secret Service; GNOME Keyring none before its first
use. The library makes one whenever it looks for a secret: each look opens a window. So we look first whether one is
there.
"""

from typing import Any

from tray_app.adapters.keyring.backends import SECRET_SERVICE, KeyringBackend, name_of

_NAME = "org.freedesktop.secrets"
_TIMEOUT_S = 20


class NoCollection(Exception):
    """The Secret Service has no default collection, and the person made none."""


def has_collection(backend: KeyringBackend) -> bool:
    """Whether secrets have a place, without asking anybody; True where nobody can tell, and the backend will say it."""
    if name_of(backend) != SECRET_SERVICE:
        return True
    try:
        return len(_default_path()) > 1
    except Exception:  # noqa: BLE001 - OSError, jeepney's own errors: the backend meets them too, and names them
        return True


def make_collection(backend: Any) -> None:
    """Let the person make one; opens one window. Raises NoCollection where they did not."""
    try:
        backend.get_preferred_collection().connection.close()
    except Exception as error:
        raise NoCollection from error


def _default_path() -> str:
    from jeepney import DBusAddress, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    service = DBusAddress("/org/freedesktop/secrets", bus_name=_NAME, interface="org.freedesktop.Secret.Service")
    with open_dbus_connection() as bus:
        reply = bus.send_and_get_reply(new_method_call(service, "ReadAlias", "s", ("default",)), timeout=_TIMEOUT_S)
    if reply.header.message_type is not MessageType.method_return:
        raise OSError("no answer that says it")
    return str(reply.body[0])
