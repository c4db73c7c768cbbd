"""Which of the things that wait an answer is for. Its code says so; without one it can deny the only one there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tray_app.core.phone.codes import begins_like_code, codes_among
from tray_app.core.phone.several import Labels, read_several
from tray_app.core.phone.typed import Answered, Verb
from tray_app.core.phone.waiting import Waiting
from tray_app.core.questions.answers import DENY, OWN
from tray_app.core.questions.question import Choice

CHOSEN = "chosen"  # one answer to each of several questions, or several to one


class Unclear(StrEnum):
    """Why an answer answers nothing."""

    WHICH = "which"  # it names none, and it is not certain which one is meant
    UNKNOWN = "unknown"  # its code is nobody's
    NONE = "none"  # nothing waits
    HERE = "here"  # that can be allowed at the computer only
    NO_WORDS = "no_words"  # "allow, but …" allows nothing
    UNFIT = "unfit"  # it is no answer to that
    SEVERAL = "several"  # it names others, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the phone was told of, with its code; `told_ms` is when this was begun, in wall-clock milliseconds.

    `given` are answers to the first of several questions: the code is for those that are left.
    """

    waiting: Waiting
    code: str
    told_ms: int
    given: Labels = ()

    @property
    def left(self) -> tuple[Choice, ...]:
        """The questions that still take an answer of their own, the next one first."""
        return self.waiting.choices[len(self.given) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The answer of this `word` to that; `own` are the owner's own words, `chosen` the labels for each question."""

    told: Told
    word: str
    own: str = ""
    chosen: Labels = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partly:
    """An answer to the next of several questions; with those before, `chosen` is not all of them yet."""

    told: Told
    chosen: Labels


Resolved: TypeAlias = Meant | Partly | Unclear


def resolve(answered: Answered, told: Sequence[Told], *, waits: int, at_ms: int, alone: bool = True) -> Resolved:
    """Find what is meant. `waits` is how many wait, told or not; `at_ms` when it was written, 0 where nobody knows.

    Without a code nothing is allowed or chosen: a link in another message may send such words. A denial is for the only
    one, unless it was written before that was told, as far as two clocks can say, or its words name something else, or
    begin like a misspelt code. Not `alone`: another computer may tell this phone of other things.
    """
    if answered.code:
        found = next((one for one in told if one.code == answered.code), None)
        if found is None:
            return Unclear.UNKNOWN
        others = {one.code for one in told if one is not found}
        return Unclear.SEVERAL if others & codes_among(answered.words) else _meant(answered, found)
    if not waits:
        return Unclear.NONE
    certain = alone and waits == 1 and len(told) == 1 and at_ms >= told[0].told_ms
    if answered.verb is not Verb.DENY or not certain or _names_another(answered.words, told[0]):
        return Unclear.WHICH
    return _meant(answered, told[0])


def _names_another(words: str, told: Told) -> bool:
    named = codes_among(words)
    return bool(named - {told.code}) or (not named and begins_like_code(words))


def _meant(answered: Answered, told: Told) -> Resolved:
    waiting, words = told.waiting, answered.words
    if answered.verb is Verb.DENY:
        return Meant(told=told, word=DENY, own=words)
    if waiting.choices:
        labels = None if answered.verb else read_several(answered.listed, told.left)
        if labels is None:
            return Unclear.UNFIT
        so_far = (*told.given, *labels)
        if len(so_far) < len(waiting.choices):
            return Partly(told=told, chosen=so_far)
        return Meant(told=told, word=CHOSEN, chosen=so_far)
    if answered.number is not None:
        if not 0 < answered.number <= len(waiting.answers):
            return Unclear.UNFIT
        chosen = waiting.answers[answered.number - 1]
        return Unclear.NO_WORDS if words and not chosen.denies else Meant(told=told, word=chosen.word, own=words)
    if answered.verb is Verb.ALLOW:
        if waiting.here:
            return Unclear.HERE
        allowing = next((one for one in waiting.answers if one.allows), None)
        if allowing is None:
            return Unclear.UNFIT
        return Unclear.NO_WORDS if words else Meant(told=told, word=allowing.word)
    return Meant(told=told, word=OWN, own=words) if words and waiting.own else Unclear.UNFIT
