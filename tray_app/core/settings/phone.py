"""`[questions.phone]`: when the owner's phone is told of what waits, how much leaves the computer, what never does."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

from tray_app.core.kernel.texts import text
from tray_app.core.settings.values import FLAG, Wrong, choice, want_patterns, whole, word, words

MOST_PATTERNS = 50
_SECOND_MS = 1_000
_MOST_S = 3_600
_OWN_DELAY = re.compile(r"\S.{0,199}?\s*=\s*\d{1,4}")
_WANT_PATTERNS = text("settings.want_patterns", most=MOST_PATTERNS)
_WANT_DELAYS = text("settings.want_delays", most=_MOST_S)
_ANY = re.compile(r"(?s:.+)")
_DELAYS = words(word(_OWN_DELAY, _WANT_DELAYS, tidy=str.strip), _WANT_DELAYS, most=100)
_PATTERNS = words(word(_ANY, _WANT_PATTERNS), _WANT_PATTERNS, most=MOST_PATTERNS)


class Content(StrEnum):
    """How much of what waits the phone is told: all of it, or its project and kind alone."""

    WHOLE = "whole"
    KIND = "kind"


def _read_delays(value: object) -> tuple[str, ...]:
    said: tuple[str, ...] = _DELAYS.read(value)
    if any(int(line.rpartition("=")[2]) > _MOST_S for line in said):
        raise Wrong(_WANT_DELAYS)
    return said


def _read_patterns(value: object) -> tuple[str, ...]:
    said: tuple[str, ...] = _PATTERNS.read(value)
    want_patterns(said)
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """`own_delays` are lines `project = seconds`. `lasting`: "always allow" and accepting edits are offered, too.

    `computer_only` are patterns of what can be allowed at the computer only, beside the usual ones. `done`: the phone
    is told of a session that is done and can be continued.
    """

    after_s: Annotated[int, whole(0, _MOST_S)] = 60
    done: Annotated[bool, FLAG] = False
    own_delays: Annotated[tuple[str, ...], replace(_DELAYS, read=_read_delays)] = ()
    content: Annotated[Content, choice({one.value: one for one in Content})] = Content.WHOLE
    lasting: Annotated[bool, FLAG] = False
    usual_computer_only: Annotated[bool, FLAG] = True
    computer_only: Annotated[tuple[str, ...], replace(_PATTERNS, read=_read_patterns)] = ()

    def after_ms(self, project: str) -> int:
        """How long nobody must have answered before the phone is told, of this project."""
        own = {name.strip(): int(seconds) for name, _, seconds in (line.rpartition("=") for line in self.own_delays)}
        return own.get(project, self.after_s) * _SECOND_MS
