"""Which transcripts there are, and in which folders."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tray_app.adapters.claude_code.tail import Tail

_DEEPEST = 6
_JUNCTION = 0xA000_0003  # IO_REPARSE_TAG_MOUNT_POINT
_SETTLED_NS = 2_000_000_000  # the coarsest clock of a file system: a younger change may hide another one
_AT_ONCE = 400  # session folders looked at per pass


@dataclass(slots=True)
class _Folder:
    path: str
    depth: int
    mtime_ns: int = -1
    settled: bool = False


class Seen(NamedTuple):
    """What tells that a file is another than before, without a look into it. Windows has no change time: 0."""

    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0  # changes also where the other times are set back
    inode: int = 0


class Transcript:
    """One file: whose it is, and how far it was read. `session_id` is empty until a nameless sub-agent's first line."""

    __slots__ = ("_facts", "is_agent", "path", "seen", "session_id", "usage")

    def __init__(self, path: str, session_id: str, *, is_agent: bool = False) -> None:
        """Touch nothing yet."""
        self.path = path
        self.session_id = session_id
        self.is_agent = is_agent
        self.seen = Seen()
        self.restart()

    @property
    def mtime_ns(self) -> int:
        """When it was last written, as last looked at."""
        return self.seen.mtime_ns

    def stirred(self) -> bool:
        """As `changed`, but noting nothing; a file that is gone has not stirred."""
        try:
            return self._look() != self.seen
        except OSError:
            return False

    def changed(self) -> bool:
        """Whether the file is another than when last looked at. Raises OSError where it is gone."""
        before, self.seen = self.seen, self._look()
        return self.seen != before

    def _look(self) -> Seen:
        now = os.stat(self.path, follow_symlinks=False)  # noqa: PTH116 -- a third of Path.stat's time, each second
        return Seen(now.st_size, now.st_mtime_ns, 0 if sys.platform == "win32" else now.st_ctime_ns, now.st_ino)

    def settle(self, session_id: str) -> str:
        """Say whose transcript this is, for good."""
        self.session_id = session_id or Path(self.path).stem
        return self.session_id

    def restart(self) -> None:
        """Read from the start next time."""
        self.usage = Tail(self.path, checked=True)
        self._facts: Tail | None = None

    @property
    def facts(self) -> Tail:
        """How far all but what was used is read."""
        if self._facts is None:
            self._facts = Tail(self.path)
        return self._facts

    def rest(self) -> None:
        """Read all but what was used from the start next time; until then it takes little room."""
        self._facts = None
        self.usage.rest()


class TranscriptFiles:
    """Links and junctions below `projects` are not followed: none must make us read (or count) what lies elsewhere."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Touch nothing yet."""
        self._tops = [_Folder(_of_any_length(folder / "projects"), 0) for folder in folders]
        self._near: dict[str, _Folder] = {}  # the projects
        self._far: dict[str, _Folder] = {}  # sessions' own folders, and what is in them
        self._known: set[str] = set()
        self._next = 0

    def new(self) -> Iterator[Transcript]:
        """Files that were not there at the last call."""
        for folder in (*self._tops, *list(self._near.values()), *self._some_far()):
            yield from self._look(folder)

    def forget(self, path: str) -> None:
        """Report this file again if it is still, or again, there when its folder changes."""
        self._known.discard(path)

    def look_again(self) -> None:
        """List every folder anew at the next call, and report every file again."""
        self._known.clear()
        for folder in (*self._tops, *self._near.values(), *self._far.values()):
            folder.mtime_ns = -1

    def _some_far(self) -> list[_Folder]:
        far = list(self._far.values())
        if len(far) <= _AT_ONCE:
            return far
        start = self._next % len(far)
        self._next = start + _AT_ONCE
        return far[start : start + _AT_ONCE]

    def _look(self, folder: _Folder) -> Iterator[Transcript]:
        try:
            at = os.stat(folder.path, follow_symlinks=folder.depth == 0)  # noqa: PTH116 -- a third of Path.stat's time
            mtime_ns = at.st_mtime_ns
            if mtime_ns == folder.mtime_ns and folder.settled:
                return
            folder.settled = abs(time.time_ns() - mtime_ns) > _SETTLED_NS
            folder.mtime_ns = mtime_ns
            with os.scandir(folder.path) as entries:
                listed = list(entries)
        except OSError:
            self._near.pop(folder.path, None)
            self._far.pop(folder.path, None)
            return
        for entry in listed:
            yield from self._entry(entry, folder.depth + 1)

    def _entry(self, entry: os.DirEntry[str], depth: int) -> Iterator[Transcript]:
        try:
            if entry.name.endswith(".jsonl"):
                if entry.path not in self._known and entry.is_file(follow_symlinks=False):
                    self._known.add(entry.path)
                    yield transcript_at(entry.path)
                return
            if depth > _DEEPEST or not entry.is_dir(follow_symlinks=False) or _is_junction(entry):
                return
        except OSError:
            return
        level = self._near if depth == 1 else self._far
        if entry.path not in level:
            level[entry.path] = _Folder(entry.path, depth)
            yield from self._look(level[entry.path])


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder of Windows that leads elsewhere, and says of itself that it is no link."""
    return sys.platform == "win32" and entry.stat(follow_symlinks=False).st_reparse_tag == _JUNCTION


def _of_any_length(path: Path) -> str:
    r"""Write a path so that Windows takes what is below it beyond 260 characters, as Claude Code (Node) writes it.

    A project's folder is named after its path, and a sub-agent's transcript lies four levels below. `\\?\` is taken
    literally, so the path must be whole and without `..`.
    """
    if sys.platform != "win32":
        return str(path)
    whole = os.path.abspath(path)  # noqa: PTH100 - without following links
    if whole.startswith("\\\\?\\"):
        return whole
    return "\\\\?\\" + (f"UNC{whole[1:]}" if whole.startswith("\\\\") else whole)


def transcript_at(path: str) -> Transcript:
    """Whose transcript a file is, by its name: `<session>.jsonl` or `<session>/subagents/…/agent-<id>.jsonl`."""
    stem = path.rpartition(os.sep)[2].removesuffix(".jsonl")  # a third of Path's time, for each of thousands
    if not stem.startswith("agent-"):
        return Transcript(path, stem)
    parts = Path(path).parts
    session_id = parts[parts.index("subagents") - 1] if "subagents" in parts[2:] else ""
    return Transcript(path, session_id, is_agent=True)


def config_folders(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Every configuration folder, once, existing or not (it may appear later).

    `CLAUDE_CONFIG_DIR` may list several with commas, as ccusage reads it; `~` is the given home.
    """
    named = [part.strip() for part in environ.get("CLAUDE_CONFIG_DIR", "").split(",")]
    chosen = [_under_home(part, home) for part in named if part]
    if not chosen:
        settings_home = environ.get("XDG_CONFIG_HOME", "")
        chosen = [Path(settings_home) if settings_home else home / ".config", home / ".claude"]
        chosen[0] /= "claude"
    return tuple(dict.fromkeys(chosen))


def _under_home(part: str, home: Path) -> Path:
    return home / part.removeprefix("~").lstrip("/\\") if part.startswith("~") else Path(part)
