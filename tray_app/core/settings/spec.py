"""A table of `settings.toml` is a dataclass, and each key's annotation says what it may hold: read and shown by that.

`Annotated[int, whole(1, 10)]` is one value; a field that is a dataclass is a table below this one; a field marked
`APART` is known here and read elsewhere. One marked `RETIRED` is of an older version: taken as it is, and told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.values import ValueKind, Wrong

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TableT = TypeVar("TableT", bound="DataclassInstance")
AT_START = "takes effect with the next start only"
AT_CONNECT = "is known to agents when they are connected anew"
APART = "read elsewhere"
RETIRED = "of an older version, and without effect"
FOUND = MappingProxyType({"found": "by the reader: no key of the file"})  # metadata of a field that is APART
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRETS = frozenset({"webhook", "secret", "token", "access_token", "url", "key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the annotation of a key says."""

    kind: ValueKind
    at_start: bool
    at_connect: bool = False


def settings_of(table: "type[DataclassInstance]") -> Mapping[str, Setting]:
    """The keys of a table that hold one value, in their order."""
    return _spec(table)[0]


def retired_of(table: "type[DataclassInstance]") -> Sequence[str]:
    """The keys that older versions knew; None where the file has them not."""
    return _spec(table)[2]


def tables_of(usual: TableT) -> "Mapping[str, DataclassInstance]":
    """The tables below this one, with what is usual in them."""
    return {name: getattr(usual, name) for name in _spec(type(usual))[1]}


@cache
def _spec(table: "type[DataclassInstance]") -> tuple[Mapping[str, Setting], Sequence[str], Sequence[str]]:
    """The keys that hold one value, the names of the tables below, and the retired keys."""
    single: dict[str, Setting] = {}
    below: list[str] = []
    retired: list[str] = []
    for name, hint in get_type_hints(table, include_extras=True).items():
        words = getattr(hint, "__metadata__", ())
        if words and isinstance(words[0], ValueKind):
            single[name] = Setting(kind=words[0], at_start=AT_START in words, at_connect=AT_CONNECT in words)
        elif is_dataclass(hint):
            below.append(name)
        elif RETIRED in words:
            retired.append(name)
        elif APART not in words:
            msg = f"{table.__name__}.{name} does not say what it may hold"
            raise TypeError(msg)
    return single, below, retired


def read_table(path: str, table: object, usual: TableT, faults: list[Text]) -> TableT:
    """Read a table on top of what is usual; what is wrong goes to `faults`. True and false are short for `enabled`."""
    if isinstance(table, bool) and "enabled" in settings_of(type(usual)):
        table = {"enabled": table}
    values = read_keys(path, table, type(usual), faults)
    for name, inner in tables_of(usual).items():
        if isinstance(table, Mapping) and name in table:
            values[name] = read_table(_below(path, name), table[name], inner, faults)
    return replace(usual, **values)


def read_keys(
    path: str,
    table: object,
    kind: "type[DataclassInstance]",
    faults: list[Text],
    *,
    more: Mapping[str, ValueKind] = MappingProxyType({}),
) -> dict[str, Any]:
    """Read the single values that are there; what is wrong goes to `faults`. `more`: kinds that the caller knows."""
    if not isinstance(table, Mapping):
        faults.append(text("settings.wrong", key=path, want=text("settings.want_table", key=path)))
        return {}
    retired = retired_of(kind)
    known = [field.name for field in fields(kind) if field.name not in retired and field.metadata != FOUND]
    faults += [_unknown(path, key, known) for key in table if key not in known and key not in retired]
    values: dict[str, Any] = {name: table[name] for name in retired if name in table}
    for name, one in {**more, **{name: setting.kind for name, setting in settings_of(kind).items()}}.items():
        if name in table:
            try:
                values[name] = one.read(table[name])
            except Wrong as wrong:
                faults.append(text("settings.wrong", key=_below(path, name), want=wrong.want))
    return values


def shown(path: str, key: str) -> str:
    """A key as an error may show it: a pasted webhook or signing key on the wrong side of `=` is not repeated."""
    return _below(path, key if _PLAIN_KEY.fullmatch(key) else "…")


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _unknown(path: str, key: str, known: Iterable[str]) -> Text:
    """Name an unknown key and the nearest known one."""
    name = shown(path, key)
    if key.lower() in _SECRETS:
        return text("settings.belongs_in_keyring", key=name)
    from difflib import get_close_matches

    near = get_close_matches(key, list(known), n=1)
    if near:
        return text("settings.unknown_near", key=name, near=near[0])
    return text("settings.unknown", key=name, known=", ".join(sorted(known)))
