"""The connection between Claude Code and this app: what would change, the change, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.claude_code.connect.client import ClaudeProgram
from tray_app.adapters.claude_code.connect.entries import (
    SERVER,
    ClaudeEntries,
    ConfigFolders,
    called,
    find_client,
    stale_hooks,
    traces,
)
from tray_app.config_changes.change import Change, UnderWay, base_of, exact, forget, remember, whole
from tray_app.config_changes.files import ConfigFile, ConfigTrouble, digest
from tray_app.config_changes.journal import Journal
from tray_app.core.jsontext.edit import JsonStep, NotJson, WrongShape, edit, parse, revert
from tray_app.core.kernel.texts import text


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
        """Carry it out, all or nothing; returns the backups.

        Raises ConfigTrouble where a file has changed since it was planned, too.
        """
        with whole(plan.changes, self._journal) as under_way:
            for change in plan.changes:
                if plan.by_client is not None and change.path == self._places.servers:
                    self._add_by(plan.by_client, change, wiring, under_way)
                else:
                    under_way.write(change, change.after)
                if not change.said:
                    remember(self._journal, change, under_way)
        return list(under_way.backups.values())

    def plan_undo(self) -> Plan:
        """What disconnecting would change."""
        both = (self._disconnecting(path) for path in (self._places.servers, self._places.settings))
        return Plan(changes=tuple(change for change in both if change is not None))

    def disconnect(self, plan: Plan) -> list[Path]:
        """Carry it out, all or nothing; returns the backups."""
        with whole(plan.changes, self._journal) as under_way:
            for change in plan.changes:
                under_way.write(change, change.after)
                forget(self._journal, change)
        return list(under_way.backups.values())

    def missing(self) -> str | None:
        """The first path of what our entries call that is not there; None where all is, or nothing is of ours."""
        return next((path for path in self._called() if not Path(path).exists()), None)

    def calls(self, path: str) -> bool:
        """Whether one of our entries calls it."""
        return path in self._called()

    def _called(self) -> list[str]:
        found: list[str] = []
        for path in (self._places.servers, self._places.settings):
            file = ConfigFile(path=path)
            try:
                found += called(parse(file.read() or "{}"))
            except NotJson as error:
                raise file.not_understood(error) from None
        return found

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
            raise file.not_understood(error) from None
        if entry is not None and digest(before) == entry.after:
            base = base_of(entry)
        else:
            base = before if entry is None else known
        return Change(path=path, before=before, after=edited.text, undo=edited.undo, base=base)

    def _disconnecting(self, path: Path) -> Change | None:
        """Exactly back where nobody changed the file since; else only ours is taken out."""
        file, entry = ConfigFile(path=path), self._journal.entry(path)
        before = file.read()
        if before is None or (entry is None and not before.strip()):
            return None
        if entry is not None and exact(entry, before):
            return Change(path=path, before=before, after=base_of(entry))
        try:
            after = revert(before, entry.undo) if entry is not None else revert(before, traces(parse(before)))
            after = revert(after, stale_hooks(parse(after)))
        except NotJson as error:
            raise file.not_understood(error) from None
        return Change(path=path, before=before, after=after) if after != before else None

    def _can_add(self, change: Change) -> bool:
        """The client adds for a person, what is not there yet; everything else is an edit of ours."""
        client = self.client
        if client is None or not client.takes_json or self._places != ConfigFolders.of_user(self._environ):
            return False
        servers = parse(change.before or "{}")
        named = servers.get("mcpServers") if isinstance(servers, dict) else None
        return not (isinstance(named, dict) and SERVER in named)

    def _add_by(self, client: ClaudeProgram, change: Change, wiring: ClaudeEntries, under_way: UnderWay) -> None:
        """Let the client write its own file; where that does not give what is wanted, write it ourselves."""
        file = ConfigFile(path=change.path)
        if file.read() != change.before:
            raise ConfigTrouble(text("connect.changed", path=str(change.path)), text("connect.changed_hint"))
        try:
            client.add(SERVER, wiring.entry)
        finally:  # stopped half-way it may have written all the same
            after = under_way.written[change.path] = file.read()
        mended = edit(after or "{\n}\n", wiring.server_steps()).text
        if mended != after:
            under_way.write(change, mended)
