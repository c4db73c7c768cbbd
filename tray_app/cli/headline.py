"""A waiting call in one line."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from tray_app.cli.console import Console
from tray_app.core.approvals.answer import ID_CHARS
from tray_app.core.kernel.words import fit, short_name

ApprovalRow: TypeAlias = Mapping[str, Any]


def headline(approval: ApprovalRow, console: Console) -> tuple[str, str, str]:
    """Give the cells of a waiting call's line: its id's beginning, tool and title."""
    title = fit(approval["title"], 80) or console.words("menu.untitled")
    return approval["id"][:ID_CHARS], short_name(approval["tool"]), title
