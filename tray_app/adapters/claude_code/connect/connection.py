"""The connection between Claude Code and this app: what would change, the change, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.claude_code.connect.client import ClaudeProgram
from tray_app.adapters.claude_code.connect.entries import (
    SERVER,
    ClaudeEntries,
    ConfigFolders,
    find_client,
    stale_hooks,
    traces,
)
from tray_app.adapters.claude_code.connect.files import ConfigFile, ConfigTrouble, Journal, JournalEntry, digest
from tray_app.core.jsontext.diff import differences
from tray_app.core.jsontext.edit import JsonStep, NotJson, Undo, WrongShape, edit, parse, revert
from tray_app.core.kernel.texts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file before and after (None: no file); `undo` leads back from after, `base` is what that gives."""

    path: Path
    before: str | None
    after: str | None
    undo: tuple[Undo, ...] = ()
    base: str | None = None

    def lines(self) -> list[str]:
        """The change as people read it: what is taken away and what is added, each with its path."""
        return list(differences(parse(self.before or "{}"), parse(self.after or "{}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be changed, in this order; `by_client`: the client registers the server itself."""

    changes: tuple[Change, ...]
    by_client: ClaudeProgram | None = None


class Connection:
    """Reads and writes the files of one scope. Blocking; every method raises ConfigTrouble."""

    def __init__(self, places: ConfigFolders, *, data: Path, environ: Mapping[str, str]) -> None:
        """`data` is the app's data folder, where copies and the way back are kept."""
        self._places = places
        self._journal = Journal(data)
        self._environ = environ

    @property
    def client(self) -> ClaudeProgram | None:
        """The `claude` program, where there is one."""
        program = find_client(self._environ)
        return None if program is None else ClaudeProgram(program=program, environ=self._environ)

    @property
    def backups(self) -> Path:
        """The folder of the copies that are made before a file is written."""
        return self._journal.copies

    def plan(self, wiring: ClaudeEntries) -> Plan:
        """What connecting would change; nothing where everything is as it should be."""
        servers = self._connecting(self._places.servers, wiring.server_steps())
        settings = self._connecting(self._places.settings, wiring.settings_steps())
        client = self.client if servers is not None and self._can_add(servers) else None
        return Plan(changes=tuple(change for change in (servers, settings) if change is not None), by_client=client)

    def connect(self, plan: Plan, wiring: ClaudeEntries) -> list[Path]:
        """Carry it out; returns the backups. Raises ConfigTrouble where a file has changed since it was planned."""
        backups = self._back_up(plan)
        for change in plan.changes:
            after = change.after
            if plan.by_client is not None and change.path == self._places.servers:
                after = self._added_by(plan.by_client, change, wiring)
            else:
                ConfigFile(path=change.path).write(after, instead_of=change.before)
            self._remember(change, after, backups.get(change.path))
        return list(backups.values())

    def plan_undo(self) -> Plan:
        """What disconnecting would change."""
        both = (self._disconnecting(path) for path in (self._places.servers, self._places.settings))
        return Plan(changes=tuple(change for change in both if change is not None))

    def disconnect(self, plan: Plan) -> list[Path]:
        """Carry it out; returns the backups."""
        backups = self._back_up(plan)
        for change in plan.changes:
            ConfigFile(path=change.path).write(change.after, instead_of=change.before)
            self._journal.forget(change.path)
        return list(backups.values())

    def _back_up(self, plan: Plan) -> dict[Path, Path]:
        copy = self._journal.copy
        return {change.path: copy(change.path, change.before) for change in plan.changes if change.before is not None}

    def _connecting(self, path: Path, steps: Sequence[JsonStep]) -> Change | None:
        """None where the steps change nothing; else take back what an earlier connection did, and begin anew."""
        file, entry = ConfigFile(path=path), self._journal.entry(path)
        before = file.read()
        try:
            start = before or "{\n}\n"
            stale = [undo for undo in stale_hooks(parse(start)) if all(undo.value != step.value for step in steps)]
            if not stale and edit(start, steps).text == start:
                return None
            known = revert(start, entry.undo) if entry is not None else start
            clean = revert(known, stale_hooks(parse(known)))
            edited = edit(clean, steps)
        except (NotJson, WrongShape) as error:
            raise file.not_json(error) from None
        if entry is not None and digest(before) == entry.after:
            base = None if entry.base is None else Journal.read_copy(entry.base)
        else:
            base = before if entry is None else known
        return Change(path=path, before=before, after=edited.text, undo=edited.undo, base=base)

    def _disconnecting(self, path: Path) -> Change | None:
        """Exactly back where nobody changed the file since; else only ours is taken out."""
        file, entry = ConfigFile(path=path), self._journal.entry(path)
        before = file.read()
        if before is None or (entry is None and not before.strip()):
            return None
        if entry is not None and digest(before) == entry.after:
            base = None if entry.base is None else Journal.read_copy(entry.base)
            if entry.base is None or base is not None:
                return Change(path=path, before=before, after=base)
        try:
            after = revert(before, entry.undo) if entry is not None else revert(before, traces(parse(before)))
            after = revert(after, stale_hooks(parse(after)))
        except NotJson as error:
            raise file.not_json(error) from None
        return Change(path=path, before=before, after=after) if after != before else None

    def _can_add(self, change: Change) -> bool:
        """The client adds for a person, what is not there yet; everything else is an edit of ours."""
        client = self.client
        if client is None or not client.takes_json or self._places != ConfigFolders.of_user(self._environ):
            return False
        servers = parse(change.before or "{}")
        named = servers.get("mcpServers") if isinstance(servers, dict) else None
        return not (isinstance(named, dict) and SERVER in named)

    def _added_by(self, client: ClaudeProgram, change: Change, wiring: ClaudeEntries) -> str | None:
        """Let the client write its own file; where that does not give what is wanted, write it ourselves."""
        file = ConfigFile(path=change.path)
        if file.read() != change.before:
            raise ConfigTrouble(text("connect.changed", path=str(change.path)), text("connect.changed_hint"))
        client.add(SERVER, wiring.entry)
        after = file.read()
        if after is not None and edit(after, wiring.server_steps()).text == after:
            return after
        mended = edit(after or "{\n}\n", wiring.server_steps()).text
        file.write(mended, instead_of=after)
        return mended

    def _remember(self, change: Change, after: str | None, backup: Path | None) -> None:
        base = backup if change.base == change.before else None
        if base is None and change.base is not None:
            base = self._journal.copy(change.path, change.base)
        self._journal.keep(change.path, JournalEntry(undo=change.undo, after=digest(after), base=base))
