"""The kinds of values in `settings.toml`: how each is read, what it says of itself, and what a person fills in."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.text import TomlValue

ROBOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_WANT_NAME = text("settings.want_name")


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


@dataclass(frozen=True, slots=True)
class ValueKind:
    """Stands in the annotation of a setting: `days: Annotated[int, Whole(1, 36_500)] = 90`."""

    shape: ClassVar[FieldShape]

    @abstractmethod
    def read(self, value: object) -> object:
        """Give what the file's value means. Raises Wrong."""

    @property
    def range(self) -> str:
        """What may stand there, as docs/seams.md begins to say it; empty where that takes words of its own."""
        return ""

    @property
    def words(self) -> Sequence[str]:
        """The words to choose from; empty where any value may be written."""
        return ()

    def plain(self, meaning: object) -> TomlValue:
        """Say a meaning as the file would."""
        if isinstance(meaning, tuple):
            return list(meaning)
        return meaning if isinstance(meaning, int | float) else str(meaning)


@dataclass(frozen=True, slots=True)
class Flag(ValueKind):
    """True or false."""

    shape = FieldShape.FLAG

    def read(self, value: object) -> bool:
        """Give it back."""
        if not isinstance(value, bool):
            raise Wrong(text("settings.want_flag"))
        return value


@dataclass(frozen=True, slots=True)
class Number(ValueKind):
    """A number within these bounds, read as a float."""

    least: int
    most: int
    shape = FieldShape.NUMBER

    @property
    def range(self) -> str:
        """Both ends."""
        return f"{self.least} to {self.most}"

    def read(self, value: object) -> float:
        """Give it back."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise Wrong(text("settings.want_number", least=self.least, most=self.most))
        return float(value)


@dataclass(frozen=True, slots=True)
class Whole(Number):
    """An integer within these bounds."""

    def read(self, value: object) -> int:
        """Give it back."""
        return int(Number.read(self, value if isinstance(value, int) else None))


@dataclass(frozen=True, slots=True)
class Choice(ValueKind):
    """One of these words; several may mean the same, and `-` in the file is `_` here."""

    meanings: dict[str, str]
    shape = FieldShape.CHOICE

    @property
    def range(self) -> str:
        """Each meaning, quoted."""
        return ", ".join(f'`"{word}"`' for word in self.words)

    @property
    def words(self) -> Sequence[str]:
        """Each meaning once."""
        return tuple(dict.fromkeys(self.meanings.values()))

    def read(self, value: object) -> str:
        """Give its meaning."""
        chosen = self.meanings.get(value.replace("-", "_")) if isinstance(value, str) else None
        if chosen is None:
            words = ", ".join(f'"{word}"' for word in sorted(set(self.meanings)))
            raise Wrong(text("settings.want_choice", choices=words))
        return chosen


@dataclass(frozen=True, slots=True)
class Word(ValueKind):
    """A word of this form; `want` says the form to people. `strip`: there may be blanks around it."""

    form: re.Pattern[str]
    want: Text
    strip: bool = False
    shape = FieldShape.WORD

    def read(self, value: object) -> str:
        """Give it back."""
        said = value.strip() if self.strip and isinstance(value, str) else value
        if not isinstance(said, str) or not self.form.fullmatch(said):
            raise Wrong(self.want)
        return said


@dataclass(frozen=True, slots=True)
class RobotName(Word):
    """The name of a robot."""

    form: re.Pattern[str] = ROBOT_NAME
    want: Text = _WANT_NAME
    shape = FieldShape.ROBOT


@dataclass(frozen=True, slots=True)
class Words(ValueKind):
    """A list of such words, each once; at most `most`."""

    each: Word
    want: Text
    most: int | None = None
    shape = FieldShape.LIST

    @property
    def range(self) -> str:
        """How many."""
        return "" if self.most is None else f"up to {self.most}"

    def read(self, value: object) -> tuple[str, ...]:
        """Give them in their order."""
        if not isinstance(value, list) or (self.most is not None and len(value) > self.most):
            raise Wrong(self.want)
        return tuple(dict.fromkeys(self.each.read(item) for item in value))
