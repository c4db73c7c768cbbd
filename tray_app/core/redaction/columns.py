"""Secrets in tables whose head says "password": Markdown, CSV, psql's and mysql's, HTML, INSERT.

Each line is read once as a head, and once as a row of the table above it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tray_app.core.redaction.kinds import SecretKind, SecretSpan
from tray_app.core.redaction.values import Certainty, is_password, is_striking, is_token

_HEAD = re.compile(
    r"(?P<both>(?:账号|帐号|账户|用户名?|user(?:name)?|login) ?[/|、和] ?(?:密码|口令|pass(?:word)?)|credentials?)"
    r"|(?P<password>(?:.{0,20}(?:\b|_|[a-z]))?(?:pass(?:word|wd|phrase|code)|(?<![a-z])pass|pwd)(?:[ _-](?:plain|new|"
    r"old|text))?"
    r"|.{0,12}(?:密码|口令|密碼|授权码|提取码))(?: ?[(（].{0,16}[)）])?"
    r"|(?P<token>(?:.{0,20}(?:\b|_|[a-z]))?(?:token|secret|api[ _-]?key|access[ _-]?key(?:[ _-]?secret)?|secret[ "
    r"_-]?key|sk)"
    r"|.{0,12}(?:密钥|秘钥|令牌|私钥))(?: ?[(（].{0,16}[)）])?",
    re.IGNORECASE,
)
_NOT_HEAD = re.compile(
    r"\b(?:in|out|input|output|total|max|test|no|wrong|cached?|forgot|per|next)\b|输入|输出|忘记|总|缓存", re.IGNORECASE
)
_NO_HEAD = re.compile(r"[={}<>$;]|\w\(|[.:]\s*$")  # of a line of code, or a sentence
_WORD = re.compile(
    r"[Pp](?:ass|ASS|wd)|PWD|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Kk]ey|KEY|[Cc]redential|密[码钥碼]|口令|授权码|提取码|秘钥|令牌|私钥"
)
_RULE = re.compile(r"[\s|+:=─━┼├┤┬┴┌┐└┘╞╡╪—-]+")
_CELL = {
    "|": re.compile(r"[^|\n]+"),
    "│": re.compile(r"[^│\n]+"),
    ",": re.compile(r"\"[^\"\n]*+\"?|[^,\n]+|(?<=,)(?=,)"),
    ";": re.compile(r"\"[^\"\n]*+\"?|[^;\n]+|(?<=;)(?=;)"),
    "\t": re.compile(r"[^\t\n]+|(?<=\t)(?=\t)"),
    "  ": re.compile(r"\S+(?: \S+)*"),
}
_ROW = re.compile(r"<tr\b[^<>\n]{0,80}>", re.IGNORECASE)
_HTML_CELL = re.compile(r"<t[hd]\b[^<>\n]{0,80}>\s{0,8}(?:<code>)?([^<>\n]{0,200}+)", re.IGNORECASE)
_INSERT = re.compile(
    r"(?:insert|replace) (?:ignore )?into [^\s(]{1,100} ?\(([^()\n]{1,400})\) ?(?:values|select)\s{0,4}", re.IGNORECASE
)
_TUPLE = re.compile(
    r"\s{0,8},?\s{0,8}\(((?:[^()'\"\n]|'[^'\n]*+'|\"[^\"\n]*+\"|\((?:'[^'\n]*+'(?:, ?\d{1,4})?)?\)){1,800})\)"
)
_PART = re.compile(r"\s*(?:'[^'\n]*+'|\"[^\"\n]*+\"|[^,'\"\n]+)+")
_MOST_ROWS = 200
_MOST_CHARS = 1_000  # of a line that can be a row
_MARKS = " \t`*\"'_~"
_INNER = re.compile(r"[\s`*\"'~]*+(?:<code>|\w{2,12}\([\"'])?(.*?)(?:</code>|[\"'](?:, ?\d{1,4})?\))?[\s`*\"'~]*")
_PAIR = re.compile(r"[\s`*\"'~]*+[\w.@+-]{1,40}[\s`*\"']{0,4}[/:|、][\s`*\"']{0,4}(.*?)[\s`*\"'~]*")

_Cells = list[tuple[int, int]]
_KINDS = {"both": SecretKind.PASSWORD, "password": SecretKind.PASSWORD, "token": SecretKind.API_KEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """Its number, of how many, and what stands in it; `pair`: a user as well, before a slash or a colon."""

    number: int
    of: int
    kind: SecretKind
    pair: bool


def spans(text: str, lowered: str) -> Iterator[SecretSpan]:
    """Find values by the head of their column; `lowered` is the text in lower case."""
    if "\n" in text:
        yield from _lines(text)
    if "<t" in text:
        yield from _html(text)
    if " into " in lowered:
        yield from _inserts(text)


def _lines(text: str) -> Iterator[SecretSpan]:
    at = 0
    while word := _WORD.search(text, at):
        start, end = _line(text, word.start())
        mark, columns = _head(text[start:end]) if end - start <= _MOST_CHARS else ("", [])
        at = end + 1
        for _ in range(_MOST_ROWS if columns else 0):
            start, end = _line(text, at)
            row = text[start : min(end, start + _MOST_CHARS)]
            if start >= len(text) or not (mark in row or _RULE.fullmatch(row)):
                break
            yield from _of_row(text, _cells(text, start, min(end, start + _MOST_CHARS), mark), columns)
            at = end + 1


def _line(text: str, at: int) -> tuple[int, int]:
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _head(line: str) -> tuple[str, list[_Column]]:
    """What parts the cells of this line, and which of them name secrets."""
    for mark in _CELL:
        if mark in line:
            cells = _cells(line, 0, len(line), mark)
            found = list(_columns([line[begin:stop] for begin, stop in cells]))
            if len(cells) > 1 and found:
                return mark, found
    return "", []


def _columns(heads: list[str]) -> Iterator[_Column]:
    if any(_NO_HEAD.search(cell) for cell in heads):
        return
    for number, cell in enumerate(heads):
        name = _HEAD.fullmatch(cell.strip(_MARKS))
        if name and not _NOT_HEAD.search(name[0]):
            yield _Column(
                number=number, of=len(heads), kind=SecretKind(_KINDS[name.lastgroup or ""]), pair=bool(name["both"])
            )


def _cells(text: str, start: int, end: int, mark: str) -> _Cells:
    cells = [found.span() for found in _CELL[mark].finditer(text, start, end)]
    return cells if mark not in "|│" else [span for span in cells if text[span[0] : span[1]].strip() or span[0] > start]


def _of_row(text: str, cells: _Cells, columns: list[_Column]) -> Iterator[SecretSpan]:
    for column in columns:
        if len(cells) == column.of:
            yield from _of_cell(text, *cells[column.number], column)


def _of_cell(text: str, start: int, end: int, column: _Column) -> Iterator[SecretSpan]:
    """Take a cell without the blanks, marks and functions around its value, and without the user."""
    found = (_PAIR if column.pair else _INNER).fullmatch(text, start, min(end, start + _MOST_CHARS))
    if found and _good(found[1], column):
        yield SecretSpan(start=found.start(1), end=found.end(1), kind=column.kind)


def _good(value: str, column: _Column) -> bool:
    if column.pair:
        return is_striking(value)
    if column.kind is SecretKind.PASSWORD:
        return is_password(value, certainty=Certainty.NAMED)
    return is_token(value, certainty=Certainty.NAMED, secret=False)


def _html(text: str) -> Iterator[SecretSpan]:
    rows = [found.end() for found in _ROW.finditer(text)]
    columns: list[_Column] = []
    for start, end in pairwise([*rows, len(text)]):
        cells = [found.span(1) for found in _HTML_CELL.finditer(text, start, min(end, start + 20 * _MOST_CHARS))]
        found = list(_columns([text[begin:stop] for begin, stop in cells])) if len(cells) > 1 else []
        if found:
            columns = found
        else:
            yield from _of_row(text, cells, columns)


def _inserts(text: str) -> Iterator[SecretSpan]:
    for head in _INSERT.finditer(text):
        columns = list(_columns(head[1].split(",")))
        at = head.end()
        for _ in range(_MOST_ROWS if columns else 0):
            row = _TUPLE.match(text, at)
            if row is None:
                break
            at = row.end()
            yield from _of_row(text, [part.span() for part in _PART.finditer(text, *row.span(1))], columns)
