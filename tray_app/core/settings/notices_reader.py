"""What may stand below `[notices]` in `settings.toml`: general rules, and `[notices.projects.NAME]` on top of them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.message import MAX_MENTIONS, Mentions
from tray_app.core.settings.notices import MINUTE_MS, KindRule, NoticeKind, NoticeSettings, QuietHours
from tray_app.core.settings.settings import ROBOT_NAME
from tray_app.core.settings.values import Reader, Wrong, flag, read_keys, read_table, seconds, unknown, whole

_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–~]\s*([01]?\d|2[0-3]):([0-5]\d)")
_DAY_MINUTES = 1_440
_MOBILE = re.compile(r"\+?[0-9-]{5,20}")
_USER_ID = re.compile(r"\S{1,64}")
_MOST_PROJECTS = 200


def _quiet(value: object) -> QuietHours:
    found = _QUIET.fullmatch(value.strip()) if isinstance(value, str) else None
    if value == "":
        return QuietHours(start=0, end=0)
    if found is None:
        raise Wrong(text("settings.want_quiet_hours"))
    hour, minute, to_hour, to_minute = (int(part) for part in found.groups())
    return QuietHours(start=hour * 60 + minute, end=to_hour * 60 + to_minute)


def robot(value: object) -> str:
    """Read a robot's name, or nothing."""
    if not isinstance(value, str) or (value and not ROBOT_NAME.fullmatch(value)):
        raise Wrong(text("settings.want_name"))
    return value


def _people(shape: re.Pattern[str]) -> Reader:
    def read_people(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > MAX_MENTIONS:
            raise Wrong(text("settings.want_people", most=MAX_MENTIONS))
        said = [item.strip() for item in value if isinstance(item, str) and shape.fullmatch(item.strip())]
        if len(said) != len(value):
            raise Wrong(text("settings.want_people", most=MAX_MENTIONS))
        return tuple(dict.fromkeys(said))

    return read_people


_COMMON: Mapping[str, Reader] = {
    "enabled": flag,
    "robot": robot,
    "at_mobiles": _people(_MOBILE),
    "at_user_ids": _people(_USER_ID),
    "at_all": flag,
}
_MINUTES = seconds(0, _DAY_MINUTES)
KINDS: Mapping[NoticeKind, Mapping[str, Reader]] = {
    NoticeKind.SESSION_END: {**_COMMON, "min_minutes": _MINUTES},
    NoticeKind.TASK_DONE: {**_COMMON, "min_minutes": _MINUTES},
    NoticeKind.WAITING: {**_COMMON, "after_s": whole(0, 86_400), "remind_minutes": _MINUTES, "idle": flag},
    NoticeKind.FAILURE: _COMMON,
}
GENERAL: Mapping[str, Reader] = {"quiet_hours": _quiet}


def read_notices(data: object, faults: list[Text]) -> NoticeSettings:
    """Read `[notices]`; what is wrong goes to `faults`."""
    general = _read_set("notices", data, NoticeSettings(), faults, extra=("projects",))
    named = data.get("projects", {}) if isinstance(data, Mapping) else {}
    if not isinstance(named, Mapping) or len(named) > _MOST_PROJECTS:
        faults.append(text("settings.wrong", key="notices.projects", want=text("settings.want_projects")))
        return general
    projects = {
        name: _read_set(f"notices.projects.{name[:40]}", table, general, faults) for name, table in named.items()
    }
    return replace(general, projects=projects)


def _read_set(
    path: str, data: object, base: NoticeSettings, faults: list[Text], *, extra: tuple[str, ...] = ()
) -> NoticeSettings:
    """Read one set of rules on top of `base`."""
    if not isinstance(data, Mapping):
        faults.append(text("settings.wrong", key=path, want=text("settings.want_table", key=path)))
        return base
    known = {*NoticeKind, *GENERAL, *extra}
    faults += [unknown(f"{path}.", key, known) for key in data if key not in known]
    quiet = read_keys(f"{path}.", data, GENERAL, faults).get("quiet_hours", base.quiet)
    rules = {kind: _rule(f"{path}.{kind}", data.get(kind, {}), base.rules[kind], faults) for kind in NoticeKind}
    return NoticeSettings(rules=rules, quiet=quiet)


def _rule(path: str, data: object, base: KindRule, faults: list[Text]) -> KindRule:
    """Read one kind; `waiting = false` is short for its table with `enabled = false`."""
    table = {"enabled": data} if isinstance(data, bool) else data
    kind = NoticeKind(path.rpartition(".")[2])
    said = read_table(path, table, KINDS[kind], faults)
    at = base.mentions
    return KindRule(
        enabled=said.get("enabled", base.enabled),
        after_ms=_after_ms(said, base.after_ms),
        remind_ms=int(said["remind_minutes"] * MINUTE_MS) if "remind_minutes" in said else base.remind_ms,
        idle=said.get("idle", base.idle),
        robot=said.get("robot", base.robot),
        mentions=Mentions(
            mobiles=said.get("at_mobiles", at.mobiles),
            user_ids=said.get("at_user_ids", at.user_ids),
            everyone=said.get("at_all", at.everyone),
        ),
    )


def _after_ms(said: Mapping[str, Any], usual: int) -> int:
    if "after_s" in said:
        return int(said["after_s"]) * 1_000
    return int(said["min_minutes"] * MINUTE_MS) if "min_minutes" in said else usual
