"""What the icons look like: one description on a grid of 16 units, drawn into the files of three systems.

`python assets/build_icons.py` rewrites `assets/tray` and `assets/app`; the result is the same on every run. States are
told apart by shape first (panels are small, and some eyes see no red or green), by colour second.
"""

import io
from pathlib import Path

import resvg_py
from PIL import Image

HERE = Path(__file__).resolve().parent
APP = "dingtalk-tray"

# Each colour keeps 3:1 on dark (#202020) and on light (#f6f6f6) panels, so one file serves both.
TEAL = "#0e9187"
GREY = "#7f8794"
RED = "#dc4a44"
AMBER = "#d0700a"

BUBBLE = "M4 1H12A3 3 0 0 1 15 4V10A3 3 0 0 1 12 13H8.5L5 16H4V13A3 3 0 0 1 1 10V4A3 3 0 0 1 4 1Z"
HOLE = "M4 3A1 1 0 0 0 3 4V10A1 1 0 0 0 4 11H12A1 1 0 0 0 13 10V4A1 1 0 0 0 12 3Z"
LINES = "M4 4H12V6H4ZM4 8H9V10H4Z"
BARS = "M5 4H7V10H5ZM9 4H11V10H9Z"
EXCLAMATION = "M7 3H9V8H7ZM7 9H9V11H7Z"
PLANE = "M3.2 6.9L12.9 2.8L10.4 11.4L7.9 8.9L6.2 10.9L6 7.9Z"

# state -> colour, what is cut out of the bubble, whether it wears a badge
STATES = {
    "normal": (TEAL, LINES, False),
    "sending": (TEAL, PLANE, False),
    "paused": (GREY, BARS, False),
    "attention": (TEAL, "", True),
    "error": (RED, EXCLAMATION, False),
    "hollow": (GREY, HOLE, False),
}
# Figures of 3 by 5 units, each a pixel in a panel of 16: rows from the top, `#` is cut out of the badge.
FIGURES = {
    "1": (".#.", "##.", ".#.", ".#.", "###"),
    "2": ("##.", "..#", ".#.", "#..", "###"),
    "3": ("##.", "..#", ".#.", "..#", "##."),
    "4": ("#.#", "#.#", "###", "..#", "..#"),
    "5": ("###", "#..", "##.", "..#", "##."),
    "6": (".##", "#..", "###", "#.#", "###"),
    "7": ("###", "..#", ".#.", ".#.", ".#."),
    "8": ("###", "#.#", "###", "#.#", "###"),
    "9": ("###", "#.#", "###", "..#", "##."),
    "+": ("...", ".#.", "###", ".#.", "..."),
}
# what the badge of `attention` counts, by the end of the file's name
COUNTS = {**{figure: figure for figure in "123456789"}, "9plus": "9+"}
PANEL_SIZES = (16, 22, 24, 32, 48, 64)  # Linux panels
WINDOWS_SIZES = (16, 20, 24, 32, 40, 48)  # 100 % to 300 % scaling
TEMPLATE_SIZES = {"": 18, "@2x": 36}  # a menu bar of macOS, in points and at double density
APP_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
APP_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)


def pictures() -> dict[str, tuple[str, str]]:
    """Name every picture of the tray: its state, and the figures on its badge."""
    counted = {f"attention{name}": ("attention", figures) for name, figures in COUNTS.items()}
    return {**{state: (state, "") for state in STATES}, **counted}


def _pill(left: float, *, wider: float = 0) -> str:
    """Draw the badge's outline: round, or longer to the left; `wider` on all sides."""
    radius, top, right, bottom = 4.5 + wider, 0 - wider, 16 + wider, 9 + wider
    return (
        f"M{left + 4.5} {top}H11.5A{radius} {radius} 0 0 1 {right} 4.5A{radius} {radius} 0 0 1 11.5 {bottom}"
        f"H{left + 4.5}A{radius} {radius} 0 0 1 {left - wider} 4.5A{radius} {radius} 0 0 1 {left + 4.5} {top}Z"
    )


def counted_svg(figures: str, *, ink: str, body: str) -> str:
    """Put a badge with figures on the bubble; they are holes, so that one file serves every panel and macOS."""
    left, start = (7, 10) if len(figures) == 1 else (4, 6)
    cut = "".join(
        f"M{start + 4 * at + x} {2 + y}h1v1h-1Z"
        for at, figure in enumerate(figures)
        for y, row in enumerate(FIGURES[figure])
        for x, mark in enumerate(row)
        if mark == "#"
    )
    return (
        f'<mask id="ring"><path fill="#fff" d="M-2-2H18V18H-2Z"/><path d="{_pill(left, wider=1)}"/></mask>'
        f'<g mask="url(#ring)">{body}</g>'
        f'<path fill="{ink or AMBER}" fill-rule="evenodd" d="{_pill(left)}{cut}"/>'
    )


def tray_svg(name: str, *, ink: str = "", margin: int = 0) -> str:
    """Draw a picture; `ink` paints everything in one colour, `margin` leaves empty units around the grid."""
    state, figures = pictures()[name]
    colour, cut, badge = STATES[state]
    body = f'<path fill="{ink or colour}" fill-rule="evenodd" d="{BUBBLE}{cut}"/>'
    if figures:
        body = counted_svg(figures, ink=ink, body=body)
    elif badge:  # a ring of nothing keeps the badge apart from the bubble on any panel
        body = (
            '<mask id="ring"><path fill="#fff" d="M-2-2H18V18H-2Z"/><circle cx="12" cy="4" r="5"/></mask>'
            f'<g mask="url(#ring)">{body}</g><circle cx="12" cy="4" r="3.5" fill="{ink or AMBER}"/>'
        )
    box = f"{-margin} {-margin} {16 + 2 * margin} {16 + 2 * margin}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>\n'


def app_svg() -> str:
    """Draw the app's own icon: a bubble that sends off a paper plane."""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="-0.5 -1 17 17.5" width="512" height="512">
  <defs>
    <linearGradient id="sea" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#19b3a4"/><stop offset="1" stop-color="#0a6d74"/>
    </linearGradient>
  </defs>
  <path fill="url(#sea)" d="{BUBBLE}"/>
  <path fill="#ffffff" d="M2.7 6.6L13.3 2.6L10.6 12L7.8 9.2Z"/>
  <path fill="#bfe9e4" d="M2.7 6.6L13.3 2.6L5.9 7.9Z"/>
  <path fill="#7fcdc6" d="M5.9 7.9L13.3 2.6L7.8 9.2L6.1 11.4Z"/>
</svg>
"""


def picture(svg: str, size: int) -> Image.Image:
    """Rasterise to a square of `size` pixels."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def template(name: str, size: int) -> Image.Image:
    """Draw for macOS, which paints the picture itself: alpha only, every colour value 0."""
    alpha = picture(tray_svg(name, ink="#000000", margin=1), size).getchannel("A")
    return Image.merge("RGBA", (*(Image.new("L", alpha.size) for _ in "RGB"), alpha))


def bundle(path: Path, pictures: list[Image.Image]) -> None:
    """Write one `.ico` or `.icns` from pictures that were each drawn at their own size."""
    pictures[-1].save(path, append_images=pictures[:-1], sizes=[one.size for one in pictures])


def build(root: Path) -> None:
    """Write every icon below `root`, in the folders `tray` and `app`."""
    tray, app = root / "tray", root / "app"
    tray.mkdir(parents=True, exist_ok=True)
    app.mkdir(parents=True, exist_ok=True)
    for name in pictures():
        svg = tray_svg(name)
        for size in PANEL_SIZES:
            picture(svg, size).save(tray / f"{name}-{size}.png", optimize=True)
        bundle(tray / f"{name}.ico", [picture(svg, size) for size in WINDOWS_SIZES])
        for mark, size in TEMPLATE_SIZES.items():
            template(name, size).save(tray / f"{name}Template{mark}.png", optimize=True)
    drawn = app_svg()
    (app / f"{APP}.svg").write_text(drawn, encoding="utf-8")
    (app / f"{APP}-symbolic.svg").write_text(tray_svg("normal", ink="#2e3436"), encoding="utf-8")
    for size in APP_SIZES:
        picture(drawn, size).save(app / f"{APP}-{size}.png", optimize=True)
    bundle(app / f"{APP}.ico", [picture(drawn, size) for size in APP_ICO_SIZES])
    picture(drawn, 1024).save(
        app / f"{APP}.icns", append_images=[picture(drawn, size) for size in (32, 64, 128, 256, 512)]
    )


if __name__ == "__main__":
    build(HERE)
