"""The rows that docs/seams.md owes to the settings, by their annotations."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.settings import robot_settings
from tray_app.channels import CHANNELS
from tray_app.core.settings.form_fields import groups
from tray_app.core.settings.notices import KindRule
from tray_app.core.settings.settings import RobotSettings, Settings
from tray_app.core.settings.spec import settings_of, tables_of
from tray_app.core.settings.text import TomlValue
from tray_app.core.settings.values import ValueKind, choice

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Row:
    """One key: its cell of values begins with `values`, and its default with `usual`."""

    key: str
    values: str
    usual: TomlValue

    def __str__(self) -> str:
        """The line to write."""
        return f"| `{self.key}` | {self.values} | `{_toml(self.usual)}` |"

    def is_said(self, cells: Sequence[str]) -> bool:
        """Whether these two cells say it; words may follow."""
        values, default = cells
        said = default.split("`")[1]
        return values.startswith(self.values) and tomllib.loads(f"x = {said}")["x"] == self.usual


def setting_rows(usual: Settings) -> Iterator[Row]:
    """Of the general table."""
    for group in groups(usual):
        for one in group.fields:
            if not one.key.startswith("notices."):
                assert one.usual is not None
                yield Row(one.key, one.kind.range, one.usual)
    robot = robot_settings()
    kinds = {"channel": choice({name: name for name in CHANNELS}), **_kinds(RobotSettings)}
    yield from (
        Row(f"robots.NAME.{name}", kind.range, kind.plain(getattr(robot, name))) for name, kind in kinds.items()
    )


def notice_rows(usual: Settings) -> Iterator[Row]:
    """Of the table of notices; keys that every kind has are one row."""
    notices = usual.notices
    for name, kind in _kinds(type(notices)).items():
        yield Row(f"notices.{name}", kind.range, kind.plain(getattr(notices, name)))
    for name, kind in _kinds(KindRule).items():
        yield Row(f"notices.KIND.{name}", kind.range, kind.plain(getattr(KindRule(), name)))
    for table, rule in tables_of(notices).items():
        for name, kind in _kinds(type(rule)).items():
            if not isinstance(rule, KindRule) or name not in _kinds(KindRule):
                yield Row(f"notices.{table}.{name}", kind.range, kind.plain(getattr(rule, name)))


def missing(rows: Iterator[Row], table: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines that the page lacks or has otherwise, and the keys it should not have."""
    wanted = {row.key: row for row in rows}
    lacking = [str(row) for key, row in wanted.items() if key not in table or not row.is_said(table[key])]
    return lacking + [key for key in table if key not in wanted]


def _kinds(table: "type[DataclassInstance]") -> Mapping[str, ValueKind]:
    return {name: setting.kind for name, setting in settings_of(table).items()}


def _toml(value: TomlValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
