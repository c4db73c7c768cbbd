"""What `doctor` sees of the computer: versions, folders, settings, tray, proxy and certificates."""

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tray_app import __version__
from tray_app.adapters.paths import Paths
from tray_app.adapters.settings_file import SettingsFile
from tray_app.adapters.tray.probe import tray_problem
from tray_app.cli.checks.finding import Finding, fault, fine, note
from tray_app.core.errors import InvalidSettings
from tray_app.core.texts import text

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def versions() -> Finding:
    """The app's and Python's."""
    system = f"{platform.system()} {platform.release()}"
    return fine("version", text("doctor.version", version=__version__, python=platform.python_version(), system=system))


def folders(paths: Paths) -> Finding:
    """Whether the app can write where it must; a folder that is not there yet is made by the app."""
    for folder in (paths.config, paths.data, paths.logs, paths.run):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return fault("folders", text("doctor.folder", folder=str(there)), text("doctor.folder_hint"))
    return fine("folders", text("doctor.folders", config=str(paths.config), data=str(paths.data)))


def settings(paths: Paths) -> Finding:
    """`settings.toml`, with the line or key of its fault. A running app keeps the last good ones meanwhile."""
    try:
        SettingsFile(paths.settings).load()
    except InvalidSettings as error:
        return fault("settings", error.reason, error.hint)
    there = paths.settings.exists()
    return fine("settings", text("doctor.settings" if there else "doctor.settings_none", path=str(paths.settings)))


def tray(environ: Mapping[str, str]) -> Finding:
    """Whether this session shows an icon; without one everything else works."""
    problem = tray_problem(environ)
    return fine("tray", text("doctor.tray")) if problem is None else note("tray", problem.reason, problem.hint)


def network_variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Proxy variables, without the credentials they may hold, and certificate files that are not there."""
    for variable in (*_PROXIES, *(name.lower() for name in _PROXIES)):
        value = environ.get(variable, "").strip()
        if value:
            shown = value if variable.upper() == "NO_PROXY" else _without_login(value)
            yield note("proxy", text("doctor.proxy", variable=variable, value=shown[:200]), text("doctor.proxy_hint"))
    for variable in _CERTIFICATES:
        value = environ.get(variable, "").strip()
        if value and not Path(value).exists():
            hint = text("doctor.certificate_hint", variable=variable)
            yield fault("certificates", text("doctor.certificate", variable=variable, path=value), hint)


def _without_login(address: str) -> str:
    """Host and port of a proxy's address; it may be written with and without `http://`."""
    netloc = urlsplit(address if "://" in address else f"//{address}").netloc
    return netloc.rpartition("@")[2] or "…"
