"""What became of a message: lines for people or JSON for programs, and the exit code that says the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.redaction.kinds import MaskedCount, listed

_ACCEPTED = frozenset({Status.SENT, Status.QUEUED, Status.HELD})


def show_receipt(receipt: Mapping[str, Any], console: Console) -> int:
    """Print a receipt of the control API; 0 where the group has the message or will have it."""
    if console.as_json:
        console.give(receipt)
    else:
        nowhere = receipt["status"] == Status.FAILED and not receipt["robot"]  # no robot is set up
        console.say(
            text("cli.receipt_nowhere")
            if nowhere
            else text(f"cli.receipt_{receipt['status']}", robot=receipt["robot"] or "-")
        )
        for part in ("reason", "hint"):
            if receipt[part]:
                console.say(receipt[part])
        if receipt["masked"]:
            console.say(masked_words(receipt["masked"]))
    return exit_code(receipt)


def masked_words(masked: Sequence[Mapping[str, Any]]) -> Text:
    """Say what was hidden in a message; `masked` as the control API gives it, not empty."""
    return text("redact.masked", found=listed([MaskedCount(kind=each["kind"], count=each["count"]) for each in masked]))


def exit_code(receipt: Mapping[str, Any]) -> int:
    """0 or 1."""
    return OK if receipt["status"] in _ACCEPTED else DID_NOT_HAPPEN
