"""Scribe, a second kind of coding agent that nobody uses: it fills the same port, and nothing of it is Claude Code's.

Its records are tables: `SCRIBE_HOME/journal/<session>.tsv`, a line for each thing that happened (time in seconds, kind,
words), and `SCRIBE_HOME/running.tsv` (pid, session, state, since). Its hooks post `{"agent", "event", "of"}`; in an
MCP call its client names the line of the journal that made it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.agent import Agent
from tray_app.core.connect.view import (
    NOTHING,
    ChangePlan,
    ConnectionCheck,
    ConnectionState,
    ConnectionView,
    DiffLine,
    FileChange,
    Obstacle,
)
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.counting.index import SessionIndex
from tray_app.core.sessions.counting.money import Terms
from tray_app.core.sessions.counting.records import (
    ModelReply,
    Prompt,
    Record,
    Results,
    Spent,
    ToolCall,
    ToolOutcome,
    Where,
)
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess, Scan
from tray_app.core.sessions.session import Asks, SessionState, Tokens

_EVENTS: Mapping[str, events.Event] = {
    "hello": events.SessionStarted(source="startup"),
    "allow?": events.Notified(asks=Asks.PERMISSION),
    "answer?": events.Notified(asks=Asks.INPUT),
    "done": events.TurnEnded(last_text="It is written."),
    "bye": events.SessionEnded(reason="left"),
}
_STATES = {"writes": SessionState.WORKING, "rests": SessionState.IDLE}
_PICOS_A_TOKEN = 3_000_000
PRICES_AS_OF = "2026-01-02"


def read_hook(body: object) -> events.HookEvent:
    """Read what a hook of Scribe's posts."""
    if not isinstance(body, dict):
        raise events.NoHookEvent("body")
    what, of = _EVENTS.get(body.get("event", "")), body.get("of")
    if what is None or not isinstance(of, str) or not of:
        raise events.NoHookEvent("event" if what is None else "of")
    return events.HookEvent(session_id=of, what=what)


def price_of(model: str, tokens: Tokens, *, at_ms: int, terms: Terms) -> int | None:  # noqa: ARG001 - the port's form
    """One price for all that the quill writes."""
    return tokens.total * _PICOS_A_TOKEN if model == "quill" else None


def _day_of(at_ms: int) -> int:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().toordinal()


@dataclass
class ScribeRecords:
    """Reads the tables from the line after the last one read."""

    folder: Path
    index: SessionIndex = field(default_factory=lambda: SessionIndex(_day_of, price_of))
    calls: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    _read: dict[Path, int] = field(default_factory=dict)

    async def live(self) -> tuple[LiveProcess, ...]:
        running = self.folder / "running.tsv"
        lines = running.read_text("utf-8").splitlines() if running.exists() else []
        rows = [line.split("\t") for line in lines]
        return tuple(
            LiveProcess(pid=int(pid), session_id=name, state=_STATES.get(state), updated_ms=int(since) * 1000)
            for pid, name, state, since in rows
        )

    async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:  # noqa: ARG002 - the port's form
        for path in self._journals():
            lines = path.read_text("utf-8").splitlines()
            for number, line in enumerate(lines[self._read.get(path, 0) :], self._read.get(path, 0)):
                self._take(path.stem, number, line.split("\t"))
            self._read[path] = len(lines)
        days = self.index.take_days()
        return Scan(changed=self.index.take_changed(), days=days)

    async def tell(self, session_ids: Collection[str]) -> None:
        """None is known from before."""

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:  # noqa: ARG002 - likewise
        return False

    async def stirred(self, live: frozenset[str]) -> bool:
        return any(
            len(path.read_text("utf-8").splitlines()) > self._read.get(path, 0)
            for path in self._journals()
            if path.stem in live
        )

    async def find_call(self, tool_use_id: str) -> str | None:
        return self.calls.get(tool_use_id)

    async def close(self) -> None:
        self.closed = True

    def _journals(self) -> list[Path]:
        return sorted((self.folder / "journal").glob("*.tsv"))

    def _take(self, name: str, number: int, row: list[str]) -> None:
        at_ms, kind, words = int(row[0]) * 1000, row[1], row[2:]
        where = Where(name, "/code/abbey", "", "9", "scribe", sidechain=False, agent_id="", copied=False)
        key = f"{name} {number}"
        match kind:
            case "asked":
                self.index.add(name, Prompt(at_ms, where, key, words[0]))
            case "wrote":
                spent = Tokens(input=int(words[1]), output=int(words[2]))
                said = Spent(at_ms, key, words[0], spent, sidechain=False, copied=False, session_id=name)
                self.index.count(name, said)
                self.index.add(name, self._reply(at_ms, where, key, words[0], text=words[3]))
            case "used":
                self.calls[words[0]] = name
                call = ToolCall(words[0], words[1], None, words[2])
                self.index.add(name, self._reply(at_ms, where, key, "", calls=(call,)))
            case "was used":
                outcome: Record = Results(
                    at_ms, where, (ToolOutcome(words[0], failed=False, denied=False),), None, "", ""
                )
                self.index.add(name, outcome)

    @staticmethod
    def _reply(
        at_ms: int, where: Where, key: str, model: str, *, text: str = "", calls: tuple[ToolCall, ...] = ()
    ) -> ModelReply:
        return ModelReply(at_ms, where, key, model, 0, calls, text, "", ended=not calls)


@dataclass(frozen=True)
class ScribeConnector:
    """Scribe's settings are one line in `SCRIBE_HOME/tools.txt`."""

    home: Path

    @property
    def _file(self) -> Path:
        return self.home / "tools.txt"

    def view(self) -> ConnectionView:
        there = self._file.exists()
        return ConnectionView(
            state=ConnectionState.CONNECTED if there else ConnectionState.NOT_CONNECTED,
            url="",
            client=str(self.home / "scribe"),
            command="",
            backups="",
            connect=NOTHING if there else self._change(added=True),
            disconnect=self._change(added=False) if there else NOTHING,
        )

    def connect(self, shown: str) -> tuple[str, ...]:
        assert shown == self._change(added=True).id
        self._file.write_text("dingtalk", "utf-8")
        return ()

    def disconnect(self, shown: str) -> tuple[str, ...]:
        assert shown == self._change(added=False).id
        self._file.unlink()
        return ()

    def check(self) -> ConnectionCheck:
        found = (_say("It is there."),)
        return ConnectionCheck(well=True, asked=True, title=_say("Scribe can send messages"), said=found)

    def obstacle(self) -> Obstacle | None:
        if (self.home / "closed").exists():
            return Obstacle(trouble=TrayAppError(_say("The abbey is closed"), _say("Open it.")), connected=True)
        return None

    def _change(self, *, added: bool) -> ChangePlan:
        line = DiffLine(added=added, places=("tools",), value="dingtalk")
        change = FileChange(path=str(self._file), exists=not added, stays=added, lines=(line,))
        return ChangePlan(files=(change,))


def _say(words: str) -> Text:
    """Words that stand in no catalogue: an agent of the app has an area in `assets/texts`."""
    return text("cli.verbatim", words=words)


def _records(environ: Mapping[str, str], home: Path, *, now_ms: Callable[[], int], keep_in: Path) -> ScribeRecords:  # noqa: ARG001 - likewise
    return ScribeRecords(Path(environ["SCRIBE_HOME"]))


def _connector(paths: Paths, environ: Mapping[str, str], *, project: Path | None = None) -> ScribeConnector:  # noqa: ARG001 - likewise
    return ScribeConnector(Path(environ["SCRIBE_HOME"]))


SCRIBE = Agent(
    name="scribe",
    title="Scribe",
    prices_as_of=PRICES_AS_OF,
    records=_records,
    read_hook=read_hook,
    connector=_connector,
    call_id_key="scribe/line",
)
