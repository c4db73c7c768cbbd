"""What was measured of a session at rest, packed: a fiftieth of the room, and what is kept over a restart.

Its last answer and open calls are not in it: they are words, and matter only for sessions that run.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from tray_app.core.sessions.codec import from_data, to_data
from tray_app.core.sessions.session import Session
from tray_app.core.sessions.timeline import from_data as moment_of
from tray_app.core.sessions.timeline import to_data as moment_data

_QUICKLY = 1  # of zlib's levels


class AtRest(NamedTuple):
    """One session at rest: `facts` as `packed_facts` writes them, and the two that are asked for often."""

    facts: bytes
    last_ms: int
    branched: bool


def packed_facts(session: Session) -> bytes:
    """All but tokens and cost, which the ledger knows: a line of JSON, compressed (a long time line to a tenth)."""
    data = {
        **to_data(session),
        "files_changed": list(session.files),
        "prompted_ms": session.prompted_ms,
        "failure": session.failure,
        "failed_ms": session.failed_ms,
        "moments": [moment_data(moment) for moment in session.moments],
        "moments_dropped": session.moments_dropped,
    }
    text = json.dumps({name: value for name, value in data.items() if value}, separators=(",", ":"))
    return zlib.compress(text.encode(), _QUICKLY)


def session_of(facts: bytes) -> Session:
    """Read `packed_facts`' form. Raises zlib.error, ValueError or TypeError for anything else."""
    data = json.loads(zlib.decompress(facts))
    if not isinstance(data, Mapping):
        raise TypeError("no facts")
    moments = data.get("moments", ())
    return replace(
        from_data(data).session,
        prompted_ms=int(data.get("prompted_ms", 0)),
        failure=str(data.get("failure", "")),
        failed_ms=int(data.get("failed_ms", 0)),
        moments=tuple(found for one in moments if (found := moment_of(one)) is not None),
        moments_dropped=int(data.get("moments_dropped", 0)),
    )
