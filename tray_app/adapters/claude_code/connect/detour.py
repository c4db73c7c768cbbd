"""Whether Claude Code would send its requests to this computer, with the endpoint's token, through a proxy.

It takes the first of these variables for every address, HTTPS_PROXY for http:// too, and leaves out what no_proxy names
(NO_PROXY where that is not set): hosts, ports and endings as they are written, no networks. Newer ones take ALL_PROXY
too, unless it is for SOCKS. The `env` of its settings files stands over the environment, that of managed ones over all.
Measured with 2.1.197 and 2.1.330; where the two differ, what either sends through the proxy is told.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.config_changes.files import MOST_BYTES
from tray_app.plain_files import read_plain

_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
_FOR_ALL = ("all_proxy", "ALL_PROXY")
_EXCEPT = ("no_proxy", "NO_PROXY")
_OURS = ("127.0.0.1", "localhost")
_MANAGED = {"darwin": "/Library/Application Support/ClaudeCode", "win32": r"C:\Program Files\ClaudeCode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """`variable` names the proxy, `file` where it is set (None: the environment).

    `exception` is the variable that keeps requests off it, `mended` what it must hold.
    """

    variable: str
    file: Path | None
    exception: str
    mended: str


def managed_settings(folder: Path | None = None) -> list[Path]:
    """Settings that the computer's administrators give (`folder`: where), the strongest last."""
    folder = folder or Path(_MANAGED.get(sys.platform, "/etc/claude-code"))
    return [folder / "managed-settings.json", *sorted((folder / "managed-settings.d").glob("*.json"))]


def detour(environ: Mapping[str, str], settings: Sequence[Path], *, port: int) -> Detour | None:
    """Look at the environment and at settings files, the strongest last; None where requests come straight."""
    found = {name: environ.get(name, "").strip() for name in (*_PROXIES, *_FOR_ALL, *_EXCEPT)}
    where: dict[str, Path] = {}
    for file in settings:
        for name, value in _env_of(file).items():
            if name in found:
                found[name], where[name] = value.strip(), file
    for_all = (name for name in _FOR_ALL if found[name] and not found[name].lower().startswith("socks"))
    proxy = next((name for name in _PROXIES if found[name]), None) or next(for_all, None)
    exception = next((name for name in _EXCEPT if found[name]), "NO_PROXY")
    if proxy is None or _names_us(found[exception], port):
        return None
    kept = [entry for entry in _entries(found[exception]) if entry not in _OURS]
    mended = ",".join(dict.fromkeys([*kept, *_OURS]))
    return Detour(variable=proxy, file=where.get(proxy), exception=exception, mended=mended)


def _names_us(value: str, port: int) -> bool:
    ours = "127.0.0.1"
    return any(
        entry in {"*", ours, f"{ours}:{port}"} or (entry.startswith(".") and ours.endswith(entry))
        for entry in _entries(value)
    )


def _entries(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _env_of(file: Path) -> dict[str, str]:
    """Read what a settings file adds to the environment; one that cannot be read adds nothing, for Claude Code too."""
    try:
        settings = json.loads(read_plain(file, most=MOST_BYTES).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    env = settings.get("env") if isinstance(settings, dict) else None
    if not isinstance(env, dict):
        return {}
    return {name: str(value) for name, value in env.items() if isinstance(value, str | int)}
