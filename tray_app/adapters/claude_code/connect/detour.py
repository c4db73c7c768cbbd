"""Whether Claude Code would send its requests to this computer, with the endpoint's token, through a proxy.

It takes the first of four variables for every address and leaves out what NO_PROXY names: hosts and ports as they are
written, no networks. The `env` of its settings files stands over the environment, that of managed ones over all.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.claude_code.connect.files import MOST_BYTES
from tray_app.plain_files import read_plain

_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
_EXCEPT = ("NO_PROXY", "no_proxy")
_OURS = ("127.0.0.1", "localhost")
_MANAGED = {"darwin": "/Library/Application Support/ClaudeCode", "win32": r"C:\Program Files\ClaudeCode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """`variable` names the proxy, `file` where it is set (None: the environment); `mended` is a NO_PROXY with us."""

    variable: str
    file: Path | None
    mended: str


def managed_settings(folder: Path | None = None) -> list[Path]:
    """Settings that the computer's administrators give (`folder`: where), the strongest last."""
    folder = folder or Path(_MANAGED.get(sys.platform, "/etc/claude-code"))
    return [folder / "managed-settings.json", *sorted((folder / "managed-settings.d").glob("*.json"))]


def detour(environ: Mapping[str, str], settings: Sequence[Path], *, port: int) -> Detour | None:
    """Look at the environment and at settings files, the strongest last; None where requests come straight."""
    found = {name: environ.get(name, "").strip() for name in (*_PROXIES, *_EXCEPT)}
    where: dict[str, Path] = {}
    for file in settings:
        for name, value in _env_of(file).items():
            if name in found:
                found[name], where[name] = value.strip(), file
    proxy = next((name for name in _PROXIES if found[name]), None)
    exceptions = [found[name] for name in _EXCEPT if found[name]]
    if proxy is None or (exceptions and all(_names_us(value, port) for value in exceptions)):
        return None
    kept = [entry for value in exceptions for entry in _entries(value) if entry not in _OURS]
    return Detour(variable=proxy, file=where.get(proxy), mended=",".join(dict.fromkeys([*kept, *_OURS])))


def _names_us(value: str, port: int) -> bool:
    return bool({"*", "127.0.0.1", f"127.0.0.1:{port}"} & set(_entries(value)))


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
