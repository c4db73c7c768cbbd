"""Which tray this desktop has; where it has none, why, and what its owner can do about it."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.tray.backend import Backend
from tray_app.adapters.tray.headless import Headless
from tray_app.adapters.tray.icons import Icons
from tray_app.core.snapshot import Problem, ProblemKind
from tray_app.core.texts import Text, text

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The icon to run, and what to say as long as nothing shows it (None: it was asked for, or cannot happen)."""

    backend: Backend
    problem: Problem | None


def choose(*, environ: Mapping[str, str], icons: Icons, headless: bool = False) -> Choice:
    """Pick this system's tray; never raises and never opens a window. `headless`: the owner wants none."""
    if headless:
        return Choice(backend=Headless(), problem=None)
    try:
        if sys.platform == "win32":
            from tray_app.adapters.tray.win import WindowsBackend

            return Choice(backend=WindowsBackend(icons), problem=None)
        if sys.platform == "darwin":
            from tray_app.adapters.tray.mac import MacBackend

            return Choice(backend=MacBackend(icons), problem=None)
        return _linux(environ, icons)
    except Exception as error:  # a broken desktop library must not take the app down with it
        _logger.exception("no tray icon")
        reason = text("tray.failed", error=type(error).__name__)
        return Choice(backend=Headless(), problem=_problem(reason=reason, hint=text("tray.failed_hint")))


def _linux(environ: Mapping[str, str], icons: Icons) -> Choice:
    address = session_bus(environ)
    if not address:
        return Choice(backend=Headless(), problem=_said("no_bus"))
    from tray_app.adapters.tray.bus import connect
    from tray_app.adapters.tray.sni import SniBackend

    try:
        sock = connect(address)
    except (OSError, ValueError, RuntimeError, KeyError) as error:  # jeepney's words for a bad address or login
        _logger.warning("the session bus cannot be used: %s", type(error).__name__)
        return Choice(backend=Headless(), problem=_said("bus_dead"))
    return Choice(backend=SniBackend(sock, icons), problem=no_host(environ))


def session_bus(environ: Mapping[str, str]) -> str:
    """Return the session bus's address, from the environment or where systemd puts it; empty where there is none."""
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = environ.get("XDG_RUNTIME_DIR")
    return f"unix:path={runtime}/bus" if runtime and Path(runtime, "bus").exists() else ""


def no_host(environ: Mapping[str, str]) -> Problem:
    """Why a session with a bus shows no icon."""
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return _said("no_display")
    gnome = "gnome" in environ.get("XDG_CURRENT_DESKTOP", "").lower()
    return _said("no_host_gnome" if gnome else "no_host")


def _said(entry: str) -> Problem:
    return _problem(reason=text(f"tray.{entry}"), hint=text(f"tray.{entry}_hint"))


def _problem(*, reason: Text, hint: Text) -> Problem:
    return Problem(kind=ProblemKind.TRAY, reason=reason, hint=hint)
