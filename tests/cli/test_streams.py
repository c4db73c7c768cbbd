"""What is piped into a command and out of it is UTF-8, whatever the system's code page; a terminal keeps its own."""

import io
import json
import locale
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Done, command, environment, fresh_command, robot_variables
from tests.support.forks import running_app
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.cli.main import main
from tray_app.cli.table import width

WORDS = "你好 🎉 é"


class App:
    """A running app and its group, spoken to by a Python that would take the code page for its streams."""

    def __init__(self, home: Path, group: SandboxRobot) -> None:
        self.home = home
        self.group = group

    def __call__(self, *arguments: str, page: str, given: bytes = b"") -> Done:
        environ = environment(self.home, PYTHONUTF8="0", PYTHONIOENCODING=page)
        return fresh_command(*arguments, environ=environ, given=given)

    @property
    def heard(self) -> str:
        return str(self.group.received[-1])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("家")
    with (
        SandboxRobot(per_minute=0) as group,
        running_app(home, environ=environment(home, **robot_variables(group))),
    ):
        yield App(home, group)


@pytest.mark.parametrize(("page", "mark"), [("cp936", b""), ("cp1252", b""), ("ascii", b"\xef\xbb\xbf")])
def test_piped_words_arrive_whole_and_are_told_whole(app: App, page: str, mark: bytes) -> None:
    sent = app("send", "text", "-", page=page, given=mark + f"{page} {WORDS}\n".encode())
    assert (sent.code, sent.err) == (0, "")
    assert f"    {page} {WORDS}\n" in app.heard
    told = app("history", "--json", "--limit", "1", page=page).json()["deliveries"]
    assert told[0]["title"] == f"{page} {WORDS}"
    assert f"{page} {WORDS}" in app("history", page=page).out


def test_words_that_are_no_utf8_are_read_as_the_system_writes_them(
    app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`echo` in a Windows console, and a terminal of an old Unix, put their own encoding into a pipe."""
    monkeypatch.setattr(locale, "getencoding", lambda: "gbk")
    given = io.TextIOWrapper(io.BytesIO("旧编码".encode("gbk")), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", given)
    assert main(["send", "text", "-"], environ=environment(app.home), given=given) == 0
    assert "旧编码" in app.heard
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_of_powershell_is_read_whatever_bytes_its_letters_have(app: App, encoding: str) -> None:
    """Its `>` writes UTF-16. The first letter has a byte that looks like the end of a line."""
    given = f"\ufeff不是上 🎉\r\n{encoding}\r\n".encode(encoding)
    sent = app("send", "text", "-", page="cp936", given=given)
    assert (sent.code, sent.err) == (0, "")
    assert f"不是上 🎉\n    {encoding}\n" in app.heard


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Linux")
def test_a_terminal_that_cannot_show_a_tick_gets_a_question_mark(app: App) -> None:
    from tests.support.terminal import terminal

    environ = environment(app.home, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LANGUAGE="zh_CN")
    with terminal("send", "text", "hello", environ=environ) as screen:
        assert screen.code() == 0
        assert screen.screen.rstrip().endswith("?")
        assert screen.screen.isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Linux")
def test_on_a_terminal_lines_fit_and_have_colours_and_in_a_pipe_nothing_is_cut(app: App) -> None:
    from tests.support.terminal import terminal

    long = "钉钉" * 60
    assert command("send", "text", long, environ=environment(app.home)).code == 0
    for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        environ = environment(app.home, COLUMNS="64", TERM="xterm", LANGUAGE="zh_CN", **more)
        with terminal("history", "--limit", "1", environ=environ) as screen:
            assert screen.code() == 0
        assert ("\x1b[32m✓ 已发送\x1b[0m" in screen.screen) == coloured
        (line,) = re.sub(r"\x1b\[\d+m", "", screen.screen).splitlines()
        assert width(line) <= 64
        assert "…" in line
    piped = command("history", "--limit", "1", environ=environment(app.home, COLUMNS="64"))
    assert "钉钉" * 20 in piped.out
    assert "\x1b" not in piped.out


def test_words_of_the_command_line_are_whole(app: App) -> None:
    assert command("send", "text", WORDS, environ=environment(app.home)).code == 0
    assert app.heard.endswith(f"    {WORDS}")


def test_a_preview_shows_the_words_and_sends_nothing(app: App) -> None:
    before = len(app.group.received)
    shown = command("send", "markdown", "标题", "第一行\n第二行", "--preview", environ=environment(app.home))
    assert (shown.code, shown.err) == (0, "")
    assert [line.strip() for line in shown.out.splitlines()][1:] == ["", "标题", "第一行", "第二行"]
    told = command("send", "text", "一", "--preview", "--json", environ=environment(app.home))
    (part,) = json.loads(told.out)["parts"]
    assert part == {"kind": "text", "text": "一", "content": "一", "mentions": part["mentions"]}
    assert len(app.group.received) == before
