"""Secrets that are known by their name: `DB_PASSWORD=…`, `"client_secret": "…"`, `密码是：…`, `setPassword("…")`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tray_app.core.redaction.forms import compiled
from tray_app.core.redaction.kinds import SecretKind, SecretSpan
from tray_app.core.redaction.links import BARE, CELL, DECODED, FLAG, LATER_LINE, LINKS, NEXT_LINE, TAGGED, ValueLink
from tray_app.core.redaction.names import Name, name_at, places
from tray_app.core.redaction.values import Certainty, is_likely, is_password, is_striking, is_token, is_wordy

_TO_QUOTE = {
    '"': re.compile(r'(?:[^"\\\n]|\\.){0,400}'),
    "'": re.compile(r"(?:[^'\\\n]|\\.){0,400}"),
    "`": re.compile(r"[^`\n]{0,400}+"),
    "“": re.compile(r"[^”\n]{0,400}+"),
    "「": re.compile(r"[^」\n]{0,400}+"),
    "‘": re.compile(r"[^’\n]{0,400}+"),
}
_TO_ESCAPED_QUOTE = re.compile(r"[^\"'\\\n]{0,400}+")
_WHOLE = re.compile(  # up to the line's end
    r"[^\s\"'`<>|=:(){}\[\]\u2018-\u201d\u2e80-\u9fff\uff00-\uffef]++(?<![,;])(?=\r?\n|$)"
)
_TO_BLANK = re.compile(r"[^\s\"'`\u2e80-\u9fff\uff00-\uffef]*+")
_TO_MARK = re.compile(r"[^\s\"'`<>|,;&\u2018-\u201d\u2e80-\u9fff\uff00-\uffef]*+")
_TO_URL_MARK = re.compile(r"[^\s\"'`<>|,;&\u2018-\u201d\u2e80-\u9fff\uff00-\uffef@/?#]*+")
_SUM = re.compile(r"[0-9a-f]{7,12}|[0-9a-f]{40}|[0-9a-f]{64}")  # of a commit, of a file
_COUNTED = re.compile(
    r" ?(?:[次个人条位元天行件份名秒分时字万千%％]"
    r"|(?:tokens?|times|users?|files?|m?s|bytes?|rows?|lines?|requests?)(?![a-z]))"
)
_DIGITS_ALONE = re.compile(r"(?!(?:19|20)\d{6}(?!\d))\d{6,12}(?=[ \t]{0,4}(?:[，。,;；、)）\n]|$))")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_TITLE = re.compile(r"[A-Z][a-z]+\d+")
_MAIL_CODE = re.compile(r"[a-z]{16}")  # of QQ mail
_ID = re.compile(r"[0-9a-f-]{20,}")  # of a session, in a log
_LINE_REST = re.compile(r"[ \t`\"'*;,]{0,8}(?:\r?\n|$)")
_SURE_LINKS = tuple(link for link in LINKS if link.certainty is not Certainty.BARE)
_ALL_LINKS = (*LINKS, NEXT_LINE, LATER_LINE, DECODED, BARE, CELL)
_BLANKS = frozenset({BARE, CELL})
_LINES = frozenset({NEXT_LINE, LATER_LINE, DECODED})
_OPENING = frozenset("([{")
_CLOSING = frozenset("\"'`”」’\\")
_BEFORE_NAME = frozenset({"", "export", "env", "set"})
_URL_BREAK = re.compile(r"[\s\"'<>]")
_FAR = 100  # that a line can begin before a name
_MOST_SKIPPED = 200  # a rejected value so long is passed over whole, so that no text is read over and over


def spans(text: str, lowered: str, needles: Mapping[str, Sequence[int]]) -> Iterator[SecretSpan]:
    """Find values by their names.

    `lowered` is the text in lower case, character by character; `needles` are those of the names' that stand in it,
    each with its stretches.
    """
    at = 0
    for place in places(lowered, needles):
        name = name_at(text, lowered, place) if place >= at else None
        if name is None:
            continue
        at = name.end
        start, end, good = _value_of(text, lowered, name)
        if good:
            yield SecretSpan(start=start, end=end, kind=name.kind)
        if good or end - start > _MOST_SKIPPED:
            at = max(end, at)


def _value_of(text: str, lowered: str, name: Name) -> tuple[int, int, bool]:
    """Where the value stands, and whether it can be a secret: by the first link that leads to one."""
    longest = (name.end, name.end, False)
    for link in _links(text, name):
        head = compiled(link.source).match(lowered, name.end)
        if head is None:
            continue
        start, end, good = _value(text, head, name, link)
        if good:
            return start, end, True
        if end > longest[1]:
            longest = (start, end, False)
    return longest


def _links(text: str, name: Name) -> Iterator[ValueLink]:
    after = text[name.end : name.end + 1]
    if after in {" ", "\t"} and name.prefix.startswith("-"):
        yield FLAG
    elif after == ">" and text[max(0, name.start - 1) : name.start] not in {"<", ":"}:
        return
    else:
        if text[max(0, name.start - 1) : name.start] in {"<", ":"}:
            yield TAGGED
        yield from _SURE_LINKS if name.weak else _ALL_LINKS
        if name.word == "key":
            yield BARE


def _value(text: str, head: re.Match[str], name: Name, link: ValueLink) -> tuple[int, int, bool]:
    """Where the value stands, and whether it can be a secret."""
    start = head.end()
    end = _quoted_end(text, start, head.groupdict().get("open"))
    if end is not None:
        return start, end, text[start : start + 1] not in {")", "]", ","} and _good(text[start:end], name, link.quoted)
    if not "!" <= text[start : start + 1] <= "~":
        return start, start, False
    url, line = _in_url(text, start), _begins_line(text, name.start)
    env = name.env and line and text[start - 1] == "="
    whole = _WHOLE.match(text, start) if line and not env else None
    found = whole or (_TO_URL_MARK if url else _TO_BLANK if env else _TO_MARK).match(text, start)
    end = _trimmed(text, start, found.end() if found else start)
    value = text[start:end]
    if value.startswith((".", ")", "]")):
        return start, end, False
    if url and not name.weak:
        name = replace(name, secret=True)
    if link in _BLANKS and not _may_be_bare(text, name, end, whole=link is CELL):
        return start, end, False
    if link in _LINES and (_LINE_REST.match(text, end) is None or not is_likely(value)):
        return start, end, False
    if link is BARE and name.kind is SecretKind.PASSWORD and _DIGITS_ALONE.match(text, start):
        return start, end, True
    if value.isdigit() and _COUNTED.match(text, end):
        return start, end, False
    if link is LATER_LINE and not is_striking(value):
        return start, end, False
    if link is LATER_LINE and _SUM.fullmatch(value):
        return start, end, False
    if env:
        return start, end, _good(value, name, Certainty.ENV)
    called = text[end : end + 1] in {"(", "["} or (link is TAGGED and text[end : end + 1] not in {"<", "]"})
    good = not called and _good(value, name, link.certainty)
    return start, end, good and not _is_identifier(value, name.word)


def _may_be_bare(text: str, name: Name, end: int, *, whole: bool) -> bool:
    """Whether a blank alone may part name and value: not behind `a_passphrase`, unless they are the whole line."""
    if not whole and (name.env or not {"_", "-"}.intersection(name.prefix)):
        return True
    return name.prefix != "wpa_" and _begins_line(text, name.start) and _LINE_REST.match(text, end) is not None


def _quoted_end(text: str, start: int, quote: str | None) -> int | None:
    """Where a quoted value ends; None where it is not quoted, or not closed on its line."""
    if not quote:
        return None
    found = (_TO_ESCAPED_QUOTE if quote[0] == "\\" else _TO_QUOTE[quote[-1]]).match(text, start)
    end = found.end() if found else start
    return end if text[end : end + 1] in _CLOSING else None


def _begins_line(text: str, start: int) -> bool:
    line = text.rfind("\n", max(0, start - _FAR), start) + 1
    return (line > 0 or start <= _FAR) and text[line:start].strip(" \t+->|`").lower() in _BEFORE_NAME


def _good(value: str, name: Name, certainty: Certainty) -> bool:
    if name.kind is SecretKind.PASSWORD:
        if (name.word == "pin" and not value.isdigit()) or (name.word == "pass" and not is_striking(value)):
            return False
        if name.word == "授权码" and _MAIL_CODE.fullmatch(value):
            return True
        return is_password(value, certainty=certainty)
    if name.word.startswith(("sess", "jsess", "phpsess")) and _ID.fullmatch(value):
        return False
    return is_token(value, certainty=certainty, secret=name.secret, weak=name.weak)


def _is_identifier(value: str, word: str) -> bool:
    """Whether a bare value is a variable's name: `password=password1`, `token = userToken2`."""
    return (
        _VARIABLE.fullmatch(value) is not None
        and ("_" in value or word in value.lower())
        and is_wordy(value.replace("_", "-"))
        and not _TITLE.fullmatch(value)
    )


def _in_url(text: str, at: int) -> bool:
    start = text.rfind("://", max(0, at - 2_000), at)
    return start >= 0 and not _URL_BREAK.search(text, start, at)


def _trimmed(text: str, start: int, end: int) -> int:
    """Leave closing brackets and full stops of the sentence outside."""
    marks = ".:*" if _OPENING.intersection(text[start:end]) else ".:*)]}"
    return start + len(text[start:end].rstrip(marks))
