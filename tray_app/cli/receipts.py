"""What became of a message, as lines for people or JSON for programs."""

from collections.abc import Mapping
from typing import Any

from tray_app.cli.console import Console


def show_receipt(receipt: Mapping[str, Any], console: Console) -> None:
    """Print a receipt of the control API."""
    if console.as_json:
        console.give(receipt)
        return
    console.say(console.words(f"cli.receipt_{receipt['status']}", robot=receipt["robot"] or "-"))
    for part in ("reason", "hint"):
        if receipt[part]:
            console.say(receipt[part])
