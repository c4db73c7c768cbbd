"""What the owner writes, or taps, on the phone: an answer, a command, or neither. Nothing is guessed.

允许 K7QP · allow K7QP · K7QP 2 · 拒绝 用 pnpm · deny K7QP use pnpm · 暂停 1h · status
"""

import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TypeAlias

from tray_app.core.delivery.pause import NoLength, PauseFor, PauseLength, read_length
from tray_app.core.phone.codes import CODE_CHARS, code_in
from tray_app.core.phone.spelling import bare, same, unquoted


class Verb(Enum):
    """Which way an answer goes."""

    ALLOW = "allow"
    DENY = "deny"


class Command(StrEnum):
    """What the owner may ask of the app from the phone."""

    STATUS = "status"
    SESSIONS = "sessions"
    PAUSE = "pause"
    RESUME = "resume"
    TODAY = "today"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer: for the thing of `code` (empty: it names none), by a verb, a number, or own `words`.

    `listed` is number and words as they were written: several answers at once.
    """

    code: str = ""
    verb: Verb | None = None
    number: int | None = None
    words: str = ""
    listed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command; `length` is a pause's."""

    command: Command
    length: PauseLength = PauseFor.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """Words to a session that is done: the one of this code (empty: it names none)."""

    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing that can be read."""


Typed: TypeAlias = Answered | Asked | Continued | Nothing

VERBS = {
    "不允许": Verb.DENY,  # before what it ends in
    "不同意": Verb.DENY,
    "不批准": Verb.DENY,
    "拒绝": Verb.DENY,
    "允许": Verb.ALLOW,
    "同意": Verb.ALLOW,
    "批准": Verb.ALLOW,
    "deny": Verb.DENY,
    "reject": Verb.DENY,
    "allow": Verb.ALLOW,
    "approve": Verb.ALLOW,
}
COMMANDS = {
    "状态": Command.STATUS,
    "status": Command.STATUS,
    "会话": Command.SESSIONS,
    "sessions": Command.SESSIONS,
    "恢复": Command.RESUME,
    "resume": Command.RESUME,
    "今天": Command.TODAY,
    "today": Command.TODAY,
    "帮助": Command.HELP,
    "help": Command.HELP,
    "?": Command.HELP,
}
_PAUSE = re.compile(r"(?:暂停|pause)\b\s*(?P<length>.*)|暂停(?P<glued>.*)", re.DOTALL)
_CONTINUE = ("continue", "继续", "繼續")
_NUMBER = re.compile(r"\d{1,2}")
_HEAD = re.compile(r"(?P<head>[^\s:：,，、]+)[\s:：,，、]*(?P<rest>.*)", re.DOTALL)
_MOST_NUMBERED = 200  # characters
_BETWEEN = re.compile(r"[\s,，、;；]+")
_NUMBERED = re.compile(r"[\d+&/和()]*\d[\d+&/和().]*|and")


def read(written: str) -> Typed:
    """Read one message of the owner."""
    said = unquoted(written)
    if not said:
        return Nothing()
    return _command(same(said)) or _command(bare(said)) or _continued(said) or _answer(said)


def _continued(said: str) -> Continued | None:
    """`continue K7QP words`, 继续K7QP：…: the verb first, so that no answer to a question is taken for it."""
    found = _HEAD.fullmatch(said)
    if found is None:
        return None
    begins = next((word for word in _CONTINUE if same(said[: len(word)]) == word and not word.isascii()), "")
    if bare(found["head"]) not in _CONTINUE and not begins:
        return None
    rest = said[len(begins) :].lstrip(" \t\n:：,，、") if begins else found["rest"]
    named = _HEAD.fullmatch(rest)
    code = code_in(bare(named["head"])) if named is not None else ""
    return Continued(code=code, words=(named["rest"] if named is not None and code else rest).strip())


def _command(said: str) -> Asked | None:
    known = COMMANDS.get(said)
    if known is not None:
        return Asked(command=known)
    found = _PAUSE.fullmatch(said)
    if found is None:
        return None
    length = (found["length"] or found["glued"] or "").strip()
    try:
        return Asked(command=Command.PAUSE, length=read_length(length) if length else PauseFor.OPEN)
    except NoLength:  # whoever wants quiet must not read later that it was an answer to something
        return Asked(command=Command.HELP)


def _code_first(said: str) -> str:
    """Put the code before numbers that stand before it: `1,3 K7QP`."""
    if len(said) > _MOST_NUMBERED:
        return said
    *numbers, last = _BETWEEN.split(said)
    code = code_in(bare(last))
    if not code or not numbers or not all(map(_NUMBERED.fullmatch, map(same, numbers))):
        return said
    return f"{code} {said.removesuffix(last)}"


def _answer(said: str) -> Answered:
    """Take code, verb and number off its beginning, each once and in any order; what is left are the words."""
    code, verb, number = "", None, None
    rest, listed = _code_first(said), ""
    while found := _HEAD.fullmatch(rest):
        word, glued = bare(found["head"]), rest[CODE_CHARS : CODE_CHARS + 1]
        begins = next((verb for verb in VERBS if same(rest[: len(verb)]) == verb), "")
        if not code and code_in(word):
            code, rest = code_in(word), found["rest"]
            listed = listed if number is None else f"{number} {rest}"
        elif code and code_in(word) == code:  # said twice
            rest = found["rest"]
        elif not code and code_in(rest[:CODE_CHARS]) and not glued.isascii():  # K7QP允许
            code, rest = code_in(rest[:CODE_CHARS]), rest[CODE_CHARS:]
        elif verb is None and number is None and VERBS.get(word):
            verb, rest = VERBS[word], found["rest"]
        elif verb is None and number is None and begins and not begins.isascii():  # 拒绝用 pnpm
            verb, rest = VERBS[begins], rest[len(begins) :]
        elif verb is None and number is None and _NUMBER.fullmatch(word):
            number, listed, rest = int(word), rest, found["rest"]
        else:
            break
    return Answered(code=code, verb=verb, number=number, words=rest.strip(), listed=(listed or rest).strip())
