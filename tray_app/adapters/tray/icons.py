"""The icon's pictures as each desktop wants them, read from the assets on first use and kept."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

SIZES = (16, 22, 24, 32, 48, 64)
Pixmap: TypeAlias = tuple[int, int, bytes]
"""Width, height, and ARGB32 pixels in network byte order, as StatusNotifierItem has them."""


class Icons:
    """Finds pictures with `find` (the assets' finder), e.g. `find("tray/normal-22.png")`."""

    def __init__(self, find: Callable[[str], Path]) -> None:
        self.find = find
        self.pixmaps = cache(self._pixmaps)

    def _pixmaps(self, picture: str) -> list[Pixmap]:
        """Give every size, smallest first; a panel takes the nearest."""
        return [_pixmap(self.find(f"tray/{picture}-{size}.png")) for size in SIZES]


def _pixmap(path: Path) -> Pixmap:
    from PIL import Image  # 30 ms

    with Image.open(path) as picture:
        red, green, blue, alpha = picture.convert("RGBA").split()
        return *picture.size, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
