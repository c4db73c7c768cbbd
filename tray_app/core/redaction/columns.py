"""Secrets in tables whose head says "password": Markdown, CSV, psql's and mysql's, HTML, INSERT.

Each line is read once as a head, and once as a row of the table above it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from tray_app.core.redaction.kinds import SecretKind, SecretSpan
from tray_app.core.redaction.values import Certainty, is_password, is_token

_OF_PASSWORDS = (
    r"(?:\w{1,12}[ _-])?(?:pass(?:word|wd|phrase|code)?|pwd)(?:[ _-](?:plain|new|old|text))?"
    r"|[\u4e00-\u9fff]{0,6}(?:密码|口令|密碼|授权码|提取码)"
)
_OF_TOKENS = (
    r"(?:\w{1,12}[ _-])?(?:token|secret|api[ _-]?key|(?:secret[ _-]?)?access[ _-]?key|app[ _-]?secret|secret[ _-]?key|"
    r"sk)"
    r"|[\u4e00-\u9fff]{0,6}(?:密钥|秘钥|令牌|私钥)"
)
_HEAD = re.compile(rf"(?:(?P<password>{_OF_PASSWORDS})|(?P<token>{_OF_TOKENS}))", re.IGNORECASE)
_NOT_HEAD = re.compile(
    r"(?:in|out|input|output|total|max|test|no|wrong|输入|输出|修改|忘记|重置|总|缓存)", re.IGNORECASE
)
_WORD = re.compile(
    r"[Pp](?:ass|ASS|wd)|PWD|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Kk]ey|KEY|密[码钥碼]|口令|授权码|提取码|秘钥|令牌|私钥"
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
_INSERT = re.compile(r"insert into [^\s(]{1,100} ?\(([^()\n]{1,400})\) ?(?:values|select)\s{0,4}", re.IGNORECASE)
_TUPLE = re.compile(r"\s{0,8},?\s{0,8}\(((?:[^()'\"\n]|'[^'\n]*+'|\"[^\"\n]*+\"|\(\)){1,800})\)")
_PART = re.compile(r"\s*(?:'[^'\n]*+'|\"[^\"\n]*+\"|[^,'\"\n]+)+")
_MOST_ROWS = 200
_MOST_CHARS = 1_000  # of a line that can be a row
_MARKS = " \t`*\"'_"

_Cells = list[tuple[int, int]]
_Column = tuple[int, int, SecretKind]  # its number, of how many, and what stands in it


def spans(text: str) -> Iterator[SecretSpan]:
    """Find values by the head of their column."""
    if "\n" in text:
        yield from _lines(text)
    if "<t" in text:
        yield from _html(text)
    if "(" in text:
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
    for number, cell in enumerate(heads):
        name = _HEAD.fullmatch(cell.strip(_MARKS))
        if name and not _NOT_HEAD.match(name[0]):
            yield number, len(heads), SecretKind.PASSWORD if name["password"] else SecretKind.API_KEY


def _cells(text: str, start: int, end: int, mark: str) -> _Cells:
    cells = [found.span() for found in _CELL[mark].finditer(text, start, end)]
    return cells if mark not in "|│" else [span for span in cells if text[span[0] : span[1]].strip() or span[0] > start]


def _of_row(text: str, cells: _Cells, columns: list[_Column]) -> Iterator[SecretSpan]:
    for number, count, kind in columns:
        if len(cells) == count:
            yield from _of_cell(text, *cells[number], kind)


def _of_cell(text: str, start: int, end: int, kind: SecretKind) -> Iterator[SecretSpan]:
    """Take a cell without the blanks and marks around its value."""
    value = text[start:end]
    start += len(value) - len(value.lstrip(_MARKS))
    value = value.strip(_MARKS)
    certainty = Certainty.NAMED
    good = (
        is_password(value, certainty=certainty)
        if kind is SecretKind.PASSWORD
        else is_token(value, certainty=certainty, secret=False)
    )
    if good:
        yield SecretSpan(start=start, end=start + len(value), kind=kind)


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
