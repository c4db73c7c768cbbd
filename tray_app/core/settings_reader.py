"""What may stand in `settings.toml`: every key, the values it takes, and the words for what is wrong with the rest."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from tray_app.core.errors import InvalidSettings
from tray_app.core.settings import (
    DINGTALK_HOSTS,
    DINGTALK_PER_MINUTE,
    ENVIRONMENT_ROBOT,
    HOST,
    MAX_KEYWORDS,
    ROBOT_NAME,
    DeliverySettings,
    EndpointSettings,
    HistorySettings,
    PauseSettings,
    RobotSettings,
    Settings,
)
from tray_app.core.texts import Text, text


class _Wrong(Exception):
    """A value is not usable; `want` says what would be."""

    def __init__(self, want: Text) -> None:
        super().__init__(want.key)
        self.want = want


_Reader: TypeAlias = Callable[[object], object]


def _whole(least: int, most: int) -> _Reader:
    def read_whole(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _Wrong(text("settings.want_number", least=least, most=most))
        return value

    return read_whole


def _seconds(least: int, most: int) -> _Reader:
    def read_seconds(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise _Wrong(text("settings.want_number", least=least, most=most))
        return float(value)

    return read_seconds


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(text("settings.want_flag"))
    return value


def _choice(**meanings: str) -> _Reader:
    def read_choice(value: object) -> str:
        chosen = meanings.get(value.replace("-", "_")) if isinstance(value, str) else None
        if chosen is None:
            raise _Wrong(text("settings.want_choice", choices=", ".join(f'"{word}"' for word in sorted(set(meanings)))))
        return chosen

    return read_choice


def _host(value: object) -> str:
    if not isinstance(value, str) or not HOST.fullmatch(value.lower()):
        raise _Wrong(text("settings.want_host"))
    return value.lower()


def _hosts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong(text("settings.want_hosts"))
    return tuple(dict.fromkeys(_host(item) for item in value))


def _keywords(value: object) -> tuple[str, ...]:
    words = [item.strip() for item in value if isinstance(item, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(words) != len(value) or len(words) > MAX_KEYWORDS or not all(words):
        raise _Wrong(text("settings.want_keywords", most=MAX_KEYWORDS))
    return tuple(dict.fromkeys(words))


_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SECRETS = frozenset({"webhook", "secret", "token", "access_token", "url", "key"})
_LANGUAGES = {"en": "en", "zh": "zh", "zh_CN": "zh"}
_TOP: Mapping[str, _Reader] = {
    "language": _choice(auto="auto", **_LANGUAGES),
    "message_language": _choice(**_LANGUAGES),
    "allow_configure_tool": _flag,
}
_ROBOT: Mapping[str, _Reader] = {
    "host": _host,
    "keywords": _keywords,
    "per_minute": _whole(1, 100_000),
    "monthly_cap": _whole(1, 100_000_000),
    "default": _flag,
}
_TABLES: Mapping[str, tuple[type, Mapping[str, _Reader]]] = {
    "delivery": (
        DeliverySettings,
        {
            "wait_s": _seconds(0, 50),
            "attempts": _whole(1, 10),
            "digest_after_s": _whole(0, 86_400),
            "expire_after_h": _whole(1, 720),
            "extra_hosts": _hosts,
        },
    ),
    "pause": (PauseSettings, {"on_resume": _choice(send="send", discard="discard")}),
    "endpoint": (EndpointSettings, {"port": _whole(0, 65_535)}),
    "history": (HistorySettings, {"days": _whole(1, 36_500), "store_content": _flag}),
}


def read(data: Mapping[str, object]) -> Settings:
    """Check parsed TOML. Raises InvalidSettings naming every fault at once, each with its key and the nearest name."""
    faults: list[Text] = []
    known = {*_TOP, *_TABLES, "robots"}
    faults += [_unknown("", key, known) for key in data if key not in known]
    values: dict[str, Any] = _read_keys("", {key: data[key] for key in _TOP if key in data}, _TOP, faults)
    for name, (kind, readers) in _TABLES.items():
        if name in data:
            values[name] = kind(**_read_table(name, data[name], readers, faults))
    values["robots"] = _read_robots(data.get("robots", {}), faults)
    if faults:
        raise InvalidSettings(_joined(faults), text("settings.mend_hint", path="settings.toml"))
    return Settings(**values)


def _read_robots(data: object, faults: list[Text]) -> dict[str, RobotSettings]:
    if not isinstance(data, Mapping):
        faults.append(text("settings.wrong", key="robots", want=text("settings.want_robots")))
        return {}
    robots: dict[str, RobotSettings] = {}
    for name, table in data.items():
        if not ROBOT_NAME.fullmatch(name):
            faults.append(text("settings.wrong", key=_shown("robots.", name), want=text("settings.want_name")))
            continue
        robots[name] = RobotSettings(**_read_table(f"robots.{name}", table, _ROBOT, faults))
        limit = robots[name]
        if limit.host in DINGTALK_HOSTS and limit.per_minute > DINGTALK_PER_MINUTE and name != ENVIRONMENT_ROBOT:
            want = text("settings.want_dingtalk_limit", most=DINGTALK_PER_MINUTE)
            faults.append(text("settings.wrong", key=f"robots.{name}.per_minute", want=want))
    if sum(robot.default for robot in robots.values()) > 1:
        faults.append(text("settings.two_defaults"))
    return robots


def _read_table(name: str, table: object, readers: Mapping[str, _Reader], faults: list[Text]) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        faults.append(text("settings.wrong", key=name, want=text("settings.want_table", key=name)))
        return {}
    faults += [_unknown(f"{name}.", key, readers) for key in table if key not in readers]
    return _read_keys(f"{name}.", table, readers, faults)


def _read_keys(
    prefix: str, table: Mapping[str, object], readers: Mapping[str, _Reader], faults: list[Text]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, reader in readers.items():
        if key in table:
            try:
                values[key] = reader(table[key])
            except _Wrong as wrong:
                faults.append(text("settings.wrong", key=prefix + key, want=wrong.want))
    return values


def _unknown(prefix: str, key: str, known: Iterable[str]) -> Text:
    path = _shown(prefix, key)
    if key.lower() in _SECRETS:
        return text("settings.belongs_in_keyring", key=path)
    near = get_close_matches(key, list(known), n=1)
    if near:
        return text("settings.unknown_near", key=path, near=near[0])
    return text("settings.unknown", key=path, known=", ".join(sorted(known)))


def _shown(prefix: str, key: str) -> str:
    """A key as an error may show it: a pasted webhook or signing key on the wrong side of `=` is not repeated."""
    return prefix + (key if _PLAIN_KEY.fullmatch(key) else "…")


def _joined(faults: Sequence[Text]) -> Text:
    """Say all faults in one sentence."""
    said = faults[0]
    for fault in faults[1:]:
        said = text("settings.and", first=said, then=fault)
    return said
