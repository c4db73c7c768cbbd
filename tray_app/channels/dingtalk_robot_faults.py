"""What can go wrong between us and a robot, as values a test puts in line: one fault befalls one request.

`take` says whether the robot judges the request first, so that the group may have the message although the sender
never learns it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWith:
    """Answer with this instead of the robot's own words."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    take: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Reset the connection, after `first` was sent of the answer."""

    take: bool = False
    first: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Say nothing more, until the robot is stopped or the client hangs up; `first` is sent of the answer."""

    take: bool = False
    first: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endless:
    """Begin an answer whose body never ends."""

    take: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """Answer with bytes that are no HTTP, then close."""

    said: bytes = b"\x00\xffnot http\r\n\r\n"
    take: bool = False


Fault: TypeAlias = AnswerWith | Drop | Stall | Endless | Garbage
