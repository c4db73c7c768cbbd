"""What can be wrong with the app, as its faces show it."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text


class ProblemKind(StrEnum):
    """What can be wrong; the Fix menu offers the way out of each."""

    NOT_SET_UP = "not_set_up"
    PORT = "port"
    ENDPOINT = "endpoint"
    KEYRING = "keyring"
    STORE = "store"
    RESTART = "restart"  # no fault: a newer program lies where this one was
    UPDATE = "update"  # no fault: the history of an older version is being brought up to date
    PAUSE = "pause"
    NETWORK = "network"
    SERVICE = "service"
    SETTINGS = "settings"
    OLD_SETTINGS = "old_settings"  # no fault: settings.toml has a key that an older version knew
    POLICY = "policy"
    LAST_SEND = "last_send"
    LOG = "log"
    PHONE = "phone"  # the app robot does not hear
    QUOTA = "quota"
    CLOCK = "clock"
    TRAY = "tray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something the owner should mend: what, and how."""

    kind: ProblemKind
    reason: Text
    hint: Text
