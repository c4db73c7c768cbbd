"""Completion as each shell itself does it: the script is loaded there, and what is typed is completed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import environment, fresh_command
from tests.support.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells of Unix")
_ZSHRC = """
PS1='> '
autoload -Uz compinit
compinit -u -D
eval "$(<{script})"
print READY
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("completion")
    found = {}
    for shell in ("bash", "zsh", "fish"):
        done = fresh_command("completion", shell, environ=environment(folder, LANGUAGE="en"))
        assert (done.code, done.err) == (0, "")
        found[shell] = folder / shell
        found[shell].write_text(done.out)
    return found


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs the Debian package {name}, which is not installed here")
    return found


def run(*words: str, env: dict[str, str] | None = None) -> list[str]:
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=PATIENCE_S, env=env)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["us"], {"usage"}),
        (["usage", "--b"], {"--by"}),
        (["usage", "--by", ""], {"project", "model", "day"}),
        (["approvals", "ap"], {"approve"}),
        (["send", "te"], {"text"}),
    ],
)
def test_bash_completes(scripts: dict[str, Path], typed: list[str], offered: set[str]) -> None:
    words = " ".join(f"'{word}'" for word in ("dingtalk-tray", *typed))
    last, before = typed[-1], (["dingtalk-tray", *typed])[-2]
    asked = (
        f"source {scripts['bash']}; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; "
        f"_shtab_dingtalk_tray dingtalk-tray '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    assert set(run(shell("bash"), "--norc", "-c", asked)) == offered


@pytest.mark.needs("fish")
def test_fish_completes(scripts: dict[str, Path], tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    asked = f"source {scripts['fish']}; complete -C 'dingtalk-tray us'; complete -C 'dingtalk-tray usage --by '"
    done = subprocess.run(
        [shell("fish"), "-c", asked], capture_output=True, text=True, check=True, timeout=PATIENCE_S, env=env
    )
    offered = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert {"usage", "project", "model", "day"} <= set(offered)


@pytest.mark.needs("zsh")
def test_zsh_completes(scripts: dict[str, Path], tmp_path: Path) -> None:
    rc = _ZSHRC.format(script=scripts["zsh"])
    (tmp_path / ".zshrc").write_text(rc)
    with typing_in(shell("zsh"), tmp_path) as screen:
        screen.until("READY")
        screen.type("dingtalk-tray usa\t")
        screen.until("usage ")
        screen.type("--by mo\t")
        screen.until("model")


class Screen:
    """A shell on a terminal of its own."""

    def __init__(self, handle: int) -> None:
        self._handle, self.shown = handle, ""

    def type(self, keys: str) -> None:
        self.shown = ""
        os.write(self._handle, keys.encode())

    def until(self, words: str) -> None:
        """Read until these words stand there."""
        import select

        while words not in self.shown:
            ready, _, _ = select.select([self._handle], [], [], PATIENCE_S)
            assert ready, f"{words!r} does not come: {self.shown!r}"
            self.shown += os.read(self._handle, 65_536).decode("utf-8", "replace")


@contextmanager
def typing_in(program: str, home: Path) -> Iterator[Screen]:
    """Run a shell whose settings are those of `home`."""
    if sys.platform == "win32":
        raise NotImplementedError
    import pty

    handle, other = pty.openpty()
    env = {"HOME": str(home), "ZDOTDIR": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8"}
    try:
        with subprocess.Popen([program, "-i"], stdin=other, stdout=other, stderr=other, env=env) as process:
            os.close(other)
            try:
                yield Screen(handle)
            finally:
                process.kill()
    finally:
        os.close(handle)
