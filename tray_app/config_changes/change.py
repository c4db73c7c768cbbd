"""A change of files as a whole: seen to be possible, carried out, and put back where it could not be after all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tray_app.config_changes.files import ConfigFile, ConfigTrouble, digest
from tray_app.config_changes.journal import Journal, JournalEntry
from tray_app.core.connect.formats import STRICT_JSON, ConfigFormat
from tray_app.core.connect.toml_entry import NotToml
from tray_app.core.jsontext.diff import differences
from tray_app.core.jsontext.edit import NotJson, Undo, WrongShape
from tray_app.whole_files import remove_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file before and after (None: no file); `undo` leads back from after, `base` is what that gives.

    `mode` are the rights it has after (None: those it has), `had` those it had at first, where they are not the same.
    `said` is the change in the words of `lines`, of a file of our own that `disconnect` leaves as it is then.
    """

    path: Path
    before: str | None
    after: str | None
    undo: tuple[Undo, ...] = ()
    base: str | None = None
    said: tuple[str, ...] = ()
    form: ConfigFormat = STRICT_JSON
    mode: int | None = None
    had: int | None = None

    def lines(self) -> list[str]:
        """The change as people read it: what is taken away and what is added, each with its path."""
        if self.said:
            return list(self.said)
        before, after = (self.form.parse(self.form.begun(side)) for side in (self.before, self.after))
        return [*differences(before, after), *self._rights()]

    def _rights(self) -> list[str]:
        now = ConfigFile(path=self.path).mode()
        if self.mode is None or now is None or self.mode == now or self.after is None:
            return []
        return [f"- mode: {now:04o}", f"+ mode: {self.mode:04o}"]


class UnderWay:
    """Changes that are being carried out: `backups` of the files before, and what was `written` so far."""

    def __init__(self, backups: dict[Path, Path]) -> None:
        """Nothing is written yet."""
        self.backups = backups
        self.written: dict[Path, str | None] = {}
        self.folders: dict[Path, tuple[Path, ...]] = {}  # that were not there, the innermost first
        self.modes = {path: ConfigFile(path=path).mode() for path in backups}

    def write(self, change: Change, content: str | None) -> None:
        """Write the change's file, in place of what we wrote last or of what was planned on. Raises ConfigTrouble."""
        before = self.written.get(change.path, change.before)
        if content is not None:
            self.folders.setdefault(change.path, missing_folders(change.path))
        ConfigFile(path=change.path).write(content, instead_of=before, mode=change.mode)
        self.written[change.path] = content

    def put_back(self, changes: Sequence[Change]) -> None:
        """Give every file that was written its bytes of before. Raises ConfigTrouble, naming one that cannot have them.

        What somebody else has written into it meanwhile stays: only our steps are taken out then.
        """
        stuck: ConfigFile | None = None
        for change in reversed([each for each in changes if each.path in self.written]):
            file, after = ConfigFile(path=change.path), self.written[change.path]
            try:
                now = file.read()
                before = change.before if now == after else change.form.revert(now or "", change.undo)
                if before != now:
                    file.write(before, instead_of=now, mode=self.modes.get(change.path))
                remove_empty(self.folders.get(change.path, ()))
            except (ConfigTrouble, NotJson, NotToml, WrongShape):
                stuck = file
        if stuck is not None:
            raise stuck.half_done(self.backups.get(stuck.path))


@contextmanager
def whole(changes: Sequence[Change], journal: Journal) -> Iterator[UnderWay]:
    """See that everything can be written before anything is; put it back where it could not be after all.

    Raises ConfigTrouble.
    """
    for change in changes:
        ConfigFile(path=change.path).rehearse(change.after)
    journal.rehearse()
    memory = journal.text()
    backups = {change.path: journal.copy(change.path, change.before) for change in changes if change.before is not None}
    under_way = UnderWay(backups)
    try:
        yield under_way
    except BaseException:
        under_way.put_back(changes)
        journal.restore(memory)
        raise


def remember(journal: Journal, change: Change, under_way: UnderWay) -> None:
    """Keep the way back of a change that was written. Raises ConfigTrouble."""
    base = under_way.backups.get(change.path) if change.base == change.before else None
    if base is None and change.base is not None:
        base = journal.copy(change.path, change.base)
    after, known = digest(under_way.written[change.path]), journal.entry(change.path)
    folders = under_way.folders.get(change.path, ()) or (() if known is None else known.folders)
    journal.keep(change.path, JournalEntry(undo=change.undo, after=after, base=base, mode=change.had, folders=folders))


def forget(journal: Journal, change: Change) -> None:
    """The file is as it was: forget the way back, and remove folders that were made for it. Raises ConfigTrouble."""
    entry = journal.entry(change.path)
    journal.forget(change.path)
    if entry is not None and change.after is None:
        remove_empty(entry.folders)


def missing_folders(path: Path) -> tuple[Path, ...]:
    """Give the folders that writing this file would make, the innermost first."""
    parents = Path(os.path.realpath(path)).parents
    return tuple(takewhile(lambda folder: not folder.exists(), parents))


def exact(entry: JournalEntry | None, before: str | None) -> bool:
    """Whether the file is as we left it and its state before is at hand, so that the one can take the other's place."""
    if entry is None or digest(before) != entry.after:
        return False
    return entry.base is None or Journal.read_copy(entry.base) is not None


def base_of(entry: JournalEntry) -> str | None:
    """Give the state before; None where there was no file."""
    return None if entry.base is None else Journal.read_copy(entry.base)
