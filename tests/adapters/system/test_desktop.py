"""Opening pages and folders and filling the clipboard, through the programs a desktop has."""

import sys
from pathlib import Path

import pytest

from tray_app.adapters.system.desktop import Desktop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the helpers of Linux desktops")
URL = "http://127.0.0.1:8737/ui/setup?link=x"


def _program(folder: Path, name: str, *, code: int = 0) -> None:
    """A helper that notes its arguments, its input and whether it got our secret."""
    file = folder / name
    file.write_text(f'#!/bin/sh\n(echo "{name} $*$DINGTALK_SECRET"; cat) > "{folder}/{name}.said"\nexit {code}\n')
    file.chmod(0o755)


def _environ(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{folder}:/usr/bin:/bin", "DINGTALK_SECRET": "hidden", **more}


def test_a_page_opens_in_the_browser_of_the_desktop(tmp_path: Path) -> None:
    _program(tmp_path, "xdg-open")
    assert Desktop(_environ(tmp_path, DISPLAY=":9")).open_page(URL)
    assert (tmp_path / "xdg-open.said").read_text() == f"xdg-open {URL}\n"


def test_without_a_desktop_nothing_is_started_and_it_says_so(tmp_path: Path) -> None:
    _program(tmp_path, "xdg-open")
    _program(tmp_path, "xclip")
    desktop = Desktop(_environ(tmp_path))
    assert not desktop.open_page(URL)
    assert not desktop.open_folder(tmp_path)
    assert not desktop.copy("x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["xclip", "xdg-open"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "--help", "javascript:1", ""])
def test_only_web_addresses_are_pages(tmp_path: Path, target: str) -> None:
    _program(tmp_path, "xdg-open")
    assert not Desktop(_environ(tmp_path, DISPLAY=":9")).open_page(target)
    assert not (tmp_path / "xdg-open.said").exists()


def test_a_second_helper_is_tried_where_the_first_one_fails(tmp_path: Path) -> None:
    _program(tmp_path, "xdg-open", code=3)
    _program(tmp_path, "gio")
    assert Desktop(_environ(tmp_path, WAYLAND_DISPLAY="wayland-0")).open_folder(tmp_path)
    assert (tmp_path / "gio.said").read_text() == f"gio open {tmp_path}\n"


def test_text_goes_to_the_clipboard_through_the_helpers_input(tmp_path: Path) -> None:
    _program(tmp_path, "wl-copy", code=1)
    _program(tmp_path, "xclip")
    assert Desktop(_environ(tmp_path, DISPLAY=":9", WAYLAND_DISPLAY="wayland-0")).copy("诊断信息")
    assert (tmp_path / "xclip.said").read_text("utf-8") == "xclip -selection clipboard\n诊断信息"


def test_a_missing_folder_is_not_opened(tmp_path: Path) -> None:
    _program(tmp_path, "xdg-open")
    assert not Desktop(_environ(tmp_path, DISPLAY=":9")).open_folder(tmp_path / "gone")
