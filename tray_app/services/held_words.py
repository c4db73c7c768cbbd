"""What is said of a call that waits for the owner, or waited: to whoever called, and to whoever comes too late."""

from datetime import datetime

from tray_app.core.approvals import Approval, ApprovalState
from tray_app.core.errors import TrayAppError
from tray_app.core.receipt import Receipt, Status
from tray_app.core.texts import Text, text


def hint_of(reason: Text) -> Text:
    """Give the hint that belongs to a reason of `approvals.toml`."""
    return text(f"approvals.{reason.key.removeprefix('approvals.')}_hint")


def waiting_words(approval: Approval, *, hint: str) -> tuple[Text, Text]:
    """Say why it waits, and until when: reason and hint."""
    until = datetime.fromtimestamp(approval.expires_ms / 1000).astimezone().strftime("%H:%M")
    return text("approvals.waiting", why=approval.reason), text(hint, until=until)


def held_deed(approval: Approval) -> Receipt:
    """Answer a call that waits and is no message."""
    reason, hint = waiting_words(approval, hint="approvals.waiting_deed_hint")
    return Receipt(
        status=Status.HELD,
        delivery_id=approval.id,
        robot=approval.robot,
        reason=reason,
        hint=hint,
        until_ms=approval.expires_ms,
        rule=approval.rule,
    )


def refused_deed(approval: Approval, reason: Text) -> Receipt:
    """Answer a call that will not be done."""
    return Receipt(
        status=Status.REFUSED,
        delivery_id=approval.id,
        robot=approval.robot,
        reason=reason,
        hint=hint_of(reason),
        rule=approval.rule,
    )


def settled_before(state: ApprovalState) -> TrayAppError:
    """Tell somebody that another one was first."""
    return TrayAppError(text(f"approvals.settled_{state.value}"), text("approvals.settled_hint"))
