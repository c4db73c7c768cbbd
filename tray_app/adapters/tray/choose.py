"""Which tray this desktop has, and what is missing where there is none."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.tray.backend import TrayBackend
from tray_app.adapters.tray.headless import Headless
from tray_app.adapters.tray.icons import Icons
from tray_app.core.kernel.texts import text
from tray_app.core.state.problems import Problem, ProblemKind

_logger = logging.getLogger(__name__)


def choose(*, environ: Mapping[str, str], icons: Icons, headless: bool = False) -> TrayBackend:
    """Pick this system's tray; never raises and never opens a window. `headless`: the owner wants none."""
    if headless:
        return Headless(None)
    try:
        if sys.platform == "win32":
            from tray_app.adapters.tray.pystray.windows import WindowsBackend

            return WindowsBackend(icons)
        if sys.platform == "darwin":
            from tray_app.adapters.tray.pystray.mac import MacBackend

            return MacBackend(icons)
        return _linux(environ, icons)
    except Exception as error:  # a broken desktop library must not take the app down with it
        _logger.exception("no tray icon")
        reason = text("tray.failed", error=type(error).__name__)
        return Headless(Problem(kind=ProblemKind.TRAY, reason=reason, hint=text("tray.failed_hint")))


def _linux(environ: Mapping[str, str], icons: Icons) -> TrayBackend:
    address = session_bus(environ)
    if not address:
        return Headless(_problem("no_bus"))
    from tray_app.adapters.tray.linux.bus import connect
    from tray_app.adapters.tray.linux.sni import SniBackend

    try:
        sock = connect(address)
    except (OSError, ValueError, RuntimeError, KeyError) as error:  # jeepney's words for a bad address or login
        _logger.warning("the session bus cannot be used: %s", type(error).__name__)
        return Headless(_problem("bus_dead"))
    return SniBackend(sock, icons, no_host=no_host(environ), bus_lost=_problem("bus_dead"))


def session_bus(environ: Mapping[str, str]) -> str:
    """Return the session bus's address, from the environment or where systemd puts it; empty where there is none."""
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = environ.get("XDG_RUNTIME_DIR")
    return f"unix:path={runtime}/bus" if runtime and Path(runtime, "bus").exists() else ""


def no_host(environ: Mapping[str, str]) -> Problem:
    """Why a session with a bus shows no icon."""
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return _problem("no_display")
    gnome = "gnome" in environ.get("XDG_CURRENT_DESKTOP", "").lower()
    return _problem("no_host_gnome" if gnome else "no_host")


def _problem(entry: str) -> Problem:
    return Problem(kind=ProblemKind.TRAY, reason=text(f"tray.{entry}"), hint=text(f"tray.{entry}_hint"))


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
