"""A call that waits for the owner: what it wants, until when, and the answers there are."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.outbox import Origin, Source
from tray_app.core.policy import Risk
from tray_app.core.texts import Text


class ApprovalState(StrEnum):
    """Settled exactly once: from waiting to one of the others. Values are stable: database and `--json` show them."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


class Answer(StrEnum):
    """What the owner says: this call, this tool for the rest of the session, this tool from now on, or no."""

    ONCE = "once"
    SESSION = "session"
    ALWAYS = "always"
    DENY = "deny"


ID_CHARS = 8  # of an id, where people read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One call that waits or has waited. Times are wall-clock milliseconds since 1970.

    `id` is also the message's delivery id. `details` says in full what will happen if it is approved: pairs of a label
    and the value as it will go out (secrets masked), for people to read. `fingerprint` (SHA-256, hex) binds the
    approval to exactly that message and robot. `answer` and `by` are None while it waits and where it expired.
    """

    id: str
    tool: str
    risk: Risk
    origin: Origin
    robot: str
    title: str
    details: tuple[tuple[Text, str], ...]
    rule: str
    reason: Text
    fingerprint: str
    created_ms: int
    expires_ms: int
    state: ApprovalState = ApprovalState.WAITING
    answer: Answer | None = None
    by: Source | None = None
    settled_ms: int | None = None


def to_data(approval: Approval) -> dict[str, object]:
    """One approval as plain data, its texts still to be said; the names are stable (docs/seams.md)."""
    return {
        "id": approval.id,
        "state": approval.state,
        "tool": approval.tool,
        "risk": approval.risk,
        "client": approval.origin.client,
        "grant": approval.origin.grant,
        "session": approval.origin.session,
        "project": approval.origin.project,
        "robot": approval.robot,
        "title": approval.title,
        "details": [{"label": label, "value": value} for label, value in approval.details],
        "rule": approval.rule,
        "reason": approval.reason,
        "created_ms": approval.created_ms,
        "expires_ms": approval.expires_ms,
        "answer": approval.answer,
        "by": approval.by,
        "settled_ms": approval.settled_ms,
    }
