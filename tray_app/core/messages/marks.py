"""The mark that a title begins with says how it went: for a push banner, and for a message that counts others."""

from collections import Counter
from collections.abc import Iterable

from tray_app.core.kernel.texts import Text, text

DONE, FAILED, WARNED, WAITS, INTERIM = "✅", "❌", "⚠️", "⏳", "📋"
_COUNTED = {DONE: "done", FAILED: "failed", WARNED: "warned", WAITS: "waits", INTERIM: "interim"}
_MOST_NAMED = 3


def mark_of(title: str) -> str:
    """Give the mark that it begins with; empty where there is none."""
    return next((mark for mark in _COUNTED if title.startswith(mark.rstrip("\ufe0f"))), "")


def counted(titles: Iterable[str], *, projects: Iterable[str] = ()) -> Text:
    """Say how many went how, as one title: `7 messages in one: 5 done, 2 failed`; those without a mark are the others.

    A few projects are named behind it.
    """
    names = [name for name in dict.fromkeys(projects) if name]
    said = _counted(titles)
    return text("message.merged_of", merged=said, projects=", ".join(names)) if 0 < len(names) <= _MOST_NAMED else said


def _counted(titles: Iterable[str]) -> Text:
    marks = Counter(mark_of(title) for title in titles)
    total = sum(marks.values())
    found = [(entry, marks[mark]) for mark, entry in (*_COUNTED.items(), ("", "other")) if marks[mark]]
    if not found or set(marks) == {""}:
        return text("message.merged", count=total)
    said = text(f"message.merged_{found[0][0]}", count=found[0][1])
    for entry, count in found[1:]:
        said = text("message.merged_and", first=said, then=text(f"message.merged_{entry}", count=count))
    return text("message.merged_counted", count=total, counts=said)
