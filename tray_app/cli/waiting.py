"""What waits for the owner, found by the first characters of its id and shown field by field."""

from collections.abc import Mapping, Sequence
from typing import Any

from tray_app.cli.console import Console
from tray_app.cli.escaped import visible_lines
from tray_app.core.approvals.answer import LEAST_CHARS
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text

LEAST = LEAST_CHARS


def found_by(begin: str, waiting: Sequence[Mapping[str, Any]], *, unknown: TrayAppError) -> Mapping[str, Any]:
    """The only one whose id begins so. Raises `unknown` where there is none, TrayAppError where there are several."""
    fitting = [one for one in waiting if one["id"].startswith(begin)]
    if not fitting:
        raise unknown
    if len(fitting) > 1:
        ids: Text = text("cli.verbatim", words=", ".join(one["id"] for one in fitting))
        raise TrayAppError(text("waiting.cli_several", count=len(fitting), begin=begin), ids)
    return fitting[0]


def show_field(label: str, value: str, console: Console) -> None:
    """A text of several lines stands below its label behind a bar, so that none of them can pass for a field."""
    first, *more = visible_lines(value)
    named = label + console.words("pages.colon")
    if not more:
        console.say(named + first)
        return
    console.say(named.rstrip())
    for line in (first, *more):
        console.say(f"  │ {line}".rstrip())
