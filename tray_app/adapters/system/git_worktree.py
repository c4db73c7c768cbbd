"""Whether a folder lies in a git worktree, and of which project: asked of git's own files, a few small reads at most.

A worktree's `.git` is a file, `gitdir: /code/shop/.git/worktrees/fix-login`. A submodule's is one too, but leads to
`.git/modules/…`: it is a project of its own, which may lie in a worktree all the same.
"""

import os
import re
import stat
from pathlib import Path

from tray_app.core.sessions.place import Place, by_path, in_worktree

_DEEPEST = 64
_LONGEST = 64 * 1024
_GITDIR = re.compile(r"gitdir:\s*(\S.*?)\s*")
_WORK_FOLDER = re.compile(r"^\s*worktree\s*=\s*\"?([^\"\n]+?)\"?\s*$", re.MULTILINE)


def place_of(folder: str) -> Place:
    """Where a folder is. Blocks for as long as the disk takes; never raises."""
    told = by_path(folder)
    try:
        found = _worktree(Path(folder)) if os.path.isabs(folder) else None  # noqa: PTH117 - a foreign path is no Path
        gone = not os.path.isdir(folder)  # noqa: PTH112 - takes NUL and foreign paths
    except (OSError, ValueError):
        found, gone = None, True
    if found is not None:
        return found
    return Place(project=told.project, worktree=told.worktree, main_folder=told.main_folder, gone=gone)


def _worktree(folder: Path) -> Place | None:
    """The worktree that the folder is in; None for a main checkout, and where git knows nothing of it."""
    for root in (folder, *folder.parents)[:_DEEPEST]:
        mark = root / ".git"
        kind = _kind(mark)
        if kind is None:
            continue
        leads = _leads_to(mark) if stat.S_ISREG(kind) else None
        if leads is None:
            return None
        if leads.parent.name == "worktrees":
            main = _main_checkout(leads.parent.parent)
            return in_worktree(str(main / folder.relative_to(root)), root.name)
        if "modules" not in leads.parts:
            return None
    return None


def _main_checkout(common: Path) -> Path:
    """The folder of the project whose repository this is; a bare one has none, and lends its own name."""
    if common.name == ".git":
        return common.parent
    found = _WORK_FOLDER.search(_read(common / "config"))
    if found is not None:
        return Path(os.path.normpath(common / found[1]))
    return common.parent if common.name.startswith(".") else common.with_name(common.name.removesuffix(".git"))


def _leads_to(mark: Path) -> Path | None:
    found = _GITDIR.fullmatch(_read(mark))
    return None if found is None else Path(os.path.normpath(mark.parent / found[1]))


def _kind(path: Path) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - as above
    except OSError:
        return None


def _read(path: Path) -> str:
    """A small regular file; empty where it is none. Opened so that a pipe in its place does not block."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(_LONGEST).decode("utf-8", "replace") if plain else ""
    except OSError:
        return ""
