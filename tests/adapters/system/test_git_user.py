"""The operator's name, from git itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tray_app.adapters.system.git_user import GitUser

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(not shutil.which("git"), reason="needs git")]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = 全局 名字\n", "utf-8")
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def project(tmp_path: Path, environ: dict[str, str]) -> Path:
    project = tmp_path / "项目"
    project.mkdir()
    subprocess.run(["git", "init", "-q", str(project)], env=environ, check=True)
    subprocess.run(["git", "-C", str(project), "config", "user.name", "Project Person"], env=environ, check=True)
    return project


def _counting_git(folder: Path, answer: str) -> Path:
    """A git that notes each start in `calls`."""
    tools = folder / "bin"
    tools.mkdir()
    git = tools / "git"
    git.write_text(f"#!/bin/sh\necho \"$PWD $DINGTALK_SECRET\" >> '{folder}/calls'\n{answer}\n")
    git.chmod(0o755)
    return tools


async def test_a_projects_own_name_wins_over_the_global_one(environ: dict[str, str], project: Path) -> None:
    operator = GitUser({**environ, "GIT_DIR": "/nowhere"})
    assert await operator.name(str(project)) == "Project Person"
    assert await operator.name() == "全局 名字"
    assert await operator.name(str(project / "gone")) == "全局 名字"


async def test_one_process_per_project_however_often_it_is_asked(tmp_path: Path, environ: dict[str, str]) -> None:
    tools = _counting_git(tmp_path, "echo Somebody")
    operator = GitUser({**environ, "PATH": f"{tools}:/usr/bin:/bin", "DINGTALK_SECRET": "hidden"})
    for _ in range(3):
        assert await operator.name(str(tmp_path)) == "Somebody"
    assert (tmp_path / "calls").read_text().splitlines() == [f"{tmp_path} "]


@pytest.mark.parametrize("answer", ["exit 1", "exec sleep 30", "printf ''", "printf '\\n\\n'"])
async def test_a_git_that_does_not_say_is_an_empty_name(tmp_path: Path, environ: dict[str, str], answer: str) -> None:
    tools = _counting_git(tmp_path, answer)
    assert await GitUser({**environ, "PATH": f"{tools}:/usr/bin:/bin"}).name() == ""


async def test_a_machine_without_git_is_an_empty_name(tmp_path: Path, environ: dict[str, str]) -> None:
    assert await GitUser({**environ, "PATH": str(tmp_path)}).name() == ""


async def test_strange_bytes_and_endless_names_are_cut(tmp_path: Path, environ: dict[str, str]) -> None:
    tools = _counting_git(tmp_path, "printf '\\377'; head -c 5000 /dev/zero | tr '\\0' x")
    assert await GitUser({**environ, "PATH": f"{tools}:/usr/bin:/bin"}).name() == "\ufffd" + "x" * 99
