"""What an agent's own files say at one moment: running processes, changed sessions, tokens per local day."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tray_app.core.sessions.session import Asks, Session, SessionState, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProcess:
    """One running client; None, empty strings and 0 mean that it does not say.

    `agent` is the kind whose client it is; whoever asks all kinds fills it in. `asks` is None also where it
    waits for a dialog that the person has opened. `session_id` may change in place.
    """

    pid: int
    session_id: str
    agent: str = ""
    cwd: str = ""
    name: str = ""
    version: str = ""
    kind: str = ""
    entrypoint: str = ""
    scripted: bool = False
    state: SessionState | None = None
    asks: Asks | None = None
    started_ms: int = 0
    updated_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUsage:
    """What one session used on one local day (`2026-11-22`) with one model: absolute figures, so storing is an upsert.

    A later figure for the same (session_id, day, model) replaces the earlier one, also when it is smaller or zero.
    `micros` is the estimate at list price in millionths of a dollar; None where the model's price is unknown.
    `searches` are the web searches in it.
    """

    session_id: str
    day: str
    model: str
    tokens: Tokens
    micros: int | None
    searches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over the transcripts found. `complete` is False while more is left to read: scan again soon.

    Tokens and costs of all sessions are read first (`counted`) and told in `days`, then all else: totals are right
    early. A session is in `changed` only once all its transcripts are read to their end.
    `changed` holds every session with new facts, whole; `gone` the ids dropped because they grew too old to keep.
    `known` are sessions of an earlier run, with when they were last seen: they are told to who asks for them by `tell`.
    `notes` are log lines in plain English about what could not be read (no content of a transcript in them).
    """

    changed: Mapping[str, Session] = field(default_factory=dict)
    days: tuple[DayUsage, ...] = ()
    gone: frozenset[str] = frozenset()
    known: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    complete: bool = True
    counted: bool = True
