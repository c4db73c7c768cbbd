"""Where Claude Code keeps its files: `CLAUDE_CONFIG_DIR`, else the two folders it has used by default."""

from collections.abc import Mapping
from pathlib import Path


def config_folders(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Every configuration folder, once, existing or not (it may appear later).

    `CLAUDE_CONFIG_DIR` may list several with commas, as ccusage reads it; `~` is the given home.
    """
    named = [part.strip() for part in environ.get("CLAUDE_CONFIG_DIR", "").split(",")]
    chosen = [_under_home(part, home) for part in named if part]
    if not chosen:
        settings_home = environ.get("XDG_CONFIG_HOME", "")
        chosen = [Path(settings_home) if settings_home else home / ".config", home / ".claude"]
        chosen[0] /= "claude"
    return tuple(dict.fromkeys(chosen))


def _under_home(part: str, home: Path) -> Path:
    return home / part.removeprefix("~").lstrip("/\\") if part.startswith("~") else Path(part)
