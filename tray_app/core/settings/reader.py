"""What may stand in `settings.toml`: every key, the values it takes, and the words for what is wrong with the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Channel
from tray_app.core.settings.notices_reader import read_notices
from tray_app.core.settings.routes_reader import read_routes
from tray_app.core.settings.settings import (
    DEFAULT_CHANNEL,
    ENVIRONMENT_ROBOT,
    MOST_PER_MINUTE,
    MOST_PER_MONTH,
    RESERVED_ROBOTS,
    ROBOT_NAME,
    ApprovalSettings,
    DeliverySettings,
    EndpointSettings,
    HistorySettings,
    PauseSettings,
    RedactionMode,
    RedactionSettings,
    RobotSettings,
    Settings,
    usual_robot,
)
from tray_app.core.settings.values import (
    Reader,
    allowed_values,
    choice,
    flag,
    host,
    hosts,
    keywords,
    read_keys,
    read_table,
    seconds,
    shown,
    unknown,
    whole,
)

_LANGUAGES = {"en": "en", "zh": "zh", "zh_CN": "zh"}
TOP: Mapping[str, Reader] = {
    "language": choice(auto="auto", **_LANGUAGES),
    "message_language": choice(**_LANGUAGES),
}
_ROBOT: Mapping[str, Reader] = {
    "host": host,
    "keywords": keywords,
    "per_minute": whole(1, MOST_PER_MINUTE),
    "monthly_cap": whole(1, MOST_PER_MONTH),
    "default": flag,
}
TABLES: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "delivery": (
        DeliverySettings,
        {
            "wait_s": seconds(0, 50),
            "attempts": whole(1, 10),
            "digest_after_s": whole(0, 86_400),
            "expire_after_h": whole(1, 720),
            "extra_hosts": hosts,
        },
    ),
    "redaction": (
        RedactionSettings,
        {
            "mode": choice(mask=RedactionMode.MASK, refuse=RedactionMode.REFUSE, off=RedactionMode.OFF),
            "allow": allowed_values,
        },
    ),
    "pause": (PauseSettings, {"on_resume": choice(send="send", discard="discard")}),
    "endpoint": (EndpointSettings, {"port": whole(0, 65_535)}),
    "approvals": (ApprovalSettings, {"wait_s": seconds(0, 50), "expire_min": whole(1, 1_440)}),
    "history": (HistorySettings, {"days": whole(1, 36_500), "store_content": flag}),
}


def read(data: Mapping[str, object], *, channels: Mapping[str, Channel]) -> Settings:
    """Check parsed TOML; robots may be of these `channels`.

    Raises InvalidSettings naming every fault at once, each with its key and the nearest name.
    """
    faults: list[Text] = []
    known = {*TOP, *TABLES, "robots", "routes", "notices"}
    faults += [unknown("", key, known) for key in data if key not in known]
    values: dict[str, Any] = read_keys("", {key: data[key] for key in TOP if key in data}, TOP, faults)
    for name, (kind, readers) in TABLES.items():
        if name in data:
            values[name] = kind(**read_table(name, data[name], readers, faults))
    robots = values["robots"] = _read_robots(data.get("robots", {}), faults, channels)
    values["routes"] = read_routes(data.get("routes", []), faults, robots=_targets(data, robots))
    values["notices"] = read_notices(data.get("notices", {}), faults)
    if faults:
        raise InvalidSettings(joined(faults), text("settings.mend_hint", path="settings.toml"), tuple(faults))
    return Settings(**values)


def _read_robots(data: object, faults: list[Text], channels: Mapping[str, Channel]) -> dict[str, RobotSettings]:
    if not isinstance(data, Mapping):
        faults.append(text("settings.wrong", key="robots", want=text("settings.want_robots")))
        return {}
    robots: dict[str, RobotSettings] = {}
    for name, table in data.items():
        if not ROBOT_NAME.fullmatch(name):
            faults.append(text("settings.wrong", key=shown("robots.", name), want=text("settings.want_name")))
            continue
        readers: dict[str, Reader] = {"channel": choice(**{one: one for one in channels}), **_ROBOT}
        found = read_table(f"robots.{name}", table, readers, faults)
        channel = found.get("channel", DEFAULT_CHANNEL)
        robot = robots[name] = replace(usual_robot(channel, channels[channel]), **found)
        limit = channels[channel].host_limit(robot.host)
        if limit is not None and robot.per_minute > limit.per_minute and name != ENVIRONMENT_ROBOT:
            faults.append(text("settings.wrong", key=f"robots.{name}.per_minute", want=limit.want))
    if sum(robot.default for robot in robots.values()) > 1:
        faults.append(text("settings.two_defaults"))
    return robots


def _targets(data: Mapping[str, object], robots: Mapping[str, RobotSettings]) -> tuple[str, ...]:
    """Where routes may lead: robots that are faulty are there all the same, and two need no table."""
    written = data.get("robots")
    return tuple(dict.fromkeys([*robots, *(written if isinstance(written, Mapping) else ()), *RESERVED_ROBOTS]))


def joined(faults: Sequence[Text]) -> Text:
    """Say all faults in one sentence."""
    said = faults[0]
    for fault in faults[1:]:
        said = text("settings.and", first=said, then=fault)
    return said
