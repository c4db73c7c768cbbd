"""What a session tells the rules of notices: a turn began, ended or failed; it waits, it goes on, it ended."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBegan:
    """The person asked for something."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDone:
    """The agent stopped. With `background` tasks it goes on by itself, and the turn with it."""

    at_ms: int
    background: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """The agent stopped because the service behind it refused; `error` is the client's word."""

    at_ms: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The person is asked: `asks` is `permission` or `input`. `idle`: the turn is over and nobody came.

    `already`: it was so when this app first looked, so it may have been told by an earlier run.
    """

    at_ms: int
    asks: str = ""
    idle: bool = False
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOn:
    """The person has reacted, or the wait is over in another way."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAgentDone:
    """A sub-agent of the session has ended."""

    at_ms: int
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The session ended after `lasted_ms`; `reason` is the client's word, or empty where its process is just gone.

    `goes_on`: its client goes on with another session.
    """

    at_ms: int
    lasted_ms: int
    reason: str = ""
    goes_on: bool = False


Signal: TypeAlias = TurnBegan | TurnDone | TurnFailed | Waits | GoesOn | SubAgentDone | Ended
