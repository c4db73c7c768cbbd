"""The settings as fields of a form, by the same annotations that the file is read by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.notices import KindRule, NoticeRules
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.spec import Setting, settings_of, tables_of
from tray_app.core.settings.text import TomlValue, quoted
from tray_app.core.settings.values import FieldShape, ValueKind

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

YES, NO = "yes", "no"
_USUAL = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting. `key` is its dotted path in the file, `stem` the entry of its words in `assets/texts/setting.toml`.

    `usual` holds where the file does not say; None: what holds for all projects.
    """

    key: str
    stem: str
    setting: Setting
    usual: TomlValue | None

    @property
    def kind(self) -> ValueKind:
        """What it may hold."""
        return self.setting.kind

    @property
    def shape(self) -> FieldShape:
        """What a person fills in."""
        return self.kind.shape

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
        return tuple((str(word), text(f"setting.{self.stem}_{word}")) for word in self.kind.words)

    @property
    def restart(self) -> bool:
        """Whether a change takes effect with the next start only."""
        return self.setting.at_start

    @property
    def connect_anew(self) -> bool:
        """Whether agents hear of a change only when they are connected anew."""
        return self.setting.at_connect

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
        self.kind.read(value)
        return value

    def _parsed(self, said: str) -> TomlValue:
        match self.shape:
            case FieldShape.FLAG:
                return said == YES
            case FieldShape.NUMBER:
                return _number(said, self.kind)
            case FieldShape.LIST:
                return [line.strip() for line in said.splitlines() if line.strip()]
            case FieldShape.CHOICE | FieldShape.ROBOT | FieldShape.WORD:
                return said


def _number(said: str, kind: ValueKind) -> float:
    try:
        return int(said)
    except ValueError:
        pass
    try:
        return float(said)
    except ValueError:
        kind.read(said)  # says what would be right
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


def groups(usual: Settings = _USUAL) -> tuple[Group, ...]:
    """All settings but robots and routes, which are lists with a page of their own."""
    plain = (group for name, table in tables_of(usual).items() for group in _table_groups(name, table))
    return (Group(name="general", fields=_fields("", usual)), *notice_groups(usual=usual.notices), *plain)


def _table_groups(path: str, table: "DataclassInstance") -> Iterator[Group]:
    """A table, and those below it."""
    stem = path.replace(".", "_")
    yield Group(name=stem, fields=_fields(f"{path}.", table, stem=stem))
    for name, below in tables_of(table).items():
        yield from _table_groups(f"{path}.{name}", below)


def notice_groups(project: str | None = None, usual: NoticeRules = _USUAL.notices) -> tuple[Group, ...]:
    """The rules of automatic notices: for all projects, or those that one project has of its own."""
    path, own = ("notices.", False) if project is None else (f"notices.projects.{quoted(project)}.", True)
    usual = usual if project is None else NoticeRules()
    kinds = (
        Group(name=kind, fields=_fields(f"{path}{kind}.", rule, stem=kind, own=own))
        for kind, rule in tables_of(usual).items()
    )
    return (Group(name="notices", fields=_fields(path, usual, stem="notices", own=own)), *kinds)


def _fields(path: str, usual: "DataclassInstance", *, stem: str = "", own: bool = False) -> tuple[Field, ...]:
    return tuple(
        Field(
            key=path + name,
            stem=_stem(stem, name),
            setting=setting,
            usual=None if own else setting.kind.plain(getattr(usual, name)),
        )
        for name, setting in settings_of(type(usual)).items()
    )


def _stem(table: str, name: str) -> str:
    """Keys that every kind of notice has share their words."""
    shared = name in settings_of(KindRule) and table in tables_of(NoticeRules())
    return "_".join(filter(None, ("kind" if shared else table, name)))
