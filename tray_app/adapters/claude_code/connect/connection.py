"""The connection between Claude Code and this app: what would change, the change, and the way back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from tray_app.adapters.claude_code.connect.files import ConfigFile, ConfigTrouble, Journal, JournalEntry, digest
from tray_app.core.jsontext.diff import differences
from tray_app.core.jsontext.edit import JsonStep, NotJson, Undo, WrongShape, edit, parse, revert
from tray_app.core.kernel.texts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file before and after (None: no file); `undo` leads back from after, `base` is what that gives.

    `said` is the change in the words of `lines`, of a file of our own that is no JSON and that `disconnect` leaves.
    """

    path: Path
    before: str | None
    after: str | None
    undo: tuple[Undo, ...] = ()
    base: str | None = None
    said: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The change as people read it: what is taken away and what is added, each with its path."""
        return list(self.said or differences(parse(self.before or "{}"), parse(self.after or "{}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be changed, in this order; `by_client`: the client registers the server itself."""

    changes: tuple[Change, ...]
    by_client: ClaudeProgram | None = None


class UnderWay:
    """A plan that is being carried out: `backups` of the files before, and what was `written` so far."""

    def __init__(self, backups: dict[Path, Path]) -> None:
        """Nothing is written yet."""
        self.backups = backups
        self.written: dict[Path, str | None] = {}

    def write(self, change: Change, content: str | None) -> None:
        """Write the change's file, in place of what we wrote last or of what was planned on. Raises ConfigTrouble."""
        before = self.written.get(change.path, change.before)
        ConfigFile(path=change.path).write(content, instead_of=before)
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
                before = change.before if now == after else revert(now or "", change.undo)
                if before != now:
                    file.write(before, instead_of=now)
            except (ConfigTrouble, NotJson):
                stuck = file
        if stuck is not None:
            raise stuck.half_done(self.backups.get(stuck.path))


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
        with self._whole(plan) as under_way:
            for change in plan.changes:
                if plan.by_client is not None and change.path == self._places.servers:
                    self._add_by(plan.by_client, change, wiring, under_way)
                else:
                    under_way.write(change, change.after)
                if not change.said:
                    self._remember(change, under_way.written[change.path], under_way.backups.get(change.path))
        return list(under_way.backups.values())

    def plan_undo(self) -> Plan:
        """What disconnecting would change."""
        both = (self._disconnecting(path) for path in (self._places.servers, self._places.settings))
        return Plan(changes=tuple(change for change in both if change is not None))

    def disconnect(self, plan: Plan) -> list[Path]:
        """Carry it out, all or nothing; returns the backups."""
        with self._whole(plan) as under_way:
            for change in plan.changes:
                under_way.write(change, change.after)
                self._journal.forget(change.path)
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
                raise file.not_json(error) from None
        return found

    @contextmanager
    def _whole(self, plan: Plan) -> Iterator[UnderWay]:
        """See that everything can be written before anything is; put it back where it could not be after all."""
        for change in plan.changes:
            ConfigFile(path=change.path).rehearse(change.after)
        self._journal.rehearse()
        memory, under_way = self._journal.text(), UnderWay(self._back_up(plan))
        try:
            yield under_way
        except BaseException:
            under_way.put_back(plan.changes)
            self._journal.restore(memory)
            raise

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

    def _remember(self, change: Change, after: str | None, backup: Path | None) -> None:
        base = backup if change.base == change.before else None
        if base is None and change.base is not None:
            base = self._journal.copy(change.path, change.base)
        self._journal.keep(change.path, JournalEntry(undo=change.undo, after=digest(after), base=base))
