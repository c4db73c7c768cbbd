"""Whether this session would show a tray icon, asked once and without showing one."""

import sys
from collections.abc import Mapping

from tray_app.adapters.tray.choose import no_host, session_bus
from tray_app.core.snapshot import Problem, ProblemKind
from tray_app.core.texts import text

_TIMEOUT_S = 2.0


def tray_problem(environ: Mapping[str, str]) -> Problem | None:
    """Why there would be no icon, and what to do; None where there would be one, as always on Windows and macOS."""
    if sys.platform in {"win32", "darwin"}:
        return None
    address = session_bus(environ)
    if not address:
        return _problem("no_bus")
    hosted = _hosted(address)
    if hosted is None:
        return _problem("bus_dead")
    return None if hosted else no_host(environ)


def _hosted(address: str) -> bool | None:
    """Ask the watcher whether a panel listens to it; None where the bus does not answer."""
    from jeepney import DBusAddress, MessageType, Properties
    from jeepney.io.blocking import open_dbus_connection

    watcher = "org.kde.StatusNotifierWatcher"
    place = DBusAddress("/StatusNotifierWatcher", bus_name=watcher, interface=watcher)
    try:
        connection = open_dbus_connection(address)
    except (OSError, ValueError, RuntimeError, KeyError):  # jeepney's words for a bad address or login
        return None
    try:
        question = Properties(place).get("IsStatusNotifierHostRegistered")
        reply = connection.send_and_get_reply(question, timeout=_TIMEOUT_S)
        if reply.header.message_type is MessageType.error:
            return False
        return bool(reply.body == (("b", True),))
    except (OSError, ValueError, RuntimeError):  # TimeoutError among them
        return None
    finally:
        connection.close()


def _problem(entry: str) -> Problem:
    return Problem(kind=ProblemKind.TRAY, reason=text(f"tray.{entry}"), hint=text(f"tray.{entry}_hint"))
