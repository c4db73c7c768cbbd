"""How hearing stands, for people: connected, reconnecting with the cause, refused with what mends it, or off."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.hearing.life import StreamLife
from tray_app.core.hearing.stream import StreamRefusal
from tray_app.core.kernel.texts import Text


class StreamPhase(StrEnum):
    """Values are stable."""

    OFF = "off"  # nothing to connect with, or stopped
    CONNECTING = "connecting"  # for the first time
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"  # by itself
    REFUSED = "refused"  # the owner has to mend something; it is tried again every few minutes


_LASTING = 6  # failures in a row, half a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """`reason` and `hint` say why there is no connection and what mends it; None where there is one, or none wanted.

    `lasting`: it does not mend itself, or has not for half a minute; before that it is nobody's problem.
    """

    phase: StreamPhase = StreamPhase.OFF
    reason: Text | None = None
    hint: Text | None = None
    lasting: bool = False


def status_of(life: StreamLife) -> StreamStatus:
    """Say how it stands. While one connection replaces another it is still connected."""
    if not life.running:
        return StreamStatus()
    if life.failed is not None:
        refused = life.failed.refusal is StreamRefusal.OWNER
        phase = StreamPhase.REFUSED if refused else StreamPhase.RECONNECTING
        lasting = refused or life.tries >= _LASTING
        return StreamStatus(phase=phase, reason=life.failed.reason, hint=life.failed.hint, lasting=lasting)
    return StreamStatus(phase=StreamPhase.CONNECTED if life.live or life.leaving else StreamPhase.CONNECTING)
