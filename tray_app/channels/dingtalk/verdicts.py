"""What an error of DingTalk's means for a message: who has to mend what, how long to wait, or try again.

Each has the name that its words are found by.
"""

from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.messages.channel import Fault


@dataclass(frozen=True, slots=True)
class Refuse:
    """It will not do, ever."""

    fault: Fault
    name: str


@dataclass(frozen=True, slots=True)
class Later:
    """It is too early."""

    for_ms: int
    name: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It may do next time."""

    name: str


Verdict: TypeAlias = Refuse | Later | Retry
