"""Where a session works: the project of its folder, and the worktree, where git has the project checked out twice."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from tray_app.core.sessions.session import Session

_CLAUDE = re.compile(
    r"(?P<main>.+?)[\\/]\.claude[\\/]worktrees[\\/](?P<worktree>[^\\/]+)(?P<rest>(?:[\\/].*)?)", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`project`: the last part of its folder. In a worktree, which has a name then, that folder is `main_folder`.

    `main_folder` is what the folder is in the project's main checkout, and empty outside of worktrees. `gone`: the
    folder is no longer there, so only its path could be asked.
    """

    project: str = ""
    worktree: str = ""
    main_folder: str = ""
    gone: bool = False


@lru_cache(maxsize=512)
def by_path(folder: str) -> Place:
    """What the path alone tells: `shop/.claude/worktrees/fix-login` is a worktree of shop."""
    found = _CLAUDE.fullmatch(folder)
    if found is None:
        return Place(project=last_part(folder))
    return in_worktree(found["main"] + found["rest"], found["worktree"])


def in_worktree(main_folder: str, worktree: str) -> Place:
    """A folder of a worktree, by what it is in the main checkout."""
    return Place(project=last_part(main_folder), worktree=worktree, main_folder=main_folder.rstrip("\\/"))


def placed(session: Session, place: Place) -> Session:
    """The session with its project as its folder is known to be."""
    if not place.worktree:
        return session
    return replace(session, project=place.project, worktree=place.worktree, main_folder=place.main_folder)


def last_part(folder: str) -> str:
    """The folder's own name, on any system."""
    return folder.replace("\\", "/").rstrip("/").rpartition("/")[2]


def named(project: str, worktree: str) -> str:
    """The project for people, with the worktree beside it: `shop (fix-login)`."""
    return f"{project} ({worktree})" if project and worktree else project
