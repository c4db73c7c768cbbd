"""What users are told to type is taken, and what they are told they will read is what the app says."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from tests.support.catalogs import catalogs
from tests.support.settings import read
from tray_app import __version__
from tray_app.cli.parser import build_parser
from tray_app.core.kernel.texts import Language
from tray_app.core.settings.settings import Settings

ROOT = Path(__file__).parents[2]
READMES = {"README.md": Language.EN, "README.zh-CN.md": Language.ZH}
FOR_DEVELOPERS = {"architecture.md", "conformance.md", "seams.md"}
FOR_USERS = [
    *(ROOT / name for name in READMES),
    ROOT / "SECURITY.md",
    *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in FOR_DEVELOPERS),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (`.+?) \|", re.MULTILINE)
HEADINGS = {"README.md": "Troubleshooting", "README.zh-CN.md": "故障排除"}


def read_text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(page: str) -> set[str]:
    """Give what follows the program's name, in blocks of commands and between back-quotes."""
    lines = [
        line.partition("  #")[0] for kind, block in FENCE.findall(page) if kind == "sh" for line in block.split("\n")
    ]
    lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", page))
    return {found[1].strip() for line in lines if (found := re.match(r"\s*dingtalk-tray ([a-z-].*)", line))}


def is_taken(command: str) -> bool:
    words = shlex.split(command.replace("[", "").replace("]", ""))
    if "|" in words:
        words = words[: words.index("|")]
    try:
        build_parser(catalogs()[Language.EN], version=__version__).parse_args(words)
    except SystemExit as ended:
        return ended.code == 0
    return True


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda path: path.name)
def test_every_command_is_taken(page: Path) -> None:
    assert [command for command in sorted(commands(page.read_text("utf-8"))) if not is_taken(command)] == []


def test_a_command_that_is_gone_would_be_found() -> None:
    assert len(commands(read_text("README.md"))) > 20
    assert not is_taken("stauts")
    assert not is_taken("uninstall --everything")


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda path: path.name)
def test_every_example_of_settings_is_read(page: Path) -> None:
    blocks = [block for kind, block in FENCE.findall(page.read_text("utf-8")) if kind == "toml"]
    assert all(isinstance(read(tomllib.loads(block)), Settings) for block in blocks)


@pytest.mark.parametrize("name", READMES)
def test_what_a_reader_finds_in_troubleshooting_is_what_the_app_says(name: str) -> None:
    entries = catalogs()[READMES[name]].entries
    part = re.split(rf"^## {HEADINGS[name]}$", read_text(name), flags=re.MULTILINE)[1].partition("\n## ")[0]
    quoted = [quote for row in ROW.findall(part) for quote in re.findall(r"`([^`]+)`", row)]
    said = [re.sub(r"\{port\}", "8737", words) for words in entries.values()]
    missing = [quote for quote in quoted if not any(form_of(quote).search(words) for words in said)]
    assert len(quoted) > 10
    assert missing == []


def form_of(quote: str) -> re.Pattern[str]:
    """Give the pattern of a quotation in which an ellipsis stands for anything."""
    return re.compile(".*".join(re.escape(part.strip()) for part in re.split("…+", quote)), re.DOTALL)


@pytest.mark.parametrize("name", READMES)
def test_packages_are_called_as_they_are_made_and_of_this_version(name: str) -> None:
    listed = re.findall(r"^\| `\w+` \| `([^`]+)` \|", read_text("packaging/README.md"), flags=re.MULTILINE)
    made = {file.replace("VERSION", __version__) for file in listed}
    named = set(re.findall(r"(?i)\bdingtalk[-_]?tray[-_]\d[\w.-]*\.(?:deb|rpm|exe|dmg|whl|tar\.xz)\b", read_text(name)))
    assert len(named) == 5
    assert named <= made


@pytest.mark.parametrize("name", READMES)
def test_where_the_command_lies_that_no_path_leads_to_is_said(name: str) -> None:
    folder = re.search(r'^InstallDir "\$LOCALAPPDATA(.*)"$', read_text("packaging/windows/installer.nsi"), re.MULTILINE)
    assert folder is not None
    assert rf"`%LOCALAPPDATA%{folder[1]}\dingtalk-tray.exe`" in read_text(name)
    assert "`/Applications/DingTalkTray.app/Contents/MacOS/dingtalk-tray`" in read_text(name)


@pytest.mark.parametrize("name", READMES)
def test_no_command_holds_a_placeholder_that_cannot_be_typed(name: str) -> None:
    blocks = [block for kind, block in FENCE.findall(read_text(name)) if kind == "sh"]
    typed = [line.partition("  #")[0] for block in blocks for line in block.split("\n")]
    assert [line for line in typed if re.search(r"\b[A-Z]{3,}\b|<\w+>|…", line)] == []


@pytest.mark.parametrize("name", READMES)
def test_the_folders_are_those_of_each_system(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    rows = re.findall(r"^\| [^|]+ \| `(~[^`]+)` \| `(~[^`]+)` \| `(%[^`]+)` \|$", read_text(name), re.MULTILINE)
    of = Unix("dingtalk-tray"), MacOS("dingtalk-tray")
    home = str(Path.home())
    for at, system in enumerate(of):
        folders = [system.user_config_dir, system.user_data_dir, system.user_log_dir]
        assert [row[at] for row in rows] == [folder.replace(home, "~").replace("\\", "/") for folder in folders]
    assert [row[2].partition("dingtalk-tray")[2] for row in rows] == ["", "", r"\Logs"]


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda path: path.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text("utf-8"))
    assert [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")] == []


@pytest.mark.parametrize("name", READMES)
def test_what_a_reader_is_told_to_click_is_what_the_app_shows(name: str) -> None:
    bold = re.findall(r"(?<!^- )\*\*([^*\n]+)\*\*", read_text(name), re.MULTILINE)
    labels = [words.removesuffix(" ▸") for words in bold]
    shown = catalogs()[READMES[name]].entries.values()
    assert len(labels) > 2
    assert [label for label in labels if not any(label in words for words in shown)] == []


def test_the_chinese_readme_says_nin() -> None:
    assert re.findall(r"你们?", read_text("README.zh-CN.md")) == []


def test_the_chinese_readme_quotes_the_apps_own_words() -> None:
    quoted = {
        words.rstrip("…")
        for words in re.findall(r"“([^“”]+)”", FENCE.sub("", read_text("README.zh-CN.md")))
        if words != "AppIndicator and KStatusNotifierItem Support"
    }
    agents = catalogs()[Language.ZH]
    shown = [*agents.entries.values()]
    assert len(quoted) > 5
    assert sorted(words for words in quoted if not any(words in said for said in shown)) == []
