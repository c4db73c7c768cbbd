r"""Foreign values in markdown of our own: what a person reads is the value itself, whatever marks it holds.

A name, a command or a path that holds a mark stands in a code span; a text of several lines has its marks escaped, so
that its line breaks stay. DingTalk's own clients honour both (its documents list neither; `&nbsp;` they do list).
"""

import re
import unicodedata

from tray_app.core.kernel.texts import Text
from tray_app.core.messages.markdown import one_line

_NO_MARK = re.compile(  # one "_" within a word makes nothing; a "#" only at the end of a heading
    r"""(?!\d{1,9}[.)](?:\s|\Z)|.*_.*_|.*\#\Z)
    [A-Za-z0-9/.("'@\x80-\U0010ffff]
    (?:[A-Za-z0-9\ !%"'(),./:;=?@+\x80-\U0010ffff#-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))*""",
    re.VERBOSE,
)
_BACKTICKS = re.compile(r"`+")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9/.:?=%@#-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))+")  # stays one that is found
_MARK = re.compile(rf"{_ADDRESS.pattern}|(?P<entity>&)(?=#?\w{{1,32}};)|(?P<tag><)|(?P<mark>[\\`*_\[\]~|$])")
_AT_START = re.compile(r"(?P<before>\d{0,9})(?P<mark>[-+=#>]|(?<=\d)[.)])")
_LAST_HASH = re.compile(r"(?<!\\)#\Z")  # would end a heading, and be gone
_TAB = " " * 4


def as_value(value: str) -> str:
    """Write a value of one line: as it is where nothing in it could be read as markdown, else as a code span."""
    words = one_line(_shown(value))
    if not words or _NO_MARK.fullmatch(words):
        return words
    longest = max((len(run) for run in _BACKTICKS.findall(words)), default=0)
    fence, pad = "`" * (longest + 1), " " if "`" in {words[0], words[-1]} else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def as_values(what: Text) -> Text:
    """Make a sentence one for markdown: each word that it carries, at any depth, is shown `as_value`."""
    return Text(
        what.key,
        {
            name: as_values(arg) if isinstance(arg, Text) else as_value(arg) if isinstance(arg, str) else arg
            for name, arg in what.args.items()
        },
    )


def as_words(value: str) -> str:
    """Write a value of one line, that stands behind other words, with every mark escaped."""
    return _LAST_HASH.sub(r"\\#", _MARK.sub(_written, one_line(_shown(value))))


def as_prose(value: str) -> str:
    """Write a text of any number of lines with every mark escaped; its indents are kept as blanks that phones show."""
    lines = _LINE_ENDS.sub("\n", value).strip("\n").split("\n")
    return "\n".join(_escaped(_shown(line).replace("\t", _TAB).rstrip()) for line in lines).strip("\n")


def _escaped(line: str) -> str:
    words = line.lstrip(" ")
    start = _AT_START.match(words)
    head, words = (f"{start['before']}\\{start['mark']}", words[start.end() :]) if start else ("", words)
    return "&nbsp;" * (len(line) - len(line.lstrip(" "))) + head + _LAST_HASH.sub(r"\\#", _MARK.sub(_written, words))


def _written(found: re.Match[str]) -> str:
    if found["entity"]:
        return "&amp;"
    if found["tag"]:
        return "&lt;"
    return f"\\{found['mark']}" if found["mark"] else found[0]


def _shown(value: str) -> str:
    """Leave out what no phone shows: control characters but the white ones, and halves of a character."""
    return "".join(char for char in value if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs"})
