"""The fields that lines of a Claude Code transcript share: how each is read from whatever stands there."""

import json
import re
from datetime import datetime
from functools import lru_cache

from pydantic_core import from_json

from tray_app.core.claude_code.words import is_scripted
from tray_app.core.sessions.counting.records import Where

LONGEST_LINE = 8 * 1024 * 1024  # longer ones hold pictures or whole files; parsing one would take hundreds of megabytes
_MOST = 2**31  # a count above is damage
_COUNTED_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_USUAL_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)([0-5]\d)\.(\d{3})Z$", re.ASCII)


def decoded(line: bytes) -> object:
    """The line as JSON; None for what is none, is nested beyond reason, or is too long."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        return from_json(line, cache_strings="keys")  # twice as fast as json, which reads what this refuses
    except ValueError:
        text = line.decode("utf-8", "replace").strip("\ufeff \t\r\n")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def count(value: object) -> int:
    """A count; 0 for what can be none."""
    return value if type(value) is int and 0 < value < _MOST else 0


def where_of(data: dict[str, object]) -> Where:
    """What the line says about its session."""
    copied = is_copied(data)
    try:
        return _shared_where(
            data.get("sessionId"),
            data.get("cwd"),
            data.get("gitBranch"),
            data.get("version"),
            data.get("entrypoint"),
            data.get("isSidechain") is True,
            data.get("agentId"),
            copied,
        )
    except TypeError:  # a field that is a list or an object: not ours to guess
        return Where("", "", "", "", "", sidechain=data.get("isSidechain") is True, agent_id="", copied=copied)


def is_copied(data: dict[str, object]) -> bool:
    """Whether another session made this line: /branch marks its copies, and says who asked the model."""
    asked_by = data.get("requestSessionId")
    return "forkedFrom" in data or (isinstance(asked_by, str) and asked_by != data.get("sessionId"))


@lru_cache(maxsize=512)  # consecutive lines repeat it word for word
def _shared_where(*fields: object) -> Where:
    session_id, cwd, branch, version, entrypoint, sidechain, agent_id, copied = (
        part if isinstance(part, str | bool) else "" for part in fields
    )
    return Where(
        str(session_id),
        str(cwd),
        str(branch),
        str(version),
        str(entrypoint),
        bool(sidechain),
        str(agent_id),
        bool(copied),
        is_scripted(str(entrypoint)),
    )


def counted_time(value: object) -> int | None:
    """The time of a line whose tokens count, in milliseconds, 1 at least; None: it has none, and counts nowhere.

    The forms are those that ccusage 20.0.24 takes (measured); the client itself writes but one of them.
    """
    if not isinstance(value, str):
        return None
    usual = _USUAL_TIME.fullmatch(value)
    if usual is not None and (minute := _minute(usual[1])):
        return minute + int(usual[2]) * 1000 + int(usual[3])
    if not _COUNTED_TIME.fullmatch(value):
        return None
    return time_of(value) or _long_ago(value)


def _long_ago(value: str) -> int | None:
    """1 for a time before 1970, which no local day can be told of; None where there is no such day or hour."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return None
    return 1


def time_of(value: object) -> int:
    """UTC ISO time to milliseconds; 0 where there is none."""
    if not isinstance(value, str):
        return 0
    usual = _USUAL_TIME.match(value)
    if usual is not None and (minute := _minute(usual[1])):  # 0: no such day
        return minute + int(usual[2]) * 1000 + int(usual[3])
    return _any_time(value)


@lru_cache(maxsize=64)  # a transcript's lines come in order
def _minute(value: str) -> int:
    return _any_time(f"{value}00Z")


def _any_time(value: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
        return max(0, round(moment.timestamp() * 1000)) if moment.tzinfo is not None else 0
    except (ValueError, OverflowError, OSError):
        return 0
