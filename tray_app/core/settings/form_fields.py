"""The settings as fields of a form, derived from what the reader allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.notices import DEFAULTS, MINUTE_MS, KindRule, NoticeKind
from tray_app.core.settings.notices_reader import GENERAL, KINDS, robot
from tray_app.core.settings.reader import TABLES, TOP
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.text import TomlValue, quoted
from tray_app.core.settings.values import ChoiceRule, Number, Reader

YES, NO = "yes", "no"
NEEDS_RESTART = frozenset({"language", "endpoint.port"})


class FieldShape(StrEnum):
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
    shape: FieldShape

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
        words = self.reader.words if isinstance(self.reader, ChoiceRule) else ()
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
        if not said and (self.usual is None or self.shape is FieldShape.NUMBER):
            return None
        value = self._parsed(said)
        self.reader(value)
        return value

    def _parsed(self, said: str) -> TomlValue:
        match self.shape:
            case FieldShape.FLAG:
                return said == YES
            case FieldShape.NUMBER:
                return _number(said, self.reader)
            case FieldShape.LIST:
                return [line.strip() for line in said.splitlines() if line.strip()]
            case FieldShape.CHOICE | FieldShape.ROBOT | FieldShape.WORD:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together: a table of the file, or the keys above all tables (`general`)."""

    name: str
    fields: tuple[Field, ...]

    @property
    def title(self) -> Text:
        """Its heading."""
        return text(f"setting.group_{self.name}")

    @property
    def help(self) -> Text:
        """What it is about."""
        return text(f"setting.group_{self.name}_help")


def groups() -> tuple[Group, ...]:
    """All settings but robots and routes, which are lists with a page of their own."""
    usual = Settings()
    top = tuple(_field(key, reader, getattr(usual, key)) for key, reader in TOP.items())
    tables = [
        Group(
            name=name,
            fields=tuple(
                _field(f"{name}.{key}", one, getattr(getattr(usual, name), key)) for key, one in table.items()
            ),
        )
        for name, (_, table) in TABLES.items()
    ]
    return (Group(name="general", fields=top), *notice_groups(), *tables)


def notice_groups(project: str | None = None) -> tuple[Group, ...]:
    """The rules of automatic notices: for all projects, or those that one project has of its own."""
    path = "notices" if project is None else f"notices.projects.{quoted(project)}"
    own = project is not None
    quiet = tuple(
        _field(f"{path}.{key}", one, None if own else "", stem=f"notices_{key}", shape=FieldShape.WORD)
        for key, one in GENERAL.items()
    )
    kinds = (
        Group(
            name=kind.value,
            fields=tuple(
                _field(
                    f"{path}.{kind.value}.{key}",
                    one,
                    None if own else _usual(DEFAULTS[kind], key),
                    stem=_stem(kind, key),
                    shape=_shape(one, _usual(DEFAULTS[kind], key)),
                )
                for key, one in table.items()
            ),
        )
        for kind, table in KINDS.items()
    )
    return (Group(name="notices", fields=quiet), *kinds)


def _field(key: str, reader: Reader, usual: object, *, stem: str = "", shape: FieldShape | None = None) -> Field:
    plain = list(usual) if isinstance(usual, tuple) else str(usual) if isinstance(usual, str) else usual
    if not (plain is None or isinstance(plain, str | int | float | list)):
        msg = f"{key} has a default that no form can show"
        raise TypeError(msg)
    value: TomlValue | None = plain
    return Field(
        key=key, stem=stem or key.replace(".", "_"), reader=reader, usual=value, shape=shape or _shape(reader, value)
    )


def _shape(reader: Reader, usual: TomlValue | None) -> FieldShape:
    if reader is robot:
        return FieldShape.ROBOT
    if isinstance(reader, Number):
        return FieldShape.NUMBER
    if isinstance(reader, ChoiceRule):
        return FieldShape.CHOICE
    match usual:
        case bool():
            return FieldShape.FLAG
        case list():
            return FieldShape.LIST
        case _:
            return FieldShape.WORD


def _stem(kind: NoticeKind, key: str) -> str:
    """Keys that every kind has share their words."""
    everywhere = all(key in table for table in KINDS.values())
    return f"kind_{key}" if everywhere else f"{kind.value}_{key}"


def _usual(rule: KindRule, key: str) -> TomlValue:
    """A rule's default as the file would say it."""
    said: dict[str, TomlValue] = {
        "enabled": rule.enabled,
        "robot": rule.robot,
        "at_mobiles": list(rule.mentions.mobiles),
        "at_user_ids": list(rule.mentions.user_ids),
        "at_all": rule.mentions.everyone,
        "min_minutes": rule.after_ms / MINUTE_MS,
        "after_s": rule.after_ms // 1_000,
        "remind_minutes": rule.remind_ms / MINUTE_MS,
        "idle": rule.idle,
    }
    return said[key]
