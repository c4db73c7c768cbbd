"""What came of the work in one line: the first thing that an agent says of it, short enough for a push banner.

`said` is markdown or plain text of any number of lines; the title is no markdown, so marks are taken off.
"""

import re
from dataclasses import dataclass
from unicodedata import east_asian_width

from tray_app.core.messages.marks import DONE, FAILED, WARNED
from tray_app.core.messages.plain import plain_line

_ROOM = 64  # places of a push banner's line, beside the project
_SHORTEST = 8
_MARK = re.compile(r"\s*(?P<mark>✅|✔️?|☑️?|🎉|❌|✖️?|✗|⚠️?|🚨)\s*")
_MEANS = {"❌": FAILED, "✖": FAILED, "✗": FAILED, "🚨": FAILED, "⚠": WARNED}
_FAILS = re.compile(r"(?:失败|未完成|未能|failed\b|failure\b|could not\b|unable to\b)", re.IGNORECASE)
_STOP = re.compile(r"[。！？；!?;]|\.(?=\s)")
_END = "。.；;，,、：: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`words` is one line without marks; empty where nothing was said. `rest` is what it leaves to be said, as written.

    `mark` is DONE, FAILED or WARNED, as far as the words begin with it.
    """

    mark: str
    words: str
    rest: str


def outcome_of(said: str) -> Outcome:
    """Take the first line that says something, and of a long one its first sentence."""
    first, _, rest = said.strip("\n").partition("\n")
    while rest and not plain_line(first):
        first, _, rest = rest.strip("\n").partition("\n")
    mark, words = _without_mark(plain_line(first))
    short = _first_sentence(words)
    if short == words:
        left = ""
    elif first.strip().startswith(words) and not short.endswith("…"):  # nothing was taken off: the sentence can be
        left = first.strip()[len(short) :].lstrip(_END)
    else:
        left = first.strip()
    rest = "\n".join(part for part in (left, rest.strip("\n")) if part.strip())
    return Outcome(mark=mark, words=short.rstrip(_END), rest=rest)


def _without_mark(words: str) -> tuple[str, str]:
    found = _MARK.match(words)
    if found is not None:
        return _MEANS.get(found["mark"].rstrip("\ufe0f"), DONE), words[found.end() :]
    return FAILED if _FAILS.match(words) else DONE, words


def _first_sentence(words: str) -> str:
    room = _fitting(words)
    if room >= len(words):
        return words
    ends = [stop.end() for stop in _STOP.finditer(words, _SHORTEST, room)]
    return words[: ends[-1]] if ends else words[: room - 1].rstrip() + "…"


def _fitting(words: str) -> int:
    """How many characters fit; a wide one takes two places."""
    used = 0
    for count, char in enumerate(words):
        used += 2 if east_asian_width(char) in "WF" else 1
        if used > _ROOM:
            return count
    return len(words)
