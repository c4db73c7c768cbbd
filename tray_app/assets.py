"""Where icons, texts and page files are: beside the code in a wheel or frozen build, else in the checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _root() -> Path:
    """Find the folder of assets: the build backend puts it into the package; an editable install does not (hatch)."""
    inside = _HERE / "_assets"
    return inside if inside.is_dir() else _HERE.parent / "assets"


def asset(name: str) -> Path:
    """Path of a file or folder under `assets/`, e.g. `asset("tray/normal-22.png")`.

    Raises FileNotFoundError where it is missing, which means a broken build, never a user's mistake.
    """
    path = _root() / name
    if not path.exists():
        raise FileNotFoundError(path)
    return path
