"""The command line by itself: usage, help, version and streams, without an app."""

import argparse
import inspect
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import environment, fresh_command
from tray_app import __version__
from tray_app.cli import grammar, main
from tray_app.cli.commands import PLACES

WISHES = ["check", "show", "test", "reset"]
KINDS = ["text", "markdown", "link", "card", "feed"]
HEAVY = {
    "mcp",
    "pydantic",
    "starlette",
    "uvicorn",
    "httpx",
    "keyring",
    "jinja2",
    "PIL",
    "sqlite3",
    "asyncio",
    "tomlkit",
}


def said(*arguments: str, language: str = "en", home: Path = Path("/nonexistent")) -> tuple[int, str, str]:
    """Run in this process; give the exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    environ = {"DINGTALK_TRAY_HOME": str(home), "LANG": language}
    code = main(arguments, environ=environ, given=io.StringIO(), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_the_version_is_printed() -> None:
    assert said("--version") == (0, f"dingtalk-tray {__version__}\n", "")


def test_help_names_every_command_in_both_languages() -> None:
    for language, heading in (("en", "usage: dingtalk-tray"), ("zh_CN", "用法：dingtalk-tray")):
        code, out, err = said("--help", language=language)
        assert (code, err) == (0, "")
        assert out.startswith(heading)
        assert [name for name in PLACES if not re.search(rf"^    {name}\s", out, re.MULTILINE)] == []
        assert "⟨" not in out


@pytest.mark.parametrize("name", [*PLACES, *(f"send {kind}" for kind in KINDS), *(f"policy {wish}" for wish in WISHES)])
def test_every_command_has_help_in_both_languages(name: str) -> None:
    for language, words in (("en", "show this help"), ("zh_CN", "显示帮助")):
        code, out, err = said(*name.split(), "--help", language=language)
        assert (code, err) == (0, "")
        assert words in out
        assert "⟨" not in out
        assert ("options" in out) == (language == "en")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("run", "--port", "65536"),
        ("run", "--port", "-1"),
        ("history", "--limit", "many"),
        ("history", "--limit", "1001"),
        ("send",),
        ("send", "card", "title", "text"),
        ("send", "feed", "--item", "title", "url"),
        ("robots", "--test", "a", "--remove", "b"),
        ("setup", "--test", "--no-test"),
        ("setup", "--page", "--from-env"),
        ("setup", "--channel", "fax"),
        ("status", "--js"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_where_the_help_is(arguments: tuple[str, ...]) -> None:
    code, out, err = said(*arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("Help: dingtalk-tray")
    code, out, err = said(*arguments, language="zh_CN")
    assert (code, out) == (2, "")
    assert "用法有误" in err
    assert err.splitlines()[-1].startswith("查看帮助：dingtalk-tray")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("send",), "缺少必需的参数：KIND"),
        (("status", "--js"), "无法识别的参数：--js"),
        (("usage", "--by", "month"), "参数 --by：无效的选项：'month'"),
        (("robots", "--test"), "参数 --test：需要一个值"),
        (("robots", "--test", "a", "--remove", "b"), "参数 --remove：不能与参数 --test 同时使用"),
        (("send", "feed", "--item", "a"), "参数 --item：需要 3 个值"),
        (("status", "--json=x"), "参数 --json：此选项不接受值：'x'"),
    ],
)
def test_what_argparse_says_by_itself_is_said_in_chinese_too(arguments: tuple[str, ...], fault: str) -> None:
    code, out, err = said(*arguments, language="zh_CN")
    assert (code, out) == (2, "")
    assert fault in err


def test_every_sentence_of_this_python_that_an_owner_can_meet_is_known() -> None:
    met = set(
        re.findall(
            r"_\('((?:argument|unrecognized|the following|one of|not allowed|invalid choice|expected"
            r"|ambiguous|ignored)[^']*)'",
            inspect.getsource(argparse),
        )
    )
    assert len(met) > 6
    assert {one for one in met if one not in grammar._sentences() and "mode" not in one} == set()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("history", "--help"), ("completion", "bash")])
def test_who_reads_no_further_meets_no_error(arguments: tuple[str, ...], tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    words = [sys.executable, "-m", "tray_app", *arguments]
    done = subprocess.run(words, env=environment(tmp_path), stdout=writes, stderr=subprocess.PIPE, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (0, b"")


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def shown(out: io.StringIO, **more: str) -> str:
        environ = {"DINGTALK_TRAY_HOME": str(tmp_path), "LANG": "en", **more}
        main(["doctor"], environ=environ, given=io.StringIO(), out=out, err=io.StringIO())
        return out.getvalue()

    assert "\x1b[" in shown(Terminal())
    assert "\x1b[" not in shown(Terminal(), NO_COLOR="1")
    assert "\x1b[" in shown(Terminal(), NO_COLOR="")
    assert "\x1b[" not in shown(Terminal(), TERM="dumb")
    assert "\x1b[" not in shown(io.StringIO())


def test_the_language_of_the_settings_wins_over_the_environments(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('language = "zh"\n')
    assert said("status", home=tmp_path)[2].startswith("dingtalk-tray 未运行")
    assert said("status")[2].startswith("dingtalk-tray is not running")


@pytest.mark.parametrize("rest", ["[endpoint]\nport = 'many'\n", "no_such_key = 1\n"])
def test_the_language_of_the_settings_holds_although_the_rest_of_them_is_wrong(rest: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(f'language = "zh"\n{rest}')
    assert said("status", home=tmp_path)[2].startswith("dingtalk-tray 未运行")


@pytest.mark.parametrize(
    "written", [b"\xff\xfe", b"language = 3", b"language = [", b"a" + b".a" * 50_000 + b" = 1", b"x" * 200_000]
)
def test_a_file_that_is_no_settings_file_leaves_the_environments_language(written: bytes, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_bytes(written)
    assert said("status", home=tmp_path)[2].startswith("dingtalk-tray is not running")


def test_a_command_runs_without_any_standard_stream(tmp_path: Path) -> None:
    script = "import sys; sys.stdin = sys.stdout = sys.stderr = None; from tray_app.cli import main; sys.exit(main())"
    for arguments, code in ((["status"], 1), (["--help"], 0), (["bogus"], 2), (["send", "text", "-"], 1)):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, *arguments], env=environment(tmp_path), check=False
        )
        assert done.returncode == code


@pytest.mark.parametrize("command", ["status", "pause", "resume", "approvals", "quit"])
def test_a_small_command_loads_neither_the_app_nor_what_it_stands_on(command: str, tmp_path: Path) -> None:
    environ = environment(tmp_path)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tray_app", command], env=environ, capture_output=True, check=False
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "tray_app.app.client.remote" in loaded
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()
    ours = ("tray_app.services", "tray_app.channels", "tray_app.core.settings", "tray_app.core.state.snapshot")
    assert [name for name in loaded if name.startswith((*ours, "tray_app.core.menu", "tray_app.core.messages"))] == []


def test_python_m_and_the_script_are_the_same_command(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("dingtalk-tray" + (".exe" if os.name == "nt" else ""))
    if not script.exists():
        pytest.skip("the script is not installed beside this Python")
    done = subprocess.run([script, "--version"], env=environment(tmp_path), capture_output=True, check=False)
    assert done.stdout.decode() == fresh_command("--version", environ=environment(tmp_path)).out


def test_a_length_that_is_none_and_a_misspelled_command_are_told_how_to_be_written() -> None:
    code, out, err = said("pause", "3x")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "This is no length of a pause",
        "Use for example: pause 45m, pause 1h30m, pause until 14:00, pause tomorrow, pause. 31 days at most.",
    ]
    assert said("satus") == (2, "", "There is no command satus. Did you mean: dingtalk-tray status\n")
