"""What happened in a session, in order: prompts, bursts of tool calls, compactions, failures, turns that ended.

No words of a prompt or an answer: people paste secrets into prompts, and a time line is kept in a file.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_MOST = 200  # moments of one session; older ones are only counted
_MOST_TOOLS = 12  # names within one burst; the others are counted together
OTHER_TOOLS = "…"


class MomentKind(StrEnum):
    """What happened. Values are kept in the database."""

    PROMPT = "prompt"
    TOOLS = "tools"
    COMPACTED = "compacted"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened, from `at_ms` to `until_ms`.

    TOOLS: `tools` by name, `failed` of them. COMPACTED: `tokens` are left. FAILED: `word` is the client's.
    """

    kind: MomentKind
    at_ms: int
    until_ms: int
    tools: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    tokens: int = 0
    word: str = ""


class Timeline:
    """The newest moments of one session. Calls between two other moments are one burst."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.dropped = 0
        self._moments: deque[Moment] = deque(maxlen=_MOST)
        self._tools: dict[str, int] = {}
        self._failed = self._from_ms = self._until_ms = 0

    def moments(self) -> tuple[Moment, ...]:
        """Oldest first; what runs is the last."""
        burst = (self._burst(),) if self._tools else ()
        return (*self._moments, *burst)

    def prompt(self, at_ms: int) -> None:
        """A person typed something."""
        self._add(Moment(kind=MomentKind.PROMPT, at_ms=at_ms, until_ms=at_ms))

    def compacted(self, at_ms: int, *, tokens: int) -> None:
        """The conversation was summed up."""
        self._add(Moment(kind=MomentKind.COMPACTED, at_ms=at_ms, until_ms=at_ms, tokens=tokens))

    def broke(self, at_ms: int, word: str) -> None:
        """The turn broke off."""
        self._add(Moment(kind=MomentKind.FAILED, at_ms=at_ms, until_ms=at_ms, word=word))

    def done(self, at_ms: int) -> None:
        """The turn is over; several lines may say so of one turn, and a turn that broke off is not done."""
        last = self._moments[-1].kind if self._moments and not self._tools else None
        if last not in {MomentKind.DONE, MomentKind.FAILED, None} or self._tools:
            self._add(Moment(kind=MomentKind.DONE, at_ms=at_ms, until_ms=at_ms))

    def called(self, at_ms: int, tool: str) -> None:
        """A tool was called."""
        if not self._tools:
            self._from_ms, self._failed = at_ms, 0
        self._until_ms = max(at_ms, self._from_ms)
        name = tool if tool in self._tools or len(self._tools) < _MOST_TOOLS else OTHER_TOOLS
        self._tools[name] = self._tools.get(name, 0) + 1

    def settled(self, at_ms: int, *, failed: bool) -> None:
        """A call has its result."""
        if self._tools:
            self._until_ms = max(at_ms, self._until_ms)
            self._failed += failed

    def _burst(self) -> Moment:
        tools, until_ms = dict(self._tools), self._until_ms
        return Moment(kind=MomentKind.TOOLS, at_ms=self._from_ms, until_ms=until_ms, tools=tools, failed=self._failed)

    def _add(self, moment: Moment) -> None:
        new = (self._burst(), moment) if self._tools else (moment,)
        self._tools = {}
        self.dropped += max(0, len(self._moments) + len(new) - _MOST)
        self._moments.extend(new)


def to_data(moment: Moment) -> list[object]:
    """Plain JSON, short: a session has up to 200 of them."""
    more = {"tools": dict(moment.tools), "failed": moment.failed, "tokens": moment.tokens, "word": moment.word}
    return [moment.kind.value, moment.at_ms, moment.until_ms, {name: value for name, value in more.items() if value}]


def from_data(data: object) -> Moment | None:
    """Read `to_data`'s form; None for anything else."""
    match data:
        case [str(kind), int(at_ms), int(until_ms), dict(more)] if kind in set(MomentKind):
            tools = more.get("tools")
            return Moment(
                kind=MomentKind(kind),
                at_ms=at_ms,
                until_ms=until_ms,
                tools={str(name): _count(count) for name, count in tools.items()} if isinstance(tools, dict) else {},
                failed=_count(more.get("failed")),
                tokens=_count(more.get("tokens")),
                word=str(more.get("word", "")),
            )
        case _:
            return None


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
