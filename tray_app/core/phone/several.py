"""Several answers in one message: numbers of options, such as `2; 1,3`, a semicolon between two questions."""

import re
import unicodedata
from collections.abc import Sequence

from tray_app.core.questions.question import Choice

_QUESTIONS = re.compile(r"[;\n]")
_OPTIONS = re.compile(r"[,、\s]+")
_NUMBER = re.compile(r"[1-9]\d?")


def read_several(written: str, choices: Sequence[Choice]) -> tuple[tuple[str, ...], ...] | None:
    """The labels for each question; None where it is not exactly one answer to each."""
    parts = [part.strip() for part in _QUESTIONS.split(unicodedata.normalize("NFKC", written).strip().rstrip(";."))]
    if len(parts) != len(choices):
        return None
    answers = tuple(_chosen(part, choice) for part, choice in zip(parts, choices, strict=True))
    return None if () in answers else answers


def _chosen(part: str, choice: Choice) -> tuple[str, ...]:
    """Nothing where it is no answer."""
    numbers = _OPTIONS.split(part)
    if not all(_NUMBER.fullmatch(number) for number in numbers) or len(set(numbers)) != len(numbers):
        return ()
    places = [int(number) - 1 for number in numbers]
    if max(places) >= len(choice.options) or (len(places) > 1 and not choice.several):
        return ()
    return tuple(choice.options[place].label for place in places)
