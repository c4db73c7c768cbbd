"""Icons are readable on dark and light panels, told apart by shape, and present in every size the systems ask for."""

import importlib.util
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from tray_app.assets import asset

STATES = ("normal", "sending", "paused", "attention", "error", "hollow")
COUNTED = tuple(f"attention{count}" for count in (*range(1, 10), "9plus"))
PANELS = {"dark": "#202020", "light": "#f6f6f6"}


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """Load the script that draws; it lives beside what it makes, outside the package."""
    spec = importlib.util.spec_from_file_location("build_icons", asset("build_icons.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _shape(state: str) -> list[bool]:
    alpha = Image.open(asset(f"tray/{state}-16.png")).convert("RGBA").getchannel("A")
    return [value > 64 for value in alpha.tobytes()]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("ink", ["TEAL", "GREY", "RED", "AMBER"])
def test_every_colour_is_readable_on_dark_and_light_panels(drawing: ModuleType, ink: str, panel: str) -> None:
    assert _contrast(getattr(drawing, ink), PANELS[panel]) >= 3


@pytest.mark.parametrize(("one", "other"), list(combinations(STATES, 2)))
def test_two_states_differ_by_shape_at_16_pixels(one: str, other: str) -> None:
    assert sum(a != b for a, b in zip(_shape(one), _shape(other), strict=True)) >= 14


def test_every_count_is_a_picture_of_its_own_at_16_pixels() -> None:
    shapes = {name: _shape(name) for name in (*STATES, *COUNTED)}
    for one, other in combinations(shapes, 2):
        differ = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True))
        assert differ >= (1 if {one, other} <= set(COUNTED) else 14), (one, other)


@pytest.mark.parametrize(("count", "cut"), [("1", 8), ("4", 9), ("8", 13), ("9", 11), ("9plus", 16)])
def test_the_figure_on_the_badge_is_cut_out_pixel_by_pixel(count: str, cut: int) -> None:
    alpha = Image.open(asset(f"tray/attention{count}-16.png")).convert("RGBA").getchannel("A")
    left = 6 if count == "9plus" else 10
    figure = alpha.crop((left, 2, left + (7 if count == "9plus" else 3), 7)).tobytes()
    assert figure.count(0) == cut
    assert figure.count(255) == len(figure) - cut


@pytest.mark.parametrize("state", [*STATES, *COUNTED])
def test_panel_icons_have_the_size_they_name_and_transparent_corners(drawing: ModuleType, state: str) -> None:
    for size in drawing.PANEL_SIZES:
        icon = Image.open(asset(f"tray/{state}-{size}.png")).convert("RGBA")
        corners = [icon.getpixel((x, y)) for x in (0, size - 1) for y in (0, size - 1)]
        assert icon.size == (size, size)
        assert [corner[3] for corner in corners if isinstance(corner, tuple)] == [0, 0, 0, 0]


@pytest.mark.parametrize("state", [*STATES, *COUNTED])
def test_macos_templates_carry_their_shape_in_alpha_only(state: str) -> None:
    for mark, size in (("", 18), ("@2x", 36)):
        icon = Image.open(asset(f"tray/{state}Template{mark}.png")).convert("RGBA")
        assert icon.size == (size, size)
        assert [icon.getchannel(channel).getextrema() for channel in "RGB"] == [(0, 0)] * 3
        assert icon.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("state", [*STATES, *COUNTED])
def test_windows_icons_hold_a_picture_for_each_scaling(state: str) -> None:
    with Image.open(asset(f"tray/{state}.ico")) as icon:
        assert icon.info["sizes"] == {(size, size) for size in (16, 20, 24, 32, 40, 48)}


def test_the_app_icon_exists_for_every_desktop() -> None:
    with Image.open(asset("app/dingtalk-tray.ico")) as icon:
        assert icon.info["sizes"] == {(size, size) for size in (16, 24, 32, 48, 64, 128, 256)}
    with Image.open(asset("app/dingtalk-tray.icns")) as icon:
        assert {size[0] * size[2] for size in icon.info["sizes"]} == {32, 64, 128, 256, 512, 1024}
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        with Image.open(asset(f"app/dingtalk-tray-{size}.png")) as icon:
            assert icon.size == (size, size)


def test_scalable_icons_hold_no_text_that_would_need_a_font() -> None:
    for name in ("dingtalk-tray.svg", "dingtalk-tray-symbolic.svg"):
        assert "<text" not in asset(f"app/{name}").read_text(encoding="utf-8")


def test_committed_icons_are_what_the_description_draws(drawing: ModuleType, tmp_path: Path) -> None:
    drawing.build(tmp_path)
    drawn = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    kept = {f"{folder}/{path.name}" for folder in ("tray", "app") for path in asset(folder).iterdir()}
    assert set(drawn) == kept
    for name, path in drawn.items():
        if path.suffix == ".svg":
            assert path.read_bytes() == asset(name).read_bytes()
        else:  # pixels, not bytes: another version of the PNG writer compresses differently
            with Image.open(path) as new, Image.open(asset(name)) as old:
                assert new.convert("RGBA").tobytes() == old.convert("RGBA").tobytes(), name
