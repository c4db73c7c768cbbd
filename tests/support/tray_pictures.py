"""Makes the documentation's pictures of the tray menu in a real panel: `python -m tests.support.tray_pictures`."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image

from tests.support.panel import STRIP, Panel, above, missing, panel
from tests.support.private_bus import private_bus
from tests.support.running_tray import RunningTray
from tests.support.snapshots import paused, robot, send, snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Language, text
from tray_app.core.state.login import LoginStart
from tray_app.core.state.snapshot import Snapshot

_WALLPAPER = "#6f8790"
IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
_SAID = {
    Language.EN: (
        "✅ api: export streams",
        "Tests are green: 212 of 212",
        "⏳ web is waiting for you",
        "Nightly build failed",
        "✅ billing: CSV export",
        "✅ api: pages are cached",
        "Staging is up again",
    ),
    Language.ZH: (
        "✅ api: 导出已改成流式",
        "测试全部通过：212 / 212",
        "⏳ web 在等您",
        "每夜构建失败",
        "✅ billing: 导出 CSV",
        "✅ api: 页面已缓存",
        "预发布环境已恢复",
    ),
}
_STAGES = (Stage.BLOCKED, Stage.BLOCKED, Stage.SENT, Stage.FAILED, Stage.SENT, Stage.SENT, Stage.SENT)
_MINUTES = (2, 7, 19, 41, 63, 128, 150)
_PROJECTS = ("api", "web", "web", "api", "billing", "api", "web")


def scene(language: Language) -> Snapshot:
    """Give a lunch break: paused until half past two, with a morning of messages."""
    recent = tuple(
        send(minutes, title, stage=stage, project=project, reason=text("menu.untitled"), hint=text("menu.untitled"))
        for minutes, title, stage, project in zip(_MINUTES, _SAID[language], _STAGES, _PROJECTS, strict=True)
    )
    return snapshot(pause=paused(blocked=2), recent=recent, robots=(robot(),), login=LoginStart.ON)


def photograph(language: Language, folder: Path) -> Image.Image:
    """Open the menu and its list of sends in a real panel, and cut the picture to them."""
    shown = threading.Event()
    with private_bus(folder) as (address, _daemon), panel(folder, address, size="760x560") as screen:
        running = RunningTray(address, language=language, told=lambda: shown.set() if running.tray.hosted else None)
        running.show(scene(language))
        running.thread.start()
        try:
            if not shown.wait(15):
                raise TimeoutError("the panel did not take the icon")
            return _open_recent(screen)
        finally:
            running.tray.stop()
            running.thread.join()


def _open_recent(screen: Panel) -> Image.Image:
    x, y = screen.icon_at()
    bare = screen.settled()
    screen.point(x, y, button=3)
    menu = screen.settled(lambda shot: above(shot) != above(bare))
    screen.keys("Down", "Down", "Down", "Right")
    return _cut(screen.settled(lambda shot: above(shot) != above(menu)))


def _cut(shot: Image.Image) -> Image.Image:
    """Cut to what is drawn, and put a wallpaper where the bare screen is black."""
    drawn = shot.convert("L").point(lambda light: 255 * (light > 0))
    left, top, _right, _bottom = drawn.crop((0, 0, shot.width, shot.height - STRIP)).getbbox() or (0, 0, 0, 0)
    box = (max(left - 24, 0), max(top - 24, 0), shot.width, shot.height)
    return Image.composite(shot, Image.new("RGB", shot.size, _WALLPAPER), drawn).crop(box)


def main() -> int:
    """Write both pictures."""
    lacking = missing()
    if not subprocess.run(["fc-list", ":charset=23f8"], capture_output=True, check=False).stdout:
        lacking.append("fonts-noto-color-emoji")  # without it the mark of a pause is a box with its number
    if lacking:
        sys.stderr.write(f"install {', '.join(lacking)} first\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    for language in Language:
        with tempfile.TemporaryDirectory() as folder:
            shot = photograph(language, Path(folder))
        shot.quantize(128).save(IMAGES / f"tray-menu-{language}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
