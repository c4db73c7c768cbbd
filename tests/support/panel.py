"""A real desktop panel (xfce4-panel under Xvfb) on a private bus: the tray shown, clicked, and photographed."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.support.system import kill_group

PATIENCE_S = 10.0
STRIP = 30  # the panel's height in pixels
NEEDED = ("Xvfb", "xfce4-panel", "xdotool", "import")
_XFCONFD = next(
    iter([*Path("/usr").glob("lib/*/xfce4/xfconf/xfconfd"), *Path("/usr").glob("lib*/xfce4/xfconf/xfconfd")]), None
)
_PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=10;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="{strip}"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/><property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray"/>
  </property>
</channel>
"""
_GTK = """[Settings]
gtk-font-name=Noto Sans CJK SC 10
gtk-theme-name=Adwaita
gtk-xft-antialias=1
gtk-enable-animations=0
"""


class Panel:
    """A screen with a panel at its bottom."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command, quiet = ["xfce4-panel", "--disable-wm-check"], subprocess.DEVNULL
        return subprocess.Popen(command, env=self._environ, stdout=quiet, stderr=quiet, start_new_session=True)

    def end(self) -> None:
        """End the panel at once, with the process it keeps for each plugin."""
        with self._process:
            kill_group(self._process.pid)

    def restart(self) -> None:
        """Let the panel crash and come back."""
        self.end()
        self._process = self._start()

    def run(self, *command: str) -> str:
        """Run a program on this screen and return what it printed."""
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, check=True, timeout=20)
        return done.stdout

    def picture(self) -> Image.Image:
        """Photograph the whole screen."""
        command = ("import", "-window", "root", "png:-")
        done = subprocess.run(command, env=self._environ, capture_output=True, check=True, timeout=20)
        with Image.open(BytesIO(done.stdout)) as shot:
            return shot.convert("RGB")

    def settled(self, wanted: Callable[[Image.Image], bool] = lambda _shot: True) -> Image.Image:
        """Photograph the screen once it no longer changes and shows what is wanted.

        X says nothing when a program has finished drawing, so this looks until two pictures are equal.
        """
        deadline = time.monotonic() + PATIENCE_S
        before = self.picture()
        while time.monotonic() < deadline:
            now = self.picture()
            if now == before and wanted(now):
                return now
            before = now
        raise TimeoutError("the screen did not come to what was wanted")

    def icon_at(self) -> tuple[int, int]:
        """Wait for our icon and find its middle."""
        shot = self.settled(lambda shot: _icon(shot) is not None)
        left, top, right, bottom = _icon(shot) or (0, 0, 0, 0)
        return (left + right) // 2, shot.height - STRIP + (top + bottom) // 2

    def point(self, x: int, y: int, *, button: int | None = None) -> None:
        """Put the pointer there, and press a button: 1 left, 3 right."""
        click = () if button is None else ("click", str(button))
        self.run("xdotool", "mousemove", "--sync", str(x), str(y), *click)

    def keys(self, *names: str) -> None:
        """Type keys, by X names (`Down`, `Right`, `Return`)."""
        self.run("xdotool", "key", *names)


def above(shot: Image.Image) -> Image.Image:
    """Return the screen without the panel, where the icon's own look may change."""
    return shot.crop((0, 0, shot.width, shot.height - STRIP))


def _icon(shot: Image.Image) -> tuple[int, int, int, int] | None:
    """Find what is drawn in the panel's strip: nothing but our icon, because the panel holds nothing else."""
    strip = shot.crop((0, shot.height - STRIP, shot.width, shot.height)).convert("L")
    return strip.point(lambda light: 255 * (light > 100)).getbbox()


def missing() -> list[str]:
    """Programs of a real panel that this machine lacks."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    return lacking if _XFCONFD else [*lacking, "xfconf"]


@contextmanager
def panel(folder: Path, address: str, *, size: str = "560x470") -> Iterator[Panel]:
    """Start the screen, the settings service and the panel; end them afterwards."""
    channel = folder / "config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml"
    channel.parent.mkdir(parents=True)
    channel.write_text(_PANEL.format(strip=STRIP), encoding="utf-8")
    gtk = folder / "config/gtk-3.0/settings.ini"
    gtk.parent.mkdir()
    gtk.write_text(_GTK, encoding="utf-8")
    with ExitStack() as stack:
        display = stack.enter_context(_screen(size))
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": address,
            "DISPLAY": display,
            "LANG": "C.UTF-8",
            "TZ": "Asia/Shanghai",
            "NO_AT_BRIDGE": "1",
        }
        settings = stack.enter_context(subprocess.Popen([str(_XFCONFD)], env=environ, stderr=subprocess.DEVNULL))
        stack.callback(settings.kill)
        made = Panel(environ)
        stack.callback(made.end)
        yield made


@contextmanager
def _screen(size: str) -> Iterator[str]:
    """Start Xvfb on a display number that the kernel hands out, and wait until it answers."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-br"]
    with subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as pipe:
                yield ":" + pipe.readline().strip()
        finally:
            server.kill()
