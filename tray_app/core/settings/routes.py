"""Which robot gets a message that names none: the owner's routes by project, tool and kind; the first that fits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.values import ROBOT, FieldShape, ValueKind, Wrong, choice

_LONGEST = 500
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_REPORTS = {"dingtalk_notify_session_end": "session_end", "dingtalk_notify_task_complete": "task_done"}


class RouteKind(StrEnum):
    """What a message is about. The first four are also told by themselves; everything else is a `message`."""

    SESSION_END = "session_end"
    TASK_DONE = "task_done"
    WAITING = "waiting"
    FAILURE = "failure"
    MESSAGE = "message"


def _line(want: Text, fits: Callable[[str], bool] = bool) -> ValueKind:
    """Something of one line that fits."""

    def read(value: object) -> str:
        said = value.strip() if isinstance(value, str) else ""
        if not (said and said.isprintable() and len(said) <= _LONGEST and fits(said)):
            raise Wrong(want)
        return said

    return ValueKind(shape=FieldShape.WORD, read=read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    r"""One line of the owner's table. Empty conditions always hold; at least one is not empty.

    `project` is a folder (`/code/api`, `~/code/*-api`, `C:\code\api`), which holds for everything below it too, or a
    project's bare name. `*` and `?` stand for parts of one name, `**` for any folders.
    """

    project: Annotated[str, _line(text("settings.want_project"), lambda said: is_name(said) or is_folder(said))] = ""
    tool: Annotated[str, _line(text("settings.want_tool"))] = ""
    kind: Annotated[str, choice({kind.value: kind.value for kind in RouteKind})] = ""
    robot: Annotated[str, ROBOT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a message is about; `folder` and `project` (the folder's last part) are empty where no session is known.

    In a git worktree, which has a name then, `main_folder` is the same folder in the project's main checkout.
    """

    folder: str = ""
    project: str = ""
    worktree: str = ""
    main_folder: str = ""
    tool: str = ""
    kind: RouteKind = RouteKind.MESSAGE


def kind_of(tool: str) -> RouteKind:
    """What a tool's messages are about; automatic notices have their kind for a tool."""
    word = _REPORTS.get(tool, tool)
    return RouteKind(word) if word in set(RouteKind) else RouteKind.MESSAGE


def route(routes: Sequence[Route], subject: Subject, *, home: str) -> Route | None:
    """Find the first route that fits; `home` is what `~` stands for."""
    return next((one for one in routes if _fits(one, subject, home)), None)


def by_project(routes: Sequence[Route]) -> bool:
    """Whether it matters whose message it is."""
    return any(one.project for one in routes)


def is_name(project: str) -> bool:
    """Whether a route's `project` is a bare name, not a folder."""
    return not re.search(r"[\\/]", project) and project != "~"


def is_folder(project: str) -> bool:
    """Whether a route's `project` is a whole path: from a root, a drive or the owner's home folder."""
    return bool(project.startswith("/") or re.match(r"~(?:[\\/]|$)", project) or _WINDOWS.match(project))


def _fits(one: Route, subject: Subject, home: str) -> bool:
    return (
        (not one.kind or one.kind == subject.kind)
        and (not one.tool or _like(subject.tool, one.tool))
        and (not one.project or is_in(one.project, subject, home=home))
    )


def is_in(project: str, subject: Subject, *, home: str) -> bool:
    """Whether what is meant by a route's `project` holds the subject; `home` is what `~` stands for."""
    if is_name(project):
        return any(_like(name, project) for name in (subject.project, subject.worktree) if name)
    wanted = home.rstrip("/\\") + project[1:] if project.startswith("~") else project
    folders = (subject.folder, subject.main_folder)
    return any(_below(_parts(folder), _parts(wanted)) for folder in folders if folder)


def _parts(path: str) -> list[str]:
    """Cut a path into names. Windows takes either slash, and no notice of case."""
    if _WINDOWS.match(path):
        path = path.replace("\\", "/").casefold()
    return path.rstrip("/").split("/")


def _below(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path begins as wanted. `ends`: where in it the words up to now may have ended."""
    ends = {0}
    for word in wanted:
        if word == "**":
            ends = set(range(min(ends), len(parts) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(parts) and _like(parts[end], word)}
        if not ends:
            return False
    return True


def _like(name: str, wanted: str) -> bool:
    return fnmatchcase(name, wanted.replace("[", "[[]"))  # folders may be called [slug]: a bracket is a bracket
