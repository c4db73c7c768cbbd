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
from tray_app.core.connect.proxies import ProxyRules, led_away
from tray_app.plain_files import read_plain

_RULES = ProxyRules(
    variables=("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"), for_all=("all_proxy", "ALL_PROXY")
)
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
    found = {name: environ.get(name, "") for name in _RULES.names}
    where: dict[str, Path] = {}
    for file in settings:
        for name, value in _env_of(file).items():
            if name in found:
                found[name], where[name] = value, file
    away = led_away(found, _RULES, port=port)
    if away is None:
        return None
    return Detour(variable=away.variable, file=where.get(away.variable), exception=away.exception, mended=away.mended)


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
