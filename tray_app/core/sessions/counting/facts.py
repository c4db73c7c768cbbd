"""What was measured of a session at rest, as text: a tenth of the room, and what is kept over a restart.

Its last answer and open calls are not in it: they are words, and matter only for sessions that run.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from tray_app.core.sessions.codec import from_data, to_data
from tray_app.core.sessions.session import Session
from tray_app.core.sessions.timeline import from_data as moment_of
from tray_app.core.sessions.timeline import to_data as moment_data


class AtRest(NamedTuple):
    """One session at rest: `facts` as `facts_text` writes them, and the two that are asked for often."""

    facts: str
    last_ms: int
    branched: bool


def facts_text(session: Session) -> str:
    """All but tokens and cost, which the ledger knows, in one line of JSON."""
    data = {
        **to_data(session),
        "files_changed": list(session.files),
        "prompted_ms": session.prompted_ms,
        "failure": session.failure,
        "failed_ms": session.failed_ms,
        "moments": [moment_data(moment) for moment in session.moments],
        "moments_dropped": session.moments_dropped,
    }
    return json.dumps({name: value for name, value in data.items() if value}, separators=(",", ":"))


def session_of(facts: str) -> Session:
    """Read `facts_text`'s form. Raises ValueError for what is no JSON object."""
    data = json.loads(facts)
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
