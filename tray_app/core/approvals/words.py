"""What a desktop notification says of a call that waits: whose it is, why it waits, what would be sent."""

from collections.abc import Iterator

from tray_app.core.approvals.approval import Approval
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import short_name

_LINES = 4  # of a text; the whole is a click away
_MOST = 8  # in all; a desktop shows no more
_QUOTE = "│ "  # begins each line that an agent wrote, so that none can pass for one of ours


def title_of(approval: Approval) -> Text:
    """Ask whether this tool may, for whom."""
    client = approval.origin.grant or approval.origin.client
    who = " · ".join(part for part in (approval.origin.project, client) if part)
    return text("waiting.note", tool=short_name(approval.tool), who=who or "-")


def body_of(approval: Approval, words: Catalog) -> str:
    """Give one line a fact: the reason first, then what would be done, and how much of it is not said here."""
    lines, left = [words(approval.reason)], 0
    for label, value in approval.details:
        whole = tuple(_lines(label, value, words))
        lines += whole[:_LINES]
        left += len(whole[_LINES:])
    if left or len(lines) > _MOST:
        left += len(lines[_MOST - 1 :])
        lines = [*lines[: _MOST - 1], words(text("waiting.note_more", count=left))]
    return "\n".join(lines)


def _lines(label: Text, value: str, words: Catalog) -> Iterator[str]:
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if len(lines) <= 1 and label.key != "approvals.field_text":
        yield f"{words(label)}: {' '.join(lines)}"
    else:
        yield from (f"{_QUOTE}{line}" for line in lines)
