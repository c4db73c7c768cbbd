"""What a desktop notification says of a call that waits: whose it is, why it waits, what would be sent."""

from collections.abc import Iterator

from tray_app.core.approvals import Approval
from tray_app.core.lines import short_name
from tray_app.core.texts import Catalog, Text, text

_LINES = 4  # of a text; the whole is a click away
_QUOTE = "│ "  # begins each line that an agent wrote, so that none can pass for one of ours


def title_of(approval: Approval) -> Text:
    """Ask whether this tool may, for whom."""
    client = approval.origin.grant or approval.origin.client
    who = " · ".join(part for part in (approval.origin.project, client) if part)
    return text("waiting.note", tool=short_name(approval.tool), who=who or "-")


def body_of(approval: Approval, words: Catalog) -> str:
    """Give one line a fact: the reason first, then what would be done."""
    return "\n".join((words(approval.reason), *_lines(approval, words)))


def _lines(approval: Approval, words: Catalog) -> Iterator[str]:
    for label, value in approval.details:
        if label.key == "approvals.field_title":
            continue  # it says again what the text says
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if len(lines) <= 1 and label.key != "approvals.field_text":
            yield f"{words(label)}: {' '.join(lines)}"
        else:
            yield from (f"{_QUOTE}{line}" for line in lines[:_LINES])
