"""One thing `doctor` looked at: how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text


class Level(StrEnum):
    """Values are stable: `doctor --json` shows them."""

    OK = "ok"
    NOTE = "note"  # worth knowing; messages go out
    FAULT = "fault"  # a message sent now would not arrive


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """`check` names the thing: an entry `check_<name>` of `doctor.toml`, and a stable word of `--json`.

    `agent`: what people call the agent that it is about, where it is about one.
    """

    check: str
    level: Level
    found: Text
    hint: Text | None = None
    agent: str = ""


def fine(check: str, found: Text) -> CheckResult:
    """It is well."""
    return CheckResult(check=check, level=Level.OK, found=found)


def note(check: str, found: Text, hint: Text | None = None) -> CheckResult:
    """Worth knowing."""
    return CheckResult(check=check, level=Level.NOTE, found=found, hint=hint)


def fault(check: str, found: Text, hint: Text | None) -> CheckResult:
    """Keeps messages from going out."""
    return CheckResult(check=check, level=Level.FAULT, found=found, hint=hint)
