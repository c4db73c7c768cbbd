"""How single values of `settings.toml` are read: each reader gives a value or says what would be one."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.conditions import BadPattern, compiled
from tray_app.core.settings.settings import HOST, MAX_KEYWORDS

MAX_ALLOWED = 100
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRETS = frozenset({"webhook", "secret", "token", "access_token", "url", "key"})


class Wrong(Exception):
    """A value is not usable; `want` says what would be."""

    def __init__(self, want: Text) -> None:
        super().__init__(want.key)
        self.want = want


Reader: TypeAlias = Callable[[object], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Reads a number within these bounds, an integer where it is `whole`."""

    least: int
    most: int
    whole: bool

    def __call__(self, value: object) -> float:
        """Give it back, as a float where it need not be whole."""
        kind = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, kind) or not self.least <= value <= self.most:
            raise Wrong(text("settings.want_number", least=self.least, most=self.most))
        return value if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """Reads one of these words; several may mean the same."""

    meanings: Mapping[str, str]

    @property
    def words(self) -> tuple[str, ...]:
        """Each meaning once."""
        return tuple(dict.fromkeys(self.meanings.values()))

    def __call__(self, value: object) -> str:
        """Give its meaning."""
        chosen = self.meanings.get(value.replace("-", "_")) if isinstance(value, str) else None
        if chosen is None:
            words = ", ".join(f'"{word}"' for word in sorted(set(self.meanings)))
            raise Wrong(text("settings.want_choice", choices=words))
        return chosen


def whole(least: int, most: int) -> Number:
    """Read an integer within these bounds."""
    return Number(least=least, most=most, whole=True)


def seconds(least: int, most: int) -> Number:
    """Read a number within these bounds."""
    return Number(least=least, most=most, whole=False)


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Wrong(text("settings.want_flag"))
    return value


def choice(**meanings: str) -> ChoiceRule:
    """Read one of these words."""
    return ChoiceRule(meanings)


def host(value: object) -> str:
    """Read a host name."""
    if not isinstance(value, str) or not HOST.fullmatch(value.lower()):
        raise Wrong(text("settings.want_host"))
    return value.lower()


def hosts(value: object) -> tuple[str, ...]:
    """Read a list of host names."""
    if not isinstance(value, list):
        raise Wrong(text("settings.want_hosts"))
    return tuple(dict.fromkeys(host(item) for item in value))


def keywords(value: object) -> tuple[str, ...]:
    """Read a robot's keywords."""
    words = [item.strip() for item in value if isinstance(item, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(words) != len(value) or len(words) > MAX_KEYWORDS or not all(words):
        raise Wrong(text("settings.want_keywords", most=MAX_KEYWORDS))
    return tuple(dict.fromkeys(words))


def allowed_values(value: object) -> tuple[str, ...]:
    """Read what redaction lets through: values, or regular expressions."""
    if (
        not isinstance(value, list)
        or len(value) > MAX_ALLOWED
        or not all(isinstance(item, str) and item for item in value)
    ):
        raise Wrong(text("redact.want_allow", most=MAX_ALLOWED))
    for number, item in enumerate(value, start=1):
        try:
            compiled(item)
        except BadPattern as error:
            raise Wrong(text("redact.bad_pattern", number=number, why=error.why or "-")) from None
    return tuple(dict.fromkeys(value))


def read_table(name: str, table: object, readers: Mapping[str, Reader], faults: list[Text]) -> dict[str, Any]:
    """Read a table's keys; what is wrong goes to `faults`."""
    if not isinstance(table, Mapping):
        faults.append(text("settings.wrong", key=name, want=text("settings.want_table", key=name)))
        return {}
    faults += [unknown(f"{name}.", key, readers) for key in table if key not in readers]
    return read_keys(f"{name}.", table, readers, faults)


def read_keys(
    prefix: str, table: Mapping[str, object], readers: Mapping[str, Reader], faults: list[Text]
) -> dict[str, Any]:
    """Read the keys that are there; what is wrong goes to `faults`."""
    values: dict[str, Any] = {}
    for key, reader in readers.items():
        if key in table:
            try:
                values[key] = reader(table[key])
            except Wrong as wrong:
                faults.append(text("settings.wrong", key=prefix + key, want=wrong.want))
    return values


def unknown(prefix: str, key: str, known: Iterable[str]) -> Text:
    """Name an unknown key and the nearest known one."""
    path = shown(prefix, key)
    if key.lower() in _SECRETS:
        return text("settings.belongs_in_keyring", key=path)
    near = get_close_matches(key, list(known), n=1)
    if near:
        return text("settings.unknown_near", key=path, near=near[0])
    return text("settings.unknown", key=path, known=", ".join(sorted(known)))


def shown(prefix: str, key: str) -> str:
    """A key as an error may show it: a pasted webhook or signing key on the wrong side of `=` is not repeated."""
    return prefix + (key if _PLAIN_KEY.fullmatch(key) else "…")
