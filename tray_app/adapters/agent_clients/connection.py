"""One client's settings file with our entry in it: what would change, the change, and the way back."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tray_app.config_changes.change import Change, base_of, exact, forget, remember, whole
from tray_app.config_changes.files import ConfigFile, digest
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.clients import ClientKind, is_ours
from tray_app.core.connect.toml_entry import NotToml
from tray_app.core.jsontext.edit import NotJson, Undo, WrongShape


class ClientConnection:
    """Blocking; every method raises ConfigTrouble."""

    def __init__(self, kind: ClientKind, path: Path, journal: Journal) -> None:
        """`path` is the settings file, there or not."""
        self._kind, self._file, self._journal = kind, ConfigFile(path=path), journal

    def entry(self) -> object:
        """What stands in the file in the place of our entry; None for nothing."""
        found = self._parsed(self._file.read())
        for key in self._kind.at:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def plan(self, value: Mapping[str, Any]) -> Change | None:
        """What putting this entry in would change: None for nothing. What an earlier connection did is taken back."""
        kind, entry, before = self._kind, self._journal.entry(self._file.path), self._file.read()
        try:
            start = kind.form.begun(before)
            if kind.form.put(start, kind.at, value).text == start:
                return None
            known = kind.form.revert(start, entry.undo) if entry is not None else start
            edited = kind.form.put(known, kind.at, value)
        except (NotJson, NotToml, WrongShape) as error:
            raise self._file.not_understood(error) from None
        if entry is not None and digest(before) == entry.after:
            base = base_of(entry)
        else:
            base = before if entry is None else known
        now = self._file.mode()
        private = None if now is None else now & ~0o077  # there is a token in it
        return Change(
            path=self._file.path,
            before=before,
            after=edited.text,
            undo=edited.undo,
            base=base,
            form=kind.form,
            mode=private,
            had=now if entry is None or entry.mode is None else entry.mode,
        )

    def plan_undo(self) -> Change | None:
        """What taking it out would change: exactly back where nobody changed the file since, else our entry goes."""
        kind, entry, before = self._kind, self._journal.entry(self._file.path), self._file.read()
        if before is None:
            return None
        mode = None if entry is None else entry.mode
        if entry is not None and exact(entry, before):
            return Change(path=self._file.path, before=before, after=base_of(entry), form=kind.form, mode=mode)
        try:
            after = kind.form.revert(before, entry.undo) if entry is not None else self._without(before)
        except (NotJson, NotToml, WrongShape) as error:
            raise self._file.not_understood(error) from None
        if after == before:
            return None
        return Change(path=self._file.path, before=before, after=after, form=kind.form, mode=mode)

    def connect(self, changes: Sequence[Change]) -> list[Path]:
        """Carry it out, all or nothing; returns the backups. A change in our own words is not taken back later."""
        with whole(changes, self._journal) as under_way:
            for change in changes:
                under_way.write(change, change.after)
                if not change.said:
                    remember(self._journal, change, under_way)
        return list(under_way.backups.values())

    def disconnect(self, change: Change) -> list[Path]:
        """Carry it out; returns the backup."""
        with whole([change], self._journal) as under_way:
            under_way.write(change, change.after)
            forget(self._journal, change)
        return list(under_way.backups.values())

    def _parsed(self, content: str | None) -> object:
        try:
            return self._kind.form.parse(self._kind.form.begun(content))
        except (NotJson, NotToml) as error:
            raise self._file.not_understood(error) from None

    def _without(self, content: str) -> str:
        """Take out what is ours where nobody remembers how it came there."""
        value = self.entry()
        if not is_ours(value):
            return content
        return self._kind.form.revert(content, [Undo(path=self._kind.at, value=value, element=False, created=1)])


def settings_file(places: Sequence[str]) -> Path:
    """The first that is there, else the last."""
    found = [Path(os.path.normpath(place)) for place in places]
    return next((path for path in found if path.exists()), found[-1])
