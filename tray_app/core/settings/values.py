"""The kinds of values in `settings.toml`: how each is read, what it says of itself, and what a person fills in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.text import TomlValue

ROBOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class Wrong(Exception):
    """A value is not usable; `want` says what would be."""

    def __init__(self, want: Text) -> None:
        super().__init__(want.key)
        self.want = want


class FieldShape(StrEnum):
    """What a person fills in."""

    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"  # one to a line
    ROBOT = "robot"
    WORD = "word"


def _plain(meaning: object) -> TomlValue:
    if isinstance(meaning, tuple):
        return list(meaning)
    return meaning if isinstance(meaning, int | float) else str(meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueKind:
    """Stands in the annotation of a setting: `days: Annotated[int, whole(1, 36_500)] = 90`.

    `read` gives what the file's value means, or raises Wrong; `plain` says a meaning as the file would. `range` is how
    docs/seams.md begins to say what may stand there, `words` what there is to choose from.
    """

    shape: FieldShape
    read: Callable[[object], Any]
    plain: Callable[[Any], TomlValue] = _plain
    range: str = ""
    words: Sequence[str] = ()


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(text("settings.want_flag"))
    return value


FLAG = ValueKind(shape=FieldShape.FLAG, read=_read_flag)


def number(least: int, most: int) -> ValueKind:
    """A number within these bounds, read as a float."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise Wrong(text("settings.want_number", least=least, most=most))
        return float(value)

    return ValueKind(shape=FieldShape.NUMBER, read=read, range=f"{least} to {most}")


def whole(least: int, most: int) -> ValueKind:
    """An integer within these bounds."""
    some = number(least, most)
    return replace(some, read=lambda value: int(some.read(value if isinstance(value, int) else None)))


def choice(meanings: Mapping[str, str]) -> ValueKind:
    """One of these words; several may mean the same, and a `-` in the file may be a `_` here."""
    words = tuple(dict.fromkeys(meanings.values()))

    def read(value: object) -> str:
        chosen = None
        if isinstance(value, str):
            chosen = meanings.get(value) or meanings.get(value.replace("-", "_"))
        if chosen is None:
            raise Wrong(text("settings.want_choice", choices=", ".join(f'"{word}"' for word in sorted(meanings))))
        return chosen

    return ValueKind(shape=FieldShape.CHOICE, read=read, words=words, range=", ".join(f'`"{word}"`' for word in words))


def word(form: re.Pattern[str], want: Text, *, tidy: Callable[[str], str] = str) -> ValueKind:
    """A word of this form once it is tidied; `want` says the form to people."""

    def read(value: object) -> str:
        said = tidy(value) if isinstance(value, str) else None
        if said is None or not form.fullmatch(said):
            raise Wrong(want)
        return said

    return ValueKind(shape=FieldShape.WORD, read=read)


def words(each: ValueKind, want: Text, *, most: int | None = None) -> ValueKind:
    """A list of such words, each once, in their order; at most `most`."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or (most is not None and len(value) > most):
            raise Wrong(want)
        return tuple(dict.fromkeys([each.read(item) for item in value]))

    return ValueKind(shape=FieldShape.LIST, read=read, range="" if most is None else f"up to {most}")


ROBOT = replace(word(ROBOT_NAME, text("settings.want_name")), shape=FieldShape.ROBOT)


def want_patterns(items: Iterable[str]) -> None:
    """Each must be a regular expression. Raises Wrong."""
    from tray_app.core.policy.patterns import BadPattern, compiled  # whoever reads no pattern does without

    for place, item in enumerate(items, start=1):
        try:
            compiled(item)
        except BadPattern as error:
            raise Wrong(text("redact.bad_pattern", number=place, why=error.why or "-")) from None
