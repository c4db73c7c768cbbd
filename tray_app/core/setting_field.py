"""One setting of settings.toml as a field that a person can fill in: its shape, its words, what was typed into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.settings_text import TomlValue
from tray_app.core.settings_values import Choice, Reader
from tray_app.core.texts import Text, text

YES, NO = "yes", "no"
NEEDS_RESTART = frozenset({"language", "endpoint.port"})


class Shape(StrEnum):
    """What a person fills in."""

    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"  # one to a line
    ROBOT = "robot"
    WORD = "word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting. `key` is its dotted path in the file, `stem` the entry of its words in `assets/texts/setting.toml`.

    `usual` holds where the file does not say; None: what holds for all projects.
    """

    key: str
    stem: str
    reader: Reader
    usual: TomlValue | None
    shape: Shape

    @property
    def label(self) -> Text:
        """Its name."""
        return text(f"setting.{self.stem}")

    @property
    def help(self) -> Text:
        """What it does."""
        return text(f"setting.{self.stem}_help")

    @property
    def choices(self) -> Sequence[tuple[str, Text]]:
        """The words to choose from and what each means; empty where any value may be written."""
        words = self.reader.words if isinstance(self.reader, Choice) else ()
        return tuple((str(word), text(f"setting.{self.stem}_{word}")) for word in words)

    @property
    def restart(self) -> bool:
        """Whether a change takes effect with the next start only."""
        return self.key in NEEDS_RESTART

    def written(self, value: TomlValue | None) -> str:
        """A value as the form shows it; None, nothing said, is empty."""
        match value:
            case None:
                return ""
            case bool():
                return YES if value else NO
            case list():
                return "\n".join(value)
            case float() if value.is_integer():
                return str(int(value))
            case _:
                return str(value)

    def value(self, typed: str) -> TomlValue | None:
        """What was typed, as it goes into the file; None: nothing, so what is usual. Raises Wrong."""
        said = typed.strip()
        if not said and (self.usual is None or self.shape is Shape.NUMBER):
            return None
        value = self._parsed(said)
        self.reader(value)
        return value

    def _parsed(self, said: str) -> TomlValue:
        match self.shape:
            case Shape.FLAG:
                return said == YES
            case Shape.NUMBER:
                return _number(said, self.reader)
            case Shape.LIST:
                return [line.strip() for line in said.splitlines() if line.strip()]
            case Shape.CHOICE | Shape.ROBOT | Shape.WORD:
                return said


def _number(said: str, reader: Reader) -> float:
    try:
        return int(said)
    except ValueError:
        pass
    try:
        return float(said)
    except ValueError:
        reader(said)  # says what would be right
        raise
