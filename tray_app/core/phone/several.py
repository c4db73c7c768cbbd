"""Answers to several questions, or several to one: numbers of options, or own words, such as `2; 1,3; use MySQL`."""

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

from tray_app.core.questions.question import MOST_WORDS, Choice

Labels: TypeAlias = tuple[tuple[str, ...], ...]
_LINES, _QUESTIONS = re.compile(r"[;；\n]"), re.compile(r"[;；]")
_OPTIONS = re.compile(r"\s*(?:[,、+&/和]|and)\s*|\s+")
_NUMBER = re.compile(r"[1-9]\d?")
_BEGINS = re.compile(r"\d+(?!\w)")
_END = ".。;；"


def read_several(written: str, choices: Sequence[Choice]) -> Labels | None:
    """The labels, or the owner's own words, for the next of these questions or for all of them.

    None where it is neither exactly: one answer too many is no answer, nor is a number that no option has.
    """
    said = written.strip().rstrip(_END)
    parts = [said]
    if len(choices) > 1:
        lines = _LINES.split(said)  # a line break stands between numbers alone: own words may hold one
        parts = lines if all(map(_numbers, lines)) else _QUESTIONS.split(said)
    if len(parts) not in {1, len(choices)}:
        return None
    answers = tuple(_chosen(part, choice) for part, choice in zip(parts, choices, strict=False))
    return None if () in answers else answers


def _chosen(part: str, choice: Choice) -> tuple[str, ...]:
    """Nothing where it is no answer."""
    numbers = _numbers(part)
    if not numbers:
        return _own(part.strip())
    places = [int(number) - 1 for number in numbers]
    if len(set(places)) != len(places) or max(places) >= len(choice.options):
        return ()
    if len(places) > 1 and not choice.several:
        return ()
    return tuple(choice.options[place].label for place in places)


def _numbers(part: str) -> list[str]:
    """Read a part that is numbers of options alone; nothing where it is anything else."""
    found = _OPTIONS.split(unicodedata.normalize("NFKC", part).strip().rstrip(_END))
    return found if all(_NUMBER.fullmatch(one) for one in found) else []


def _own(words: str) -> tuple[str, ...]:
    """Own words have a letter, and do not begin with a number: "2 but with Postgres" is no option as it stands."""
    begins = _BEGINS.match(unicodedata.normalize("NFKC", words)) is not None
    own = any(char.isalpha() for char in words) and not begins and len(words) <= MOST_WORDS
    return (words,) if own else ()
