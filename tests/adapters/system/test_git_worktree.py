"""Git's own worktrees and submodules, made by git itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.adapters.system.git_worktree import place_of
from tray_app.core.sessions.place import Place

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> None:
    given = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "protocol.file.allow=always",
        "-c",
        "commit.gpgsign=false",
    )
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *given, *words], cwd=folder, check=True, capture_output=True, env=environ)


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "begin")
    return folder


def worktree(main: Path, folder: Path) -> Path:
    git(main, "worktree", "add", "-q", "--detach", str(folder))
    return folder


@needs_git
def test_a_worktree_anywhere_belongs_to_the_project_it_was_made_from(tmp_path: Path) -> None:
    shop = repository(tmp_path / "shop")
    (shop / "api").mkdir()
    for folder in (
        tmp_path / "elsewhere" / "hotfix",
        shop / ".claude" / "worktrees" / "fix-login",
        shop / ".wt" / "a b",
    ):
        made = worktree(shop, folder)
        (made / "api").mkdir()
        assert place_of(str(made)) == Place(project="shop", worktree=folder.name, main_folder=str(shop))
        inside = Place(project="api", worktree=folder.name, main_folder=str(shop / "api"))
        assert place_of(str(made / "api")) == inside
    assert place_of(str(shop)) == Place(project="shop")
    assert place_of(str(shop / "api")) == Place(project="api")


@needs_git
def test_a_submodule_is_a_project_of_its_own_in_a_worktree_too(tmp_path: Path) -> None:
    shop, lib = repository(tmp_path / "shop"), repository(tmp_path / "library")
    git(shop, "submodule", "--quiet", "add", str(lib), "lib")
    git(shop, "commit", "-q", "-m", "take the library")
    assert (shop / ".git" / "modules" / "lib").is_dir()
    assert place_of(str(shop / "lib")) == Place(project="lib")
    made = worktree(shop, tmp_path / "hotfix")
    git(made, "submodule", "--quiet", "update", "--init")
    assert place_of(str(made / "lib")) == Place(project="lib", worktree="hotfix", main_folder=str(shop / "lib"))
    of_lib = worktree(shop / "lib", tmp_path / "lib-fix")
    assert place_of(str(of_lib)) == Place(project="lib", worktree="lib-fix", main_folder=str(shop / "lib"))


@needs_git
@pytest.mark.parametrize("bare", ["shop.git", "shop/.bare"])
def test_a_worktree_of_a_bare_repository_belongs_to_the_folder_it_is_named_by(tmp_path: Path, bare: str) -> None:
    source = repository(tmp_path / "source")
    (tmp_path / bare).parent.mkdir(exist_ok=True)
    git(tmp_path, "clone", "-q", "--bare", str(source), bare)
    made = worktree(tmp_path / bare, tmp_path / "shop" / "hotfix")
    assert place_of(str(made)) == Place(project="shop", worktree="hotfix", main_folder=str(tmp_path / "shop"))


@needs_git
def test_a_repository_with_its_git_folder_elsewhere_is_no_worktree(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", f"--separate-git-dir={tmp_path / 'store.git'}")
    assert (folder / ".git").is_file()
    assert place_of(str(folder)) == Place(project="shop")


def test_a_link_of_a_worktree_may_be_relative_and_its_repository_gone(tmp_path: Path) -> None:
    (tmp_path / "fix").mkdir()
    (tmp_path / "fix" / ".git").write_text("gitdir: ../shop/.git/worktrees/fix\n")
    assert place_of(str(tmp_path / "fix")) == Place(project="shop", worktree="fix", main_folder=str(tmp_path / "shop"))


@pytest.mark.parametrize("said", [b"", b"gitdir:", b"nonsense", b"\xff\x00", b"gitdir: " + b"x" * 200_000])
def test_a_git_file_that_says_nothing_leaves_the_folder_as_its_path_says(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "fix").mkdir()
    (tmp_path / "fix" / ".git").write_bytes(said)
    assert place_of(str(tmp_path / "fix")) == Place(project="fix")


def test_a_pipe_in_the_place_of_the_file_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / "fix").mkdir()
    make_pipe(tmp_path / "fix" / ".git")
    assert place_of(str(tmp_path / "fix")) == Place(project="fix")


def test_a_folder_that_is_gone_is_told_by_its_path_and_says_so(tmp_path: Path) -> None:
    assert place_of(str(tmp_path / "gone")) == Place(project="gone", gone=True)
    path = str(tmp_path / "shop" / ".claude" / "worktrees" / "x")
    assert place_of(path) == Place(project="shop", worktree="x", main_folder=str(tmp_path / "shop"), gone=True)
    for odd in ("", "relative/shop", "nul\0", "x" * 5_000, r"C:\code\shop" if sys.platform != "win32" else "/x"):
        assert place_of(odd).gone
