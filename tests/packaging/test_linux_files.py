"""What a Linux package brings beside the program agrees with the program, and with what desktops accept."""

import argparse
import gzip
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from steps import linux, man_page, rpm

import tray_app
from tray_app.core.kernel.texts import Language

ROOT = Path(__file__).parents[2]


def commands(of: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for name, parser in man_page.sub_parsers(of):
        yield f"{before}{name}", parser
        yield from commands(parser, f"{before}{name} ")


@pytest.mark.parametrize("language", list(Language))
def test_the_manual_page_has_every_command_and_option_with_its_words(language: Language) -> None:
    page = man_page.man_page(language)
    plain = page.replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")
    found = dict(commands(man_page.parser(language)))
    assert {"run", "send text", "policy import", "quit"} <= found.keys()
    for name, parser in found.items():
        assert f"\n.SS {name}\n{parser.description}\n" in plain, name
        for action in parser._actions:
            assert all(option in plain for option in action.option_strings), (name, action.option_strings)
            assert (action.help or "").replace("%%", "%") in plain, (name, action.dest)
    assert f'"dingtalk-tray {tray_app.__version__}"' in plain


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.needs("man-db")
def test_man_shows_the_page_without_a_complaint(language: Language, tmp_path: Path) -> None:
    page = tmp_path / "dingtalk-tray.1"
    page.write_text(man_page.man_page(language), encoding="utf-8")
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
    words = ["man", "--warnings", "-l", str(page)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "dingtalk-tray run [-h] [--headless]" in done.stdout


def test_what_roff_would_read_as_a_command_is_shown(tmp_path: Path) -> None:
    assert man_page._text(".TH is \\fBno-thing") == "\\&.TH is \\efBno\\-thing"
    path = tmp_path / "a" / "b.gz"
    linux.packed(path, "words")
    assert gzip.decompress(path.read_bytes()) == b"words"
    assert path.read_bytes()[4:8] == b"\0\0\0\0"  # no time


@pytest.mark.needs("desktop-file-utils")
def test_the_menu_entry_is_a_valid_one_and_starts_the_windowless_program() -> None:
    entry = linux.LINUX / "dingtalk-tray.desktop"
    done = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Exec=dingtalk-trayw run\n" in entry.read_text(encoding="utf-8")


@pytest.mark.needs("appstream")
def test_software_centres_accept_the_description_and_it_has_the_version(tmp_path: Path) -> None:
    file = tmp_path / linux.METAINFO
    linux.put(file, linux.metainfo())
    words = ["appstreamcli", "validate", "--no-net", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f'<release version="{tray_app.__version__}" date="' in linux.metainfo()


def test_icons_of_every_size_and_both_commands_are_laid_out(tmp_path: Path) -> None:
    linux.commands(tmp_path)
    linux.desktop(tmp_path / "usr/share")
    apps = {path.parts[-3] for path in (tmp_path / "usr/share/icons/hicolor").rglob("*.*")}
    sizes = (16, 24, 32, 48, 64, 128, 256, 512)
    assert apps == {"scalable", "symbolic", *(f"{size}x{size}" for size in sizes)}
    ends = {path.name: path.readlink().as_posix() for path in (tmp_path / "usr/bin").iterdir()}
    assert set(ends) == {"dingtalk-tray", "dingtalk-trayw"}
    assert set(ends.values()) == {"../lib/dingtalk-tray/dingtalk-tray"}


def test_the_rpm_has_the_folders_that_would_stay_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "glibc", lambda _folder: "2.36")
    files = (
        "lib/dingtalk-tray/_internal/a.py",
        "share/doc/dingtalk-tray/copyright",
        "share/man/man1/dingtalk-tray.1.gz",
    )
    for name in (*files, "share/fish/vendor_completions.d/dingtalk-tray.fish"):
        (tmp_path / "usr" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "usr" / name).write_bytes(b"")
    assert rpm.spec(tmp_path).partition("%files\n")[2].splitlines() == [
        "%defattr(-,root,root)",
        "/usr/lib/dingtalk-tray",
        "%dir /usr/share/doc/dingtalk-tray",
        "%dir /usr/share/fish",
        "%dir /usr/share/fish/vendor_completions.d",
        "/usr/share/doc/dingtalk-tray/copyright",
        "/usr/share/fish/vendor_completions.d/dingtalk-tray.fish",
        "/usr/share/man/man1/dingtalk-tray.1.gz",
    ]
