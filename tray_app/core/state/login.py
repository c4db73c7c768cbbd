"""Whether the app starts when its owner logs in."""

from enum import StrEnum


class LoginStart(StrEnum):
    """`switched_off`: set up by us, and switched off since in the system's own settings; that stays so."""

    UNKNOWN = "unknown"  # not looked at, or this system has no such thing
    OFF = "off"
    ON = "on"
    SWITCHED_OFF = "switched_off"
