"""What kinds of secret are told apart, and what was found of each in a text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tray_app.core.kernel.texts import Text, text


class SecretKind(StrEnum):
    """A kind of secret. Values are stable: database, receipts and masks within URLs show them."""

    PRIVATE_KEY = "private-key"
    AWS = "aws"
    GOOGLE = "google"
    AZURE = "azure"
    ALIBABA = "alibaba-cloud"
    TENCENT = "tencent-cloud"
    GITHUB = "github"
    GITLAB = "gitlab"
    NPM = "npm"
    PYPI = "pypi"
    SLACK = "slack"
    STRIPE = "stripe"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    HUGGING_FACE = "hugging-face"
    TELEGRAM = "telegram"
    DINGTALK = "dingtalk"
    CHAT_ROBOT = "chat-robot"  # webhooks of other chat services
    JWT = "jwt"
    AUTHORIZATION = "authorization"
    URL_PASSWORD = "url-password"  # noqa: S105 - names a kind
    PASSWORD = "password"  # noqa: S105 - names a kind
    API_KEY = "api-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedCount:
    """How many secrets of one kind were found; never what they were. `kind` is a `SecretKind`'s value."""

    kind: str
    count: int


Masked: TypeAlias = tuple[tuple[str, int], ...]
"""The same as a row of the history keeps it: kinds with their counts."""


def together(masked: Iterable[Masked]) -> Masked:
    """Add up what was masked in several pieces."""
    counts: Counter[str] = Counter()
    for each in masked:
        counts.update(dict(each))
    return tuple(counts.items())


def findings(masked: Iterable[tuple[str, int]]) -> tuple[MaskedCount, ...]:
    """Read what a row of the history says was masked in it."""
    return tuple(MaskedCount(kind=kind, count=count) for kind, count in masked)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpan:
    """Where a secret stands in a text."""

    start: int
    end: int
    kind: SecretKind


def name_of(kind: str) -> Text:
    """What people call this kind; one this version does not know is called a secret."""
    return text(f"redact.kind_{kind.replace('-', '_')}") if kind in set(SecretKind) else text("redact.kind_other")


def listed(found: Sequence[MaskedCount]) -> Text:
    """Say kinds and counts in one line. `found` is not empty."""
    said = _one(found[0])
    for finding in found[1:]:
        said = text("redact.and", first=said, then=_one(finding))
    return said


def _one(finding: MaskedCount) -> Text:
    return text("redact.count", kind=name_of(finding.kind), count=finding.count)


NEEDLES = ("PRIVATE KEY", "Private-Lines:")
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_MOST_CHARS = 20_000  # of one key; RSA with 16384 bits has 13 000
_CONTENT = re.compile(r"[A-Za-z0-9+/=]{20}")
_CUT_OFF = re.compile(
    r"(?:[\s>|+,\"'\\-]|\\[nr]|(?:Proc-Type|DEK-Info|Version|Comment|Private-MAC):[^\n]{0,100}+"
    r"|[A-Za-z0-9+/]{20,}+={0,2}|[A-Za-z0-9+/]{1,19}+={1,2}|…|\.{3})*"
)
_LINE = re.compile(r"[\s>|+\"'-]{0,12}[A-Za-z0-9+/]{16,}+={0,2}[\s\\nr\"',+]{0,12}")
_PUTTY = re.compile(r"Private-Lines: {0,2}[0-9]{1,4}")
_MOST_LINES = 400


def spans(text: str) -> Iterator[SecretSpan]:
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


def _cut_off(text: str, start: int, stop: int) -> Iterator[SecretSpan]:
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


def _kept(text: str, start: int, end: int) -> Iterator[SecretSpan]:
    if _CONTENT.search(text, start, end):
        yield SecretSpan(start=start, end=end, kind=SecretKind.PRIVATE_KEY)
