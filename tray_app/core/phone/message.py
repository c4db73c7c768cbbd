"""The message that tells the phone of one thing that waits, with answers to tap.

Whatever an agent wrote stands in a quote with every mark escaped and no address that can be tapped: it cannot pass for
a line of ours, and a tap that answers is always on a link that we wrote.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tray_app.core.kernel.invisible import with_marks
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import fit
from tray_app.core.messages.literal import as_prose, as_values, as_words
from tray_app.core.messages.message import MAX_TITLE_CHARS, MarkdownMessage
from tray_app.core.phone.resolve import Told
from tray_app.core.phone.waiting import PhoneAnswer, Waiting
from tray_app.core.questions.question import Details

MOST_LINES, LINE_CHARS = 60, 400
MOST_BYTES = 9_000  # of what is quoted: one message holds 15 000, and one with all its answers is never cut
_MOST_LINKS = 12  # and the denial; others are answered by their number
_LABEL_CHARS = 60
_TAP = "dtmd://dingtalkclient/sendMessage?content="  # the host in lower case: any other spelling is dropped silently
_ADDRESS = re.compile(r"(?i)(?<=:)(?=//)|(?<=\bwww)(?=\.)")
_ZERO_WIDTH = "\u200b"  # parts an address so that no phone makes a link of it
_BRACKETS = str.maketrans("[]()", "［］（）")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a message is written: in these words; with what is asked about (`whole`), or of what kind it is alone."""

    words: Catalog
    whole: bool = True
    more: int = 0  # so many others wait that the phone is not told of yet


def message_of(told: Told, telling: Telling) -> MarkdownMessage:
    """Write it."""
    waiting, words = told.waiting, telling.words
    parts = [f"### {_title(waiting, words)}"]
    if telling.whole:
        parts += _details(waiting, words)
    elif not waiting.here:
        parts.append(words("phone.kind_only"))
    if waiting.here:
        parts.append(words("phone.unseen" if waiting.unseen else "phone.here"))
    elif waiting.choices:
        entry = "phone.several" if len(waiting.choices) > 1 else "phone.several_of_one"
        parts.append(words(entry, count=len(waiting.choices), code=told.code, example=_example(told)))
    how = "phone.how_unshown" if waiting.unshown else "phone.how"
    parts += [*_answers(told, words), words(how, code=told.code)]
    if telling.more:
        parts.append(words("phone.more", count=telling.more))
    return MarkdownMessage(title=fit(words(waiting.title), MAX_TITLE_CHARS), text="\n\n".join(parts))


def done_message(told: Told, telling: Telling) -> MarkdownMessage:
    """Write that a session is done, and how to go on with it. There is nothing to tap: it takes words."""
    waiting, words = told.waiting, telling.words
    parts = [f"### {_title(waiting, words)}", *(_details(waiting, words) if telling.whole else ())]
    parts.append(words("phone.continue_how", code=told.code))
    return MarkdownMessage(title=fit(words(waiting.title), MAX_TITLE_CHARS), text="\n\n".join(parts))


def links(told: Told, words: Catalog) -> Iterator[str]:
    """Write each answer as a link: a tap sends its words, with the code, as if the owner had typed them.

    Of several questions it is the next one's options, by their numbers.
    """
    for number in range(1, 1 + min(_MOST_LINKS, len(told.left[0].options) if told.left else 0)):
        yield _link(str(number), str(number), told.code)
    for number, answer in enumerate(told.waiting.answers, start=1):
        if number <= _MOST_LINKS or answer.denies:
            yield _link(_label(answer, words), _sent(answer, number, words), told.code)


def _link(label: str, sent: str, code: str) -> str:
    return f"[{label}]({_TAP}{quote(f'{sent} {code}', safe='')})"


def next_of(told: Told, words: Catalog) -> MarkdownMessage:
    """Ask the next of several questions, now that those before are answered."""
    parts = [f"### {_title(told.waiting, words)}"]
    shown, _missing = _laid_out(told.waiting.details[len(told.given) : len(told.given) + 1])
    parts += ["\n".join(f"> {line}".rstrip() for line in lines) for _label, lines in shown]
    parts += [*_answers(told, words), words("phone.next_how", code=told.code, example=_example(told))]
    return MarkdownMessage(title=fit(words(told.waiting.title), MAX_TITLE_CHARS), text="\n\n".join(parts))


def _answers(told: Told, words: Catalog) -> Iterator[str]:
    """All links on one line; of several questions, below which one it is."""
    if len(told.waiting.choices) > 1:
        yield words("phone.next", number=len(told.given) + 1, count=len(told.waiting.choices))
    yield " ｜ ".join(links(told, words))


def list_of(told: Sequence[Told], words: Catalog) -> str:
    """Write what waits, a line each, with the answers to tap."""
    return "\n\n".join("\n\n".join([_title(one.waiting, words), *_answers(one, words)]) for one in told)


def _title(waiting: Waiting, words: Catalog) -> str:
    return words(as_values(plain_title(waiting)))


def plain_title(waiting: Waiting) -> Text:
    """Say what it is; names of projects, tools and clients are foreign words too."""
    return _plain_args(waiting.title)


def _plain_args(what: Text) -> Text:
    return Text(
        what.key,
        {
            name: _plain_args(arg) if isinstance(arg, Text) else plainly(arg) if isinstance(arg, str) else arg
            for name, arg in what.args.items()
        },
    )


def _sent(answer: PhoneAnswer, number: int, words: Catalog) -> str:
    if answer.allows:
        return words("phone.word_allow")
    return words("phone.word_deny") if answer.denies else str(number)


def _label(answer: PhoneAnswer, words: Catalog) -> str:
    return as_words(plainly(fit(words(answer.said), _LABEL_CHARS).translate(_BRACKETS)))


def fits(waiting: Waiting) -> bool:
    """Whether a message has room for all that it asks about."""
    return not _laid_out(waiting.details)[1]


def _details(waiting: Waiting, words: Catalog) -> Iterator[str]:
    """Each label with its value below; what finds no room is counted."""
    shown, missing = _laid_out(waiting.details)
    for label, lines in shown:
        yield words(label)
        yield "\n".join(f"> {line}".rstrip() for line in lines)
    if missing:
        yield words(text("phone.lines_more", count=missing))


def _laid_out(details: Details) -> tuple[list[tuple[Text, list[str]]], int]:
    """The lines that there is room for, below each label, and how many there are beside them."""
    room, bytes_left, missing = MOST_LINES, MOST_BYTES, 0
    laid: list[tuple[Text, list[str]]] = []
    for label, value in details:
        lines = [as_prose(line) for whole in plainly(value).strip("\n").splitlines() for line in _cut(whole)]
        shown: list[str] = []
        for line in lines[:room]:
            bytes_left -= len(line.encode()) + 3
            if bytes_left < 0:
                break
            shown.append(line)
        room, missing = room - len(shown), missing + len(lines) - len(shown)
        if shown:
            laid.append((label, shown))
    return laid, missing


def _example(told: Told) -> str:
    return "; ".join("1,2" if one.several and len(one.options) > 1 else "1" for one in told.left)


def _cut(line: str) -> Iterator[str]:
    """Part a very long line into pieces that count as lines; before its marks are escaped, or a cut would free one."""
    yield line[:LINE_CHARS]
    for start in range(LINE_CHARS, len(line), LINE_CHARS):
        yield line[start : start + LINE_CHARS]


def plainly(value: str) -> str:
    """Show what hides: a mark for each character that nobody sees, and no address that a phone makes a link of."""
    return _ADDRESS.sub(_ZERO_WIDTH, with_marks(value))
