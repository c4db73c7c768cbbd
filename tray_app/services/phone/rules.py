"""What the owner's settings say of the phone at this moment."""

from collections.abc import Callable
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog
from tray_app.core.redaction.redact import Redacted
from tray_app.core.settings.phone import PhoneSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRules:
    """`quiet`: of this session and project nothing is told."""

    settings: Callable[[], PhoneSettings]
    paused: Callable[[], bool]
    quiet: Callable[[str, str], bool]
    masked: Callable[[str], Redacted]
    words: Callable[[], Catalog]
