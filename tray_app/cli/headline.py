"""A waiting call in one line."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from tray_app.cli.console import Console
from tray_app.cli.escaped import visible
from tray_app.core.approvals.answer import ID_CHARS
from tray_app.core.kernel.words import fit, short_name

ApprovalRow: TypeAlias = Mapping[str, Any]


def headline(approval: ApprovalRow, console: Console) -> str:
    """Give one line of a waiting call: its id's beginning, tool and title."""
    title = fit(approval["title"], 80) or console.words("menu.untitled")
    return f"{approval['id'][:ID_CHARS]}  {visible(short_name(approval['tool']))}  {title}"
