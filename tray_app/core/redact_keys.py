"""Private keys in blocks of lines: PEM (RFC 7468), OpenSSH, PGP (RFC 9580) and PuTTY; whole, or cut off at an end."""

import re
from collections.abc import Iterator

from tray_app.core.redact_kinds import SecretKind, Span

NEEDLES = ("PRIVATE KEY", "Private-Lines:")
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_MOST_CHARS = 20_000  # of one key; RSA with 16384 bits has 13 000
_CONTENT = re.compile(r"[A-Za-z0-9+/=]{20}")
_CUT_OFF = re.compile(
    r"(?:[\s>|+,\"'\\-]|\\[nr]|(?:Proc-Type|DEK-Info|Version|Comment|Private-MAC):[^\n]{0,100}+"
    r"|[A-Za-z0-9+/]{20,}+={0,2}|[A-Za-z0-9+/]{1,19}+={1,2}|…|\.{3})*+"
)
_LINE = re.compile(r"[\s>|+\"'-]{0,12}[A-Za-z0-9+/]{16,}+={0,2}[\s\\nr\"',+]{0,12}")
_PUTTY = re.compile(r"Private-Lines: {0,2}[0-9]{1,4}")
_MOST_LINES = 400


def spans(text: str) -> Iterator[Span]:
    """Find keys. A begin or end without any key beside it is somebody speaking of keys."""
    at = 0
    for end in _END.finditer(text):
        first = _BEGIN.search(text, at, end.start())
        begin = first if first is None else _last_begin(text, first, end.start())
        if begin is None:
            yield from _kept(text, _lines_before(text, end.start(), least=at), end.end())
        else:
            yield from _cut_off(text, at, begin.start())
            yield from _kept(text, begin.start(), end.end())
        at = end.end()
    yield from _cut_off(text, at, len(text))
    for head in _PUTTY.finditer(text):
        yield from _kept(text, head.end(), _content_end(text, head.end(), len(text)))


def _last_begin(text: str, begin: re.Match[str], stop: int) -> re.Match[str]:
    """The begin nearest to the end: an earlier one was cut off."""
    for later in _BEGIN.finditer(text, begin.end(), stop):
        begin = later
    return begin


def _cut_off(text: str, start: int, stop: int) -> Iterator[Span]:
    for begin in _BEGIN.finditer(text, start, stop):
        yield from _kept(text, begin.start(), _content_end(text, begin.end(), stop))


def _content_end(text: str, start: int, stop: int) -> int:
    found = _CUT_OFF.match(text, start, min(stop, start + _MOST_CHARS))
    return len(text[: found.end()].rstrip()) if found else start


def _lines_before(text: str, stop: int, *, least: int) -> int:
    """Where the lines of a key begin that ends at `stop`."""
    start = stop
    for _ in range(_MOST_LINES):
        line_end = start - 1
        line_start = text.rfind("\n", least, line_end) + 1 if line_end > least else 0
        line_start = max(line_start, least)
        if line_end <= line_start or not _LINE.fullmatch(text, line_start, line_end):
            break
        start = line_start
    return start


def _kept(text: str, start: int, end: int) -> Iterator[Span]:
    if _CONTENT.search(text, start, end):
        yield Span(start=start, end=end, kind=SecretKind.PRIVATE_KEY)
